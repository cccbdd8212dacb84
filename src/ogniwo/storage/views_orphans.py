"""Stops that nobody's session has, as people see them: of two kinds, in one list."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select

from ogniwo.app.filters import Cut, OrphanFilter
from ogniwo.app.views import OrphanStopView, Page
from ogniwo.base.units import from_instant
from ogniwo.domain.orphans import why_of
from ogniwo.domain.people import Sites
from ogniwo.domain.repairs import OrphanStop
from ogniwo.storage import orphans, values
from ogniwo.storage.cases import orphan_of
from ogniwo.storage.paging import before_id, identifier, rows_wanted
from ogniwo.storage.schema import event, session, site, station
from ogniwo.storage.schema_repairs import session_repair
from ogniwo.storage.sites import only_within
from ogniwo.storage.values import AnyRow

_NOT_CLOSED: Final = ("started", "charging", "suspended", "waiting_for_data", "ended")
_OWNERS: Final = (
    select(station.c.id, station.c.identity, site.c.time_zone)
    .outerjoin_from(station, site, site.c.id == station.c.site_id)
    .where(station.c.id.in_(bindparam("ids", expanding=True)))
)
_SESSIONS: Final = select(session).where(
    orphans.NO_START, session.c.ended_at.is_not(None), ~orphans.ENDED_UNTOLD
)
_repaired: Final = select(session_repair.c.session_id)
_closed: Final = session.c.state == "closed"
# There are few among all that ever were: found by their state, or by what was decided.
OPEN_SESSIONS: Final = _SESSIONS.where(session.c.state.in_(_NOT_CLOSED))
SETTLED_SESSIONS: Final = _SESSIONS.where(session.c.id.in_(_repaired), _closed)
OPEN_STOPS: Final = orphans.STOPS.where(orphans.OPEN)
SETTLED_STOPS: Final = orphans.STOPS.where(orphans.SETTLED)
SESSION: Final = _SESSIONS.where(session.c.id == bindparam("id"))


def stops(
    connection: Connection, where: OrphanFilter, cut: Cut, within: Sites | None
) -> Page[OrphanStopView]:
    """Newest first, by when we heard of them."""
    wanted = rows_wanted(cut)

    of_events = SETTLED_STOPS if where.settled else OPEN_STOPS
    of_sessions = SETTLED_SESSIONS if where.settled else OPEN_SESSIONS
    of_events = only_within(of_events, within, event.c.station_id).where(
        event.c.id < before_id(cut)
    )
    of_sessions = only_within(of_sessions, within, session.c.station_id).where(
        session.c.id < before_id(cut)
    )
    if where.station_id is not None:
        named = select(station.c.id).where(station.c.identity == where.station_id)
        of_events = of_events.where(event.c.station_id.in_(named))
        of_sessions = of_sessions.where(session.c.station_id.in_(named))
    found = _events(
        connection.execute(of_events.order_by(event.c.id.desc()).limit(wanted + 1)).all()
    )
    found += _sessions(
        connection.execute(of_sessions.order_by(session.c.id.desc()).limit(wanted + 1)).all()
    )
    found.sort(key=lambda it: -it.id)
    views = _views(connection, found[:wanted], settled=where.settled)
    more = len(found) > wanted
    return Page(views, str(found[wanted - 1].id) if more else None)


def stop_called(
    connection: Connection, orphan_id: str, within: Sites | None
) -> OrphanStopView | None:
    given = {"id": identifier(orphan_id)}
    query = only_within(orphans.STOP, within, event.c.station_id)
    found = _events(connection.execute(query, given).all())
    if found:
        settled = connection.execute(query.where(orphans.SETTLED), given).one_or_none() is not None
        return _views(connection, found, settled=settled)[0]
    of_session = only_within(SESSION, within, session.c.station_id)
    found = _sessions(connection.execute(of_session, given).all())
    if not found:
        return None
    closed = connection.execute(of_session.where(_closed), given).one_or_none() is not None
    return _views(connection, found, settled=closed)[0]


def _events(rows: Sequence[AnyRow]) -> list[OrphanStop]:
    return [orphans.of_event(it) for it in rows]


def _sessions(rows: Sequence[AnyRow]) -> list[OrphanStop]:
    found = (orphan_of(values.to_session(it)) for it in rows)
    return [it for it in found if it is not None]


def _views(
    connection: Connection, found: list[OrphanStop], *, settled: bool
) -> list[OrphanStopView]:
    ids = {it.station_id for it in found if it.station_id is not None}
    owners = {it.id: it for it in connection.execute(_OWNERS, {"ids": sorted(ids)})}
    return [replace(_view(it, owners[it.station_id]), settled=settled) for it in found]


def _view(orphan: OrphanStop, owner: AnyRow) -> OrphanStopView:
    received_at = orphan.at if orphan.received_at is None else orphan.received_at
    number = None if orphan.session is None else str(orphan.session.id)
    return OrphanStopView(
        id=str(orphan.id),
        station_id=owner.identity,
        evse_id=orphan.evse,
        transaction_id=orphan.transaction_id,
        token=orphan.token,
        at=from_instant(orphan.at),
        received_at=from_instant(received_at),
        meter_stop_wh=orphan.meter_stop_wh,
        stop_reason=orphan.stop_reason,
        why=why_of(transaction_id=orphan.transaction_id, in_session=orphan.session is not None),
        session_id=number,
        time_zone=owner.time_zone,
    )
