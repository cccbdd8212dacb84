"""The durable events as people and live pages see them."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, select

from ogniwo.app.views import EventView
from ogniwo.base.units import from_instant
from ogniwo.domain.events import ABOUT_PEOPLE, Scalar
from ogniwo.domain.people import Sites
from ogniwo.storage.paging import identifier
from ogniwo.storage.schema import event, station
from ogniwo.storage.sites import Q, only_within
from ogniwo.storage.streams import after_position, latest_id, position, settled
from ogniwo.storage.values import AnyRow

EVENTS_OF_SESSION_MAX: Final = 1_000  # a session with more is a station gone wild

_EVENTS: Final = select(event, station.c.identity).outerjoin_from(
    event, station, station.c.id == event.c.station_id
)
EVENTS_AFTER: Final = (
    _EVENTS.where(after_position(event)).order_by(event.c.tx, event.c.id).limit(bindparam("limit"))
)
RECENT_EVENTS: Final = (
    _EVENTS.where(settled(event))  # as a follower would go on from the first of them
    .order_by(event.c.tx.desc(), event.c.id.desc())
    .limit(bindparam("limit"))
)
SESSION_EVENTS: Final = (
    _EVENTS.where(event.c.session_id == bindparam("session_id"))
    .order_by(event.c.id)
    .limit(EVENTS_OF_SESSION_MAX)
)

_DATA: Final = msgspec.json.Decoder(dict[str, Scalar])


def events_after(
    connection: Connection, after: int, limit: int, within: Sites | None, *, people: bool
) -> list[EventView]:
    given = position(connection, event, after) | {"limit": limit}
    return _views(
        connection.execute(_only(_told(EVENTS_AFTER, people=people), within), given).all()
    )


def recent_events(
    connection: Connection, limit: int, within: Sites | None, *, people: bool
) -> list[EventView]:
    query = _only(_told(RECENT_EVENTS, people=people), within)
    return _views(connection.execute(query, {"limit": limit}).all())


def session_events(
    connection: Connection, session_id: str, within: Sites | None
) -> list[EventView]:
    given = {"session_id": identifier(session_id)}
    return _views(connection.execute(_only(SESSION_EVENTS, within), given).all())


def latest_event_id(connection: Connection) -> int:
    return latest_id(connection, event)


def _told(query: Q, *, people: bool) -> Q:
    return query if people else query.where(event.c.kind.not_in(sorted(ABOUT_PEOPLE)))


def _only(query: Q, within: Sites | None) -> Q:
    return only_within(query, within, event.c.station_id)


def _views(rows: Sequence[AnyRow]) -> list[EventView]:
    return [
        EventView(
            id=str(row.id),
            kind=row.kind,
            at=from_instant(row.at),
            station_id=row.identity,
            evse_id=row.evse,
            session_id=None if row.session_id is None else str(row.session_id),
            command_id=None if row.command_id is None else str(row.command_id),
            data=_DATA.decode(row.data),
        )
        for row in rows
    ]
