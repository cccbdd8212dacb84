"""Reads the books for ``domain.audit`` to judge: one pass over each table, in one transaction.

Nothing is written, and a server may go on writing meanwhile: what is read is one moment.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ogniwo.base.errors import UsageError
from ogniwo.base.units import Instant
from ogniwo.domain import audit
from ogniwo.domain.audit import Finding, FindingKind, OpenCommand, StationOnFile
from ogniwo.domain.commands import CommandState
from ogniwo.domain.events import EventKind
from ogniwo.domain.session import Session
from ogniwo.domain.trails import Trails
from ogniwo.storage import schema, values
from ogniwo.storage.copies import check_is_ours, existing, opened
from ogniwo.storage.data_file import path_from
from ogniwo.storage.schema import command, event, message, sample, session, station, station_head
from ogniwo.storage.values import AnyRow

ROWS_AT_ONCE: Final = 10_000

STATIONS: Final = (
    select(
        station.c.id,
        station.c.identity,
        station.c.removed,
        station_head.c.last_seen_at,
        station_head.c.message_head,
        station_head.c.sample_head,
    )
    .outerjoin_from(station, station_head, station_head.c.station_id == station.c.id)
    .order_by(station.c.id)
)
MESSAGES: Final = select(message.c.id, message.c.prev, message.c.station_id).order_by(message.c.id)
SAMPLES: Final = select(
    sample.c.id, sample.c.prev, sample.c.station_id, sample.c.session_id
).order_by(sample.c.id)
SESSIONS: Final = select(session).order_by(session.c.id)
OPEN_COMMANDS: Final = (
    select(
        command.c.id,
        command.c.station_id,
        command.c.name,
        command.c.state,
        command.c.deadline_at,
        command.c.sent_at,
        command.c.effect_by,
    )
    .where(command.c.is_open)
    .order_by(command.c.id)
)
# Of each kind of thing that events name: those that are not on file.
ORPHANS: Final = {
    table.name: (
        select(column.label("name"), func.count().label("events"), func.min(event.c.kind))
        .outerjoin_from(event, table, table.c.id == column)
        .where(column.is_not(None), table.c.id.is_(None))
        .group_by(column)
    )
    for table, column in (
        (station, event.c.station_id),
        (session, event.c.session_id),
        (command, event.c.command_id),
    )
}
READINGS_APART: Final = (
    select(event.c.station_id, func.count().label("times"), func.max(event.c.at).label("newest_at"))
    .where(event.c.kind == EventKind.ORPHAN_STORED.value)
    .group_by(event.c.station_id)
)


def examine_books(url: str, *, now: Instant) -> list[Finding]:
    """Errors: UsageError, CopyError where the file is no database of this program."""
    path = existing(path_from(url))
    found: list[Finding] = []
    try:
        if check_is_ours(path) != schema.SCHEMA_VERSION:
            raise UsageError(f"{path} is of an older ogniwo: run `ogniwo db migrate` first")
        with _reading(path) as connection:
            for (verdict,) in connection.exec_driver_sql("PRAGMA quick_check"):
                if verdict != "ok":
                    found.append(_damaged(path, str(verdict)))
            found += _examined(connection, now)
    except (DBAPIError, sqlite3.Error) as error:
        found.append(_damaged(path, str(getattr(error, "orig", error))))
    return found


def _damaged(path: Path, what: str) -> Finding:
    return Finding(
        kind=FindingKind.DAMAGED,
        where=str(path),
        what=what,
        advice="stop the server, check the disk, and restore a backup with `ogniwo db restore`",
    )


@contextmanager
def _reading(path: Path) -> Iterator[Connection]:
    engine = create_engine("sqlite://", creator=lambda: opened(path), poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        yield connection.execution_options(yield_per=ROWS_AT_ONCE)


def _examined(connection: Connection, now: Instant) -> Iterator[Finding]:
    rows = connection.execute(STATIONS).all()
    on_file = {row.id: _station(row) for row in rows}
    messages, samples = _trails(connection)
    for row in rows:
        where = f"station {row.identity}"
        yield from messages.findings(("station", row.id), where, head=row.message_head)
        yield from samples.findings(("station", row.id), where, head=row.sample_head)
    yield from _of_sessions(connection, on_file, samples, now)
    yield from messages.left_over()
    yield from samples.left_over()
    for order in connection.execute(OPEN_COMMANDS):
        yield from audit.of_command(_command(order), _name_of(on_file, order.station_id), now)
    yield from _of_events(connection, on_file)


def _trails(connection: Connection) -> tuple[Trails, Trails]:
    """Of messages and of readings: those of a session are its own, the rest the station's."""
    messages, samples = Trails("messages"), Trails("readings")
    for number, prev, station_id in connection.execute(MESSAGES):
        messages.add(("station", station_id), number, prev)
    for number, prev, station_id, session_id in connection.execute(SAMPLES):
        of_station = session_id is None
        owner = ("station", station_id) if of_station else ("session", session_id)
        samples.add(owner, number, prev)
    return messages, samples


def _name_of(on_file: dict[int, StationOnFile], station_id: int) -> str:
    known = on_file.get(station_id)
    return str(station_id) if known is None else known.identity


def _of_sessions(
    connection: Connection, on_file: dict[int, StationOnFile], samples: Trails, now: Instant
) -> Iterator[Finding]:
    running: dict[int, list[Session]] = defaultdict(list)
    nobody = StationOnFile(identity="(not on file)", last_seen_at=None, removed=True)
    for row in connection.execute(SESSIONS):
        one = values.to_session(row)
        owner = on_file.get(one.station_id, nobody)
        if one.running:
            running[one.station_id].append(one)
        yield from audit.of_session(one, owner, now)
        where = f"station {owner.identity}, session {one.id}"
        yield from samples.findings(
            ("session", one.id), where, head=one.sample_head, counted=one.samples
        )
    for station_id, together in running.items():
        yield from audit.at_once(together, on_file.get(station_id, nobody))


def _of_events(connection: Connection, on_file: dict[int, StationOnFile]) -> Iterator[Finding]:
    for what, query in ORPHANS.items():
        for name, count, kind in connection.execute(query):
            yield audit.unknown(what, name, count, kind)
    for row in connection.execute(READINGS_APART):
        identity = _name_of(on_file, row.station_id)
        yield audit.readings_kept_apart(identity, row.times, row.newest_at)


def _station(row: AnyRow) -> StationOnFile:
    return StationOnFile(
        identity=row.identity, last_seen_at=row.last_seen_at, removed=row.removed != 0
    )


def _command(row: AnyRow) -> OpenCommand:
    return OpenCommand(
        id=row.id,
        name=row.name,
        state=CommandState(row.state),
        deadline_at=row.deadline_at,
        sent_at=row.sent_at,
        effect_by=row.effect_by,
    )
