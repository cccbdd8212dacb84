"""The books on PostgreSQL: examined like any, and what only a server of several nodes can have."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Table, func, inspect, select, text

from ogniwo.app.copies import CopyError
from ogniwo.base.errors import UsageError
from ogniwo.base.units import Instant
from ogniwo.domain import audit
from ogniwo.domain.audit import Finding, FindingKind
from ogniwo.storage import partitions, schema
from ogniwo.storage.books import examined
from ogniwo.storage.pg_connect import (
    FAILURES,
    Address,
    check_server,
    engine_on,
    refusal,
    sqlstate_of,
)
from ogniwo.storage.streams import STREAMS

# The server's own words for a page or an index that it cannot read.
_DAMAGED: Final = ("XX001", "XX002")
_FUTURE: Final = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"


async def examine(address: Address, now: Instant) -> list[Finding]:
    """Errors: UsageError, CopyError."""
    await check_server(address)
    engine = engine_on(address, name="ogniwo check", connections=1)
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    found: list[Finding] = []

    def run(connection: Connection) -> None:
        for setting in ("work_mem = '64MB'", "idle_in_transaction_session_timeout = 0"):
            connection.execute(text(f"SET LOCAL {setting}"))
        _check_version(connection, address)
        for finding in _examined(connection, now):
            found.append(finding)  # noqa: PERF402 - what was found before it broke is told

    try:
        async with reading.connect() as connection:
            await connection.run_sync(run)
    except FAILURES as error:
        if sqlstate_of(error) not in _DAMAGED:
            raise refusal(error, address) from error
        found.append(_damaged(address, str(getattr(error, "orig", error))))
    finally:
        await engine.dispose()
    return found


def version_of(connection: Connection) -> str | None:
    """Of the schema of a database of ours; None if it is none. Errors: those of the driver."""
    tables = set(inspect(connection).get_table_names())
    if not {"alembic_version", "station", "session"} <= tables:
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version")) or "none"


def _check_version(connection: Connection, address: Address) -> None:
    name = f"database {address.database} on {address.server}"
    version = version_of(connection)
    if version is None:
        raise CopyError(f"{name} is no database of ogniwo: check --database")
    if version > schema.SCHEMA_VERSION:
        raise CopyError(f"{name} was written by a newer ogniwo: update this program first")
    if version != schema.SCHEMA_VERSION:
        raise UsageError(f"{name} is of an older ogniwo: run `ogniwo db migrate` first")


def _examined(connection: Connection, now: Instant) -> Iterator[Finding]:
    rows = sum(
        connection.scalar(text(f"SELECT count(*) FROM {table}_rest")) or 0  # noqa: S608 - a name of ours
        for table in partitions.TABLES
    )
    if rows:
        yield audit.rows_in_rest(rows)
    for table in STREAMS:
        yield from _numbered_ahead(connection, table)
    yield from examined(connection, now)


def _numbered_ahead(connection: Connection, table: Table) -> Iterator[Finding]:
    """Rows of transactions that have not begun: what a restore into another server leaves."""
    ahead = select(func.count()).select_from(table).where(table.c.tx >= text(_FUTURE))
    if rows := connection.scalar(ahead):
        yield audit.numbered_ahead(table.name, rows)


def _damaged(address: Address, what: str) -> Finding:
    return Finding(
        kind=FindingKind.DAMAGED,
        where=f"database {address.database} on {address.server}",
        what=what,
        advice="stop the nodes, check the server's disk, and restore a backup",
    )
