"""A SQLite database moved to PostgreSQL by an operator who grows: everything, counted on arrival.

The source is only read. The target is a new database and gets all or nothing: what arrived is
compared with what was there before any of it is kept.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from msgspec.structs import replace
from sqlalchemy import Table

from ogniwo.app.copies import CopyError, Moved, TableMoved
from ogniwo.base.errors import UsageError
from ogniwo.base.units import Instant
from ogniwo.domain.audit import Finding
from ogniwo.storage import schema
from ogniwo.storage.audit import examine_books
from ogniwo.storage.data_file import locked, path_from
from ogniwo.storage.drafts import existing
from ogniwo.storage.migrate import migrate
from ogniwo.storage.pg_connect import Address, address_from, is_postgresql
from ogniwo.storage.pg_target import PgTarget, learn, taking_over
from ogniwo.storage.sqlite_copies import check_is_ours
from ogniwo.storage.sqlite_source import SqliteSource
from ogniwo.storage.tally import AnyColumn, Tally

Told = Callable[[str], None]
T = TypeVar("T")

# Of the nodes that run on a database, and of no meaning to those of another.
LEFT_BEHIND: Final = frozenset(
    {schema.node, schema.job_lease, schema.token_hold, schema.writer_batch, schema.change}
)
# Who is connected where is no longer so; which transaction wrote a row is the database's own.
_LEFT_EMPTY: Final = frozenset(
    {
        schema.station_head.c.owner,
        schema.station_head.c.connected_since,
        schema.event.c.tx,
    }
)
_SUMS_TOLD: Final = {
    schema.session.name: ("energy_wh", "meter_start_wh", "meter_stop_wh"),
    schema.sample.name: ("energy_wh", "interval_wh"),
}
MOVED: Final = tuple(it for it in schema.metadata.sorted_tables if it not in LEFT_BEHIND)


def move(source_url: str, target_url: str, *, now: Instant, told: Told) -> Moved:
    """Errors: UsageError, CopyError. Then, as where anything differs, the target stays empty."""
    if is_postgresql(source_url) or not is_postgresql(target_url):
        raise UsageError(
            "--from must be a SQLite database and --to a PostgreSQL one: "
            "--from sqlite:///PATH --to postgresql://USER:PASSWORD@HOST/NAME"
        )
    address, path = address_from(target_url), existing(path_from(source_url))
    with locked(path):
        if check_is_ours(path) != schema.SCHEMA_VERSION:
            raise UsageError(f"{path} is of an older ogniwo: run `ogniwo db migrate` on it first")
        migrate(target_url)
        with closing(SqliteSource(path)) as source:
            tables = _read_or_told(path, lambda: asyncio.run(_moved(source, address, told)))
            moved = Moved(
                source=str(path),
                target=f"{address.database} on {address.server}",
                tables=tuple(tables),
                mended=source.mended,
            )
        if not moved.sound:
            return moved
        told("examining the books")
        return replace(moved, findings=_new_findings(source_url, target_url, now))


def _read_or_told(path: Path, work: Callable[[], T]) -> T:
    try:
        return work()
    except sqlite3.Error as error:
        raise CopyError(
            f"{path} cannot be read ({error}), nothing was kept: run `ogniwo db check` on it"
        ) from error


def columns_of(table: Table) -> list[AnyColumn]:
    return [it for it in table.columns if it not in _LEFT_EMPTY]


async def _moved(source: SqliteSource, address: Address, told: Told) -> list[TableMoved]:
    async with taking_over(address) as target:
        await target.hold(MOVED)
        days = source.days(schema.message) + source.days(schema.sample)
        await target.make_days(days)
        moved = [await _one(source, target, table, told) for table in MOVED]
        if not all(it.sound for it in moved):
            return moved
        await target.keep()
    told("gathering the planner's figures")
    await learn(address)
    return moved


async def _one(source: SqliteSource, target: PgTarget, table: Table, told: Told) -> TableMoved:
    columns = columns_of(table)
    there = source.tally(table, columns)
    told(f"{table.name}: {there.rows} rows")
    await _put(source, target, table, columns)
    return _compared(table, there, await target.tally(table, columns))


async def _put(
    source: SqliteSource, target: PgTarget, table: Table, columns: Sequence[AnyColumn]
) -> None:
    with closing(source.rows(table, columns)) as rows:
        if table is schema.event:  # by whom it was written elsewhere orders nothing here
            numbered = ((*row, 0) for row in rows)
            await target.put(table, [*columns, schema.event.c.tx], numbered)
        else:
            await target.put(table, columns, rows)


def _compared(table: Table, there: Tally, here: Tally) -> TableMoved:
    return TableMoved(
        name=table.name,
        rows=there.rows,
        rows_found=here.rows,
        sums={it: there.sum_of(it) for it in _SUMS_TOLD.get(table.name, ())},
        differing=tuple(there.differing(here)),
    )


def _new_findings(source_url: str, target_url: str, now: Instant) -> tuple[Finding, ...]:
    """What is wrong with the books there and was not wrong with them here."""
    found = examine_books(target_url, now=now)
    if not found:
        return ()
    before = examine_books(source_url, now=now)
    return tuple(it for it in found if it not in before)
