"""Stations as people see them: with their EVSEs, connectors, and what flows now.

Who is connected stands in the database a moment late; a node lays over that what it knows itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, case, exists, or_, select

from ogniwo.app.filters import Cut, StationFilter
from ogniwo.app.views import ConnectorView, EvseView, Page, StationView
from ogniwo.base.units import Instant, from_instant
from ogniwo.domain.people import Sites
from ogniwo.domain.session import Session
from ogniwo.domain.station import Connector, Station, Status, derive_status
from ogniwo.storage import values
from ogniwo.storage.aggregates import CONNECTORS, OPEN_SESSIONS
from ogniwo.storage.ownership import CONNECTED
from ogniwo.storage.paging import identifier, page_of, rows_wanted
from ogniwo.storage.schema import connector, station, station_head
from ogniwo.storage.sites import only_within
from ogniwo.storage.values import AnyRow

STATIONS: Final = (
    select(station)
    .where(station.c.removed == 0, station.c.identity > bindparam("after"))
    .order_by(station.c.identity)
    .limit(bindparam("limit"))
)
STATION: Final = select(station).where(
    station.c.removed == 0, station.c.identity == bindparam("identity")
)
IDENTITIES: Final = select(station.c.identity).where(station.c.removed == 0)
PRESENCE: Final = select(
    station_head.c.station_id,
    station_head.c.last_seen_at,
    case((CONNECTED, station_head.c.connected_since)).label("connected_since"),
).where(station_head.c.station_id.in_(bindparam("ids", expanding=True)))

_NAMES: Final = (
    station.c.identity,
    station.c.name,
    station.c.serial_number,
    station.c.vendor,
    station.c.model,
)
NO_SITE: Final = "none"
ANY_ERROR: Final = "any"

# An EVSE is as occupied as the most occupied of its connectors; a broken one hides no charging.
_OCCUPIED_FIRST: Final = (
    Status.CHARGING,
    Status.SUSPENDED_EV,
    Status.SUSPENDED_EVSE,
    Status.PREPARING,
    Status.FINISHING,
    Status.RESERVED,
    Status.FAULTED,
    Status.UNAVAILABLE,
    Status.AVAILABLE,
    Status.UNKNOWN,
)


def stations(
    connection: Connection, where: StationFilter, cut: Cut, within: Sites | None
) -> Page[StationView]:
    query = only_within(STATIONS.where(*_conditions(where)), within, station.c.id)
    given = {"after": cut.cursor or "", "limit": rows_wanted(cut) + 1}
    rows = connection.execute(query, given).all()
    page = page_of(rows, cut, values.to_station, lambda row: str(row.identity))
    return Page(_with_evses(connection, page.items), page.next_cursor)


def _conditions(where: StationFilter) -> Iterator[ColumnElement[bool]]:
    exactly = {
        station.c.vendor: where.vendor,
        station.c.model: where.model,
        station.c.firmware_version: where.firmware,
        station.c.protocol: where.protocol,
        station.c.registration: where.registration,
    }
    yield from (column == value for column, value in exactly.items() if value is not None)
    if where.q is not None:
        yield or_(*_named_like(where.q))
    if where.site_id is not None:
        yield (
            station.c.site_id.is_(None)
            if where.site_id == NO_SITE
            else station.c.site_id == (identifier(where.site_id) or -1)
        )
    if where.status is not None:
        yield or_(
            station.c.status == where.status, _has_connector(connector.c.status == where.status)
        )
    if where.error is not None:
        yield or_(
            _is_error(station.c.error_code, where.error),
            _has_connector(_is_error(connector.c.error_code, where.error)),
        )
    if where.connected is not None:
        linked = exists(
            select(station_head.c.station_id).where(
                station_head.c.station_id == station.c.id, CONNECTED
            )
        )
        yield linked if where.connected else ~linked


def _named_like(text: str) -> Iterator[ColumnElement[bool]]:
    """SQLite folds the case of ASCII alone, so other letters are tried as they are written."""
    for column in _NAMES:
        for form in sorted({text, text.lower(), text.upper(), text.title()}):
            yield column.icontains(form, autoescape=True)


def _has_connector(fits: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(connector.c.station_id).where(connector.c.station_id == station.c.id, fits)
    )


def _is_error(column: ColumnElement[str | None], code: str) -> ColumnElement[bool]:
    return column.is_not(None) if code == ANY_ERROR else column == code


def station_called(
    connection: Connection, identity: str, within: Sites | None
) -> StationView | None:
    query = only_within(STATION, within, station.c.id)
    rows = connection.execute(query, {"identity": identity})
    views = _with_evses(connection, [values.to_station(row) for row in rows])
    return views[0] if views else None


def identities(connection: Connection, within: Sites | None) -> frozenset[str]:
    return frozenset(connection.scalars(only_within(IDENTITIES, within, station.c.id)))


def _with_evses(connection: Connection, found: Sequence[Station]) -> list[StationView]:
    ids = {"ids": [it.id for it in found]}
    connectors: dict[int, list[Connector]] = defaultdict(list)
    for row in connection.execute(CONNECTORS, ids):
        connectors[row.station_id].append(values.to_connector(row))
    running: dict[int, list[Session]] = defaultdict(list)
    for row in connection.execute(OPEN_SESSIONS, ids):
        session = values.to_session(row)
        if session.running:
            running[row.station_id].append(session)
    heads: dict[int, AnyRow] = {row.station_id: row for row in connection.execute(PRESENCE, ids)}
    return [
        _station_view(it, _evses(connectors[it.id], running[it.id]), heads.get(it.id))
        for it in found
    ]


def _station_view(it: Station, evses: list[EvseView], head: AnyRow | None) -> StationView:
    connected_since = None if head is None else head.connected_since
    powers_w = [evse.power_w for evse in evses if evse.power_w is not None]
    return StationView(
        id=it.identity,
        name=it.name,
        site_id=None if it.site_id is None else str(it.site_id),
        vendor=it.vendor,
        model=it.model,
        serial_number=it.serial_number,
        firmware_version=it.firmware_version,
        protocol=it.protocol,
        registration=it.registration.value,
        status=it.status.value,
        error_code=it.error_code,
        connected=connected_since is not None,
        connected_since=_moment(connected_since),
        last_seen_at=_moment(None if head is None else head.last_seen_at),
        booted_at=_moment(it.booted_at),
        power_w=sum(powers_w) if powers_w else None,
        evses=evses,
    )


def _moment(at: Instant | None) -> datetime | None:
    return None if at is None else from_instant(at)


def _evses(connectors: Iterable[Connector], running: Iterable[Session]) -> list[EvseView]:
    """Also of an EVSE that charges and whose connectors have not been heard of."""
    by_evse: dict[int, list[Connector]] = defaultdict(list)
    for one in connectors:
        by_evse[one.evse].append(one)
    newest = {it.evse: it for it in sorted(running, key=lambda one: one.started_at)}
    numbers = sorted({*by_evse, *(number for number in newest if number is not None)})
    return [_evse_view(number, by_evse[number], newest.get(number)) for number in numbers]


def _evse_view(number: int, connectors: list[Connector], session: Session | None) -> EvseView:
    if connectors:
        foremost = min(connectors, key=lambda one: _OCCUPIED_FIRST.index(one.status))
        status, error_code = foremost.status, foremost.error_code
        faulted_since = foremost.faulted_since
    else:
        charging_state = None if session is None else session.charging_state
        status, error_code = derive_status(None, charging_state, ended_here=False), None
        faulted_since = None
    return EvseView(
        id=number,
        status=status.value,
        error_code=error_code,
        power_w=None if session is None else session.power_w,
        session_id=None if session is None else str(session.id),
        connectors=[_connector_view(one) for one in connectors],
        faulted_since=_moment(faulted_since),
    )


def _connector_view(it: Connector) -> ConnectorView:
    return ConnectorView(
        id=it.connector,
        status=it.status.value,
        error_code=it.error_code,
        vendor_error_code=it.vendor_error_code,
        info=it.info,
        type=it.type,
    )
