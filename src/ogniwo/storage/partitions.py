"""The hot tables of PostgreSQL, a table for each day: made ahead, and dropped by retention.

Identifiers are ordered by time, so a day is a range of them. What belongs to no day's table
(the clock of a node is days off, or nobody made tables for a week) goes to the rest, is found
there like anywhere else, and is moved when its day's table is made; a day of which too much lies
there stays there. A table is attached, not created in place: that lets the writers go on.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select, text

from ogniwo.base import log
from ogniwo.base.ids import first_id_at
from ogniwo.base.units import Instant, from_instant, to_instant
from ogniwo.storage.schema import message, sample

DAYS_AHEAD: Final = 7  # a week without anybody who makes them changes nothing
DAYS_BEHIND: Final = 1  # a node whose clock is somewhat late
TABLES: Final = (message.name, sample.name)
LOCK_S: Final = 2  # who waits for a table makes everybody else wait: give up, try at the next run

REST_ROWS_MAX: Final = 10_000  # moved or deleted in a moment
# To attach a table PostgreSQL reads the whole rest, and nobody may write to it meanwhile.
REST_BYTES_MAX: Final = 64 * 1024 * 1024

_log = log.get("storage")
_MAKING: Final = 6_713_480_114  # of PostgreSQL's advisory locks, ours for these tables
_REST_BYTES: Final = text("SELECT pg_relation_size(cast(:rest AS regclass))")
_NAMES: Final = text(
    "SELECT part.relname FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid"
    " WHERE inhparent = cast(:table AS regclass) ORDER BY part.relname"
)


def make_days(connection: Connection, now: Instant) -> None:
    """One transaction: the tables of yesterday, today and the week to come, where they lack."""
    _take_turns(connection)
    for table in TABLES:
        missing = set(_wanted(now)).difference(_days(connection, table))
        if (
            missing
            and connection.scalars(_REST_BYTES, {"rest": f"{table}_rest"}).one() > REST_BYTES_MAX
        ):
            _log.warning("days_not_made", table=table, reason="too much lies in the rest")
            continue
        for day in sorted(missing):
            _make(connection, table, day)


def drop_days(connection: Connection, table: str, before: Instant) -> bool:
    """One transaction: every day that ended by then, and of the rest some. False: all is gone."""
    _take_turns(connection)
    for day in _days(connection, table):
        if to_instant(day + timedelta(days=1)) <= before:
            connection.execute(text(f"DROP TABLE {_name(table, day)}"))
    rest = f"{table}_rest"
    some = f"SELECT id FROM {rest} WHERE id < :below ORDER BY id LIMIT :rows"  # noqa: S608 - names of ours
    given = {"below": first_id_at(before), "rows": REST_ROWS_MAX}
    gone = connection.execute(text(f"DELETE FROM {rest} WHERE id IN ({some})"), given)  # noqa: S608 - as above
    return gone.rowcount == REST_ROWS_MAX


def _take_turns(connection: Connection) -> None:
    connection.execute(select(func.pg_advisory_xact_lock(_MAKING)))
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_S}s'"))


def _wanted(now: Instant) -> Iterator[datetime]:
    today = from_instant(now).replace(hour=0, minute=0, second=0, microsecond=0)
    for days in range(-DAYS_BEHIND, DAYS_AHEAD + 1):
        yield today + timedelta(days=days)


def _days(connection: Connection, table: str) -> list[datetime]:
    names = connection.scalars(_NAMES, {"table": table})
    days = (name.removeprefix(f"{table}_") for name in names)
    return [datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC) for day in days if day.isdecimal()]


def _name(table: str, day: datetime) -> str:
    return f"{table}_{day:%Y%m%d}"


def _make(connection: Connection, table: str, day: datetime) -> None:
    low, high = (first_id_at(to_instant(it)) for it in (day, day + timedelta(days=1)))
    if low == high:
        return  # before identifiers were invented
    name, rest, its = _name(table, day), f"{table}_rest", f"id >= {low} AND id < {high}"
    some = f"SELECT id FROM {rest} WHERE {its} LIMIT {REST_ROWS_MAX}"  # noqa: S608 - names and numbers of ours
    lie_there = len(connection.execute(text(some)).all())
    if lie_there == REST_ROWS_MAX:
        return
    connection.execute(text(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)"))
    if lie_there:
        connection.execute(text(f"LOCK TABLE {rest} IN ACCESS EXCLUSIVE MODE"))
        moved = f"WITH moved AS (DELETE FROM {rest} WHERE {its} RETURNING *)"  # noqa: S608 - as above
        connection.execute(text(f"{moved} INSERT INTO {name} SELECT * FROM moved"))  # noqa: S608 - as above
    connection.execute(
        text(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({low}) TO ({high})")
    )
