"""The storage of one node among others on PostgreSQL: what is done before it may be used."""

from sqlalchemy import Connection, func, select

from ogniwo.base.clock import Clock
from ogniwo.storage import partitions, streams
from ogniwo.storage.migrate import ONE_AT_A_TIME, PATIENCE_S, Phase, migrate_server
from ogniwo.storage.pg_connect import FAILURES, Address, check_server, engine_on, lasting, refusal


async def prepare(address: Address, clock: Clock) -> None:
    """Several nodes may begin at once: one does it, the others find it done. Errors: UsageError."""
    await check_server(address)
    await migrate_server(address, phase=Phase.PRE)
    engine = engine_on(address, name="ogniwo start", connections=1)

    def work(connection: Connection) -> None:
        connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
        streams.number_anew(connection)
        partitions.make_days(connection, clock.now_us())

    async def attempt() -> None:
        async with engine.begin() as connection:
            await connection.run_sync(work)

    try:
        await lasting(attempt, patience_s=PATIENCE_S)
    except FAILURES as error:
        raise refusal(error, address) from error
    finally:
        await engine.dispose()
