"""All that is on file of many stations at once: what a reconnect storm asks for.

A fixed number of queries for up to ``STATIONS_AT_ONCE`` stations, in one transaction.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    literal_column,
    select,
    true,
    union_all,
)

from ogniwo.app.ports import Aggregate
from ogniwo.base.limits import RECENT_SESSIONS_MAX
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.configuration import MASTER_PASS_GROUP, REBOOT_REQUIRED
from ogniwo.domain.holdings import GONE, TX, Holding, Kind
from ogniwo.domain.session import Session
from ogniwo.domain.station import Connector, Station
from ogniwo.storage import values
from ogniwo.storage.holdings import to_holding
from ogniwo.storage.schema import command, connector, holding, session, station, station_head
from ogniwo.storage.trails import recent_digests
from ogniwo.storage.values import AnyRow

STATIONS_AT_ONCE: Final = 1_000  # engines limit the number of parameters

# Follows from ``is_open``, and lets the index of the open ones be found.
OPEN_STATES: Final = [
    state.value for state in (CommandState.QUEUED, CommandState.SENT, CommandState.ACCEPTED)
]

T = TypeVar("T")

_ids: Final[BindParameter[Sequence[int]]] = bindparam("ids", expanding=True)

FIND_STATIONS: Final = select(station).where(
    station.c.identity.in_(bindparam("identities", expanding=True)), station.c.removed == 0
)
HEADS: Final = select(station_head).where(station_head.c.station_id.in_(_ids))
CONNECTORS: Final = (
    select(connector)
    .where(connector.c.station_id.in_(_ids))
    .order_by(connector.c.station_id, connector.c.evse, connector.c.connector)
)
OPEN_SESSIONS: Final = select(session).where(session.c.station_id.in_(_ids), session.c.is_open)
OPEN_COMMANDS: Final = (
    select(command)
    .where(command.c.is_open, command.c.state.in_(OPEN_STATES), command.c.station_id.in_(_ids))
    .order_by(command.c.id)
)
# One query, each part with its own index: what decisions read of what stations hold.
HOLDINGS: Final = union_all(
    select(holding).where(
        holding.c.station_id.in_(_ids),
        holding.c.kind == Kind.PROFILE.value,
        holding.c.value == TX,
        holding.c.state.is_distinct_from(GONE),
    ),
    select(holding).where(
        holding.c.station_id.in_(_ids),
        holding.c.kind == Kind.VARIABLE.value,
        holding.c.key == MASTER_PASS_GROUP,
    ),
    select(holding).where(
        holding.c.station_id.in_(_ids), holding.c.state == literal_column(f"'{REBOOT_REQUIRED}'")
    ),
)
_newest = session.alias("newest")
_last_of_station: Final = (
    select(_newest.c.id)
    .where(_newest.c.station_id == station.c.id, ~_newest.c.is_open)
    .order_by(_newest.c.started_at.desc(), _newest.c.id.desc())
    .limit(RECENT_SESSIONS_MAX)
    .correlate(station)
)
RECENT_SESSIONS: Final = (
    select(session)
    .join_from(station, session, session.c.id.in_(_last_of_station))
    .where(station.c.id.in_(_ids))
)
# Said so that PostgreSQL, too, asks for each station; SQLite does not know the words.
_last: Final = (
    select(session)
    .where(session.c.station_id == station.c.id, ~session.c.is_open)
    .order_by(session.c.started_at.desc(), session.c.id.desc())
    .limit(RECENT_SESSIONS_MAX)
    .correlate(station)
    .lateral("last")
)
RECENT_SESSIONS_LATERAL: Final = (
    select(_last).join_from(station, _last, true()).where(station.c.id.in_(_ids))
)


def load_aggregates(connection: Connection, identities: Collection[str]) -> list[Aggregate]:
    found: list[Aggregate] = []
    for some in chunks(identities, STATIONS_AT_ONCE):
        rows = connection.execute(FIND_STATIONS, {"identities": some})
        found += _aggregates_of(connection, [values.to_station(row) for row in rows])
    return found


def chunks(items: Collection[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _aggregates_of(connection: Connection, stations: Sequence[Station]) -> Iterator[Aggregate]:
    ids = {"ids": [it.id for it in stations]}
    heads: dict[int, AnyRow] = {row.station_id: row for row in connection.execute(HEADS, ids)}
    connectors: dict[int, list[Connector]] = defaultdict(list)
    for row in connection.execute(CONNECTORS, ids):
        connectors[row.station_id].append(values.to_connector(row))
    opened = _sessions(connection.execute(OPEN_SESSIONS, ids))
    lateral = connection.dialect.name == "postgresql"
    recent = _sessions(
        connection.execute(RECENT_SESSIONS_LATERAL if lateral else RECENT_SESSIONS, ids)
    )
    commands: dict[int, list[Command]] = defaultdict(list)
    for row in connection.execute(OPEN_COMMANDS, ids):
        commands[row.station_id].append(values.to_command(row))
    holdings: dict[int, list[Holding]] = defaultdict(list)
    for row in connection.execute(HOLDINGS, ids):
        holdings[row.station_id].append(to_holding(row))
    digests: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for station_id, pairs in recent_digests(connection, ids["ids"]):
        digests[station_id] += pairs
    for it in stations:
        head = heads.get(it.id)
        yield Aggregate(
            station=it,
            connectors=tuple(connectors[it.id]),
            open_sessions=tuple(sorted(opened[it.id], key=lambda one: one.id)),
            recent_sessions=tuple(sorted(recent[it.id], key=_ended)),
            recent_digests=tuple(digests[it.id]),
            open_commands=tuple(commands[it.id]),
            holdings=tuple(holdings[it.id]),
            message_head=None if head is None else head.message_head,
            sample_head=None if head is None else head.sample_head,
        )


def _sessions(rows: Iterator[AnyRow]) -> dict[int, list[Session]]:
    sessions: dict[int, list[Session]] = defaultdict(list)
    for row in rows:
        sessions[row.station_id].append(values.to_session(row))
    return sessions


def _ended(one: Session) -> tuple[int, int]:
    return one.started_at if one.ended_at is None else one.ended_at, one.id
