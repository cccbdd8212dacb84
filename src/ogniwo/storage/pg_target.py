"""An empty PostgreSQL database that takes over the tables of another: all of them or nothing.

Everything happens in one transaction, before which no node can see a row, and the tables are
held, so that no node can begin to use them meanwhile. What breaks off leaves an empty database.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
from sqlalchemy import Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ogniwo.app.copies import CopyError
from ogniwo.base.errors import UsageError
from ogniwo.base.units import Instant, seconds
from ogniwo.storage import partitions
from ogniwo.storage.nodes import LIVING
from ogniwo.storage.pg_connect import FAILURES, Address, engine_on, refusal, sqlstate_of
from ogniwo.storage.schema import metadata, organisation
from ogniwo.storage.tally import AnyColumn, Tally, question, tally_from

LOCK_S: Final = 5
# The server's word about a row, and the driver's about a value that its column cannot be.
_UNFIT: Final = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    TypeError,
    ValueError,
    OverflowError,
)
DAY_US: Final = seconds(86_400)

_AT_THE_START: Final = [(1, "Ogniwo")]  # what the first migration puts into ``organisation``


class PgTarget:
    def __init__(self, connection: AsyncConnection, driver: Any, address: Address) -> None:
        self._connection = connection
        self._driver = driver
        self._name = f"database {address.database} on {address.server}"

    async def hold(self, tables: Sequence[Table]) -> None:
        """Ours alone from here on, and empty. Errors: UsageError."""
        for setting in (
            f"lock_timeout = '{LOCK_S}s'",
            "idle_in_transaction_session_timeout = 0",
            "work_mem = '64MB'",
        ):
            await self._connection.execute(text(f"SET LOCAL {setting}"))
        every = ", ".join(metadata.tables)
        await self._connection.execute(text(f"LOCK TABLE {every} IN ACCESS EXCLUSIVE MODE"))
        if living := (await self._connection.execute(LIVING)).all():
            names = ", ".join(f"{it.name} ({it.role})" for it in living)
            raise UsageError(f"nodes run on {self._name}: stop {names} first")
        for table in tables:
            await self._check_empty(table)
        await self._connection.execute(text(f"TRUNCATE {every}"))

    async def make_days(self, days: Iterable[Instant]) -> None:
        """Tables for each day on which something happened."""
        made_until = -1
        for at in sorted(days):
            if at >= made_until:
                await self._connection.run_sync(partitions.make_days, at)
                made_until = at - at % DAY_US + partitions.DAYS_AHEAD * DAY_US

    async def put(
        self, table: Table, columns: Sequence[AnyColumn], rows: Iterable[tuple[object, ...]]
    ) -> None:
        """Errors: CopyError."""
        try:
            await self._driver.copy_records_to_table(
                table.name, columns=[it.name for it in columns], records=rows
            )
        except _UNFIT as error:
            raise CopyError(
                f"{self._name} refuses a row of {table.name} ({error}): nothing was kept; "
                "report it with this line"
            ) from error

    async def keep(self) -> None:
        await self._connection.commit()

    async def tally(self, table: Table, columns: Sequence[AnyColumn]) -> Tally:
        answer = await self._driver.fetchrow(question(table, columns, "postgresql"))
        return tally_from(columns, tuple(answer), "postgresql")

    async def _check_empty(self, table: Table) -> None:
        if table is organisation:
            rows = (await self._connection.execute(select(organisation))).all()
            is_new = [tuple(it) for it in rows] in ([], _AT_THE_START)
        else:
            rows_there = await self._connection.scalar(
                select(func.count()).select_from(select(1).select_from(table).limit(1).subquery())
            )
            is_new = not rows_there
        if not is_new:
            raise UsageError(
                f"{self._name} is not empty (table {table.name}): "
                "make a new database and name that one in --to"
            )


@asynccontextmanager
async def taking_over(address: Address) -> AsyncIterator[PgTarget]:
    """What it was not told to keep is gone afterwards. Errors: UsageError."""
    engine = engine_on(address, name="ogniwo move", connections=1)
    try:
        async with engine.connect() as connection:
            raw = await connection.get_raw_connection()
            yield PgTarget(connection, raw.driver_connection, address)
    except FAILURES as error:
        if sqlstate_of(error) == "55P03":
            raise UsageError(
                f"database {address.database} on {address.server} is in use: "
                "stop the nodes and end the queries on it first"
            ) from error
        raise refusal(error, address) from error
    finally:
        await engine.dispose()


async def learn(address: Address) -> None:
    """The planner knows nothing of tables that were filled at once."""
    engine = engine_on(address, name="ogniwo move", connections=1)
    try:
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("ANALYZE"))
    finally:
        await engine.dispose()
