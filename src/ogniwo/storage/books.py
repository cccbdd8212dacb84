"""Reads the books for ``domain.audit`` to judge: one pass over each table, in one transaction.

The same questions for every engine; memory does not grow with the number of sessions.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, case, func, select

from ogniwo.base.limits import RECENT_READINGS_MAX
from ogniwo.base.units import Instant
from ogniwo.domain import audit, trails
from ogniwo.domain.audit import Finding, OpenCommand, StationOnFile
from ogniwo.domain.commands import CommandState
from ogniwo.domain.events import EventKind
from ogniwo.domain.session import Session
from ogniwo.storage import orphans, values
from ogniwo.storage.schema import (
    command,
    event,
    message,
    sample,
    session,
    station,
    station_head,
    transaction_id_block,
)
from ogniwo.storage.trail_audit import TrailAudit
from ogniwo.storage.values import AnyRow

ROWS_AT_ONCE: Final = 10_000

STATIONS: Final = (
    select(
        station.c.id,
        station.c.identity,
        station.c.removed,
        station_head.c.station_id.label("has_head"),
        station_head.c.last_seen_at,
        station_head.c.message_head,
        station_head.c.sample_head,
    )
    .outerjoin_from(station, station_head, station_head.c.station_id == station.c.id)
    .order_by(station.c.id)
)
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
    .where(event.c.kind == EventKind.ORPHAN_STORED.value, ~orphans.IS_STOP)
    .group_by(event.c.station_id)
)
_undecided: Final = orphans.STOPS.where(orphans.OPEN).subquery()
STOPS_UNDECIDED: Final = select(
    _undecided.c.station_id,
    func.count().label("times"),
    func.max(_undecided.c.at).label("newest_at"),
).group_by(_undecided.c.station_id)


# Some stations number their transactions anew, so the time of the start is part of what is same.
BOOKED_TWICE: Final = (
    select(
        session.c.station_id,
        session.c.transaction_id,
        func.count().label("times"),
        func.min(session.c.id).label("first"),
    )
    .group_by(session.c.station_id, session.c.transaction_id, session.c.started_at)
    .having(func.count() > 1)
)
# Of longer sessions a stop may repeat readings that are not remembered any more.
READ_TWICE: Final = (
    select(
        sample.c.session_id,
        session.c.station_id,
        (func.count() - func.count(sample.c.digest.distinct())).label("surplus"),
    )
    .join_from(sample, session, session.c.id == sample.c.session_id)
    .where(sample.c.digest != 0, session.c.samples <= RECENT_READINGS_MAX)
    .group_by(sample.c.session_id, session.c.station_id)
    .having(func.count() > func.count(sample.c.digest.distinct()))
)
_block: Final = select(
    transaction_id_block.c.first,
    (transaction_id_block.c.first + transaction_id_block.c.count).label("end"),
    func.lead(transaction_id_block.c.first)
    .over(order_by=transaction_id_block.c.first)
    .label("next_first"),
).subquery()
OVERLAPPING_BLOCKS: Final = select(_block).where(_block.c.end > _block.c.next_first)


def examined(connection: Connection, now: Instant) -> Iterator[Finding]:
    """Of a transaction that sees one moment."""
    connection = connection.execution_options(yield_per=ROWS_AT_ONCE)
    on_file: dict[int, StationOnFile] = {}
    yield from _of_stations(connection, on_file)
    yield from _of_sessions(connection, on_file, now)
    yield from _of_repeats(connection, on_file)
    for order in connection.execute(OPEN_COMMANDS):
        yield from audit.of_command(_command(order), _name_of(on_file, order.station_id), now)
    yield from _of_events(connection, on_file)


def _of_stations(connection: Connection, on_file: dict[int, StationOnFile]) -> Iterator[Finding]:
    """Their trails; on the way everybody gets to know them."""
    owner = case((sample.c.session_id.is_(None), sample.c.station_id))
    messages = TrailAudit(
        connection, message, message.c.station_id, what="messages", kind="station"
    )
    samples = TrailAudit(connection, sample, owner, what="readings", kind="station")
    for row in connection.execute(STATIONS):
        on_file[row.id] = _station(row)
        where = f"station {row.identity}"
        if row.has_head is None and row.removed == 0:
            yield trails.headless(where)
        yield from messages.look(row.id, where, head=row.message_head)
        yield from samples.look(row.id, where, head=row.sample_head)
    yield from messages.end()
    yield from samples.end()


def _name_of(on_file: dict[int, StationOnFile], station_id: int) -> str:
    known = on_file.get(station_id)
    return str(station_id) if known is None else known.identity


def _of_sessions(
    connection: Connection, on_file: dict[int, StationOnFile], now: Instant
) -> Iterator[Finding]:
    samples = TrailAudit(connection, sample, sample.c.session_id, what="readings", kind="session")
    running: dict[int, list[Session]] = defaultdict(list)
    nobody = StationOnFile(identity="(not on file)", last_seen_at=None, removed=True)
    for row in connection.execute(SESSIONS):
        one = values.to_session(row)
        owner = on_file.get(one.station_id, nobody)
        if one.running:
            running[one.station_id].append(one)
        yield from audit.of_session(one, owner, now)
        where = f"station {owner.identity}, session {one.id}"
        yield from samples.look(one.id, where, head=one.sample_head, counted=one.samples)
    yield from samples.end()
    for station_id, together in running.items():
        yield from audit.at_once(together, on_file.get(station_id, nobody))


def _of_repeats(connection: Connection, on_file: dict[int, StationOnFile]) -> Iterator[Finding]:
    for row in connection.execute(BOOKED_TWICE):
        where = f"station {_name_of(on_file, row.station_id)}, session {row.first}"
        yield audit.booked_twice(where, row.transaction_id, row.times)
    for row in connection.execute(READ_TWICE):
        where = f"station {_name_of(on_file, row.station_id)}, session {row.session_id}"
        yield audit.read_twice(where, row.surplus)
    for row in connection.execute(OVERLAPPING_BLOCKS):
        yield audit.numbers_twice(row.first, row.next_first, row.end)


def _of_events(connection: Connection, on_file: dict[int, StationOnFile]) -> Iterator[Finding]:
    for what, query in ORPHANS.items():
        for name, count, kind in connection.execute(query):
            yield audit.unknown(what, name, count, kind)
    for row in connection.execute(READINGS_APART):
        identity = _name_of(on_file, row.station_id)
        yield audit.readings_kept_apart(identity, row.times, row.newest_at)
    for row in connection.execute(STOPS_UNDECIDED):
        identity = _name_of(on_file, row.station_id)
        yield audit.stops_undecided(identity, row.times, row.newest_at)


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
