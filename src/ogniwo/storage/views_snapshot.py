"""All stations at once, as narrow as a console needs them: one pass over each table.

Everything is of one moment, the newest event's id too: whoever follows the events from there
misses nothing of what changed since.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Final

from msgspec.structs import replace
from sqlalchemy import Connection, case, select

from ogniwo.app.snapshot import EvseLine, Snapshot, StationLine
from ogniwo.base.units import US_PER_SECOND
from ogniwo.domain.people import Sites
from ogniwo.domain.session import RUNNING
from ogniwo.domain.station import Status
from ogniwo.storage.ownership import CONNECTED
from ogniwo.storage.schema import connector, event, session, station, station_head
from ogniwo.storage.streams import latest_id
from ogniwo.storage.values import AnyRow

STATIONS: Final = (
    select(
        station.c.id.label("number"),
        station.c.identity,
        station.c.name,
        station.c.site_id,
        station.c.vendor,
        station.c.model,
        station.c.serial_number,
        station.c.firmware_version,
        station.c.protocol,
        station.c.registration,
        station.c.status,
        station.c.error_code,
        station_head.c.last_seen_at,
        case((CONNECTED, 1), else_=0).label("connected"),
    )
    .outerjoin_from(station, station_head, station_head.c.station_id == station.c.id)
    .where(station.c.removed == 0)
    .order_by(station.c.identity)
)
CONNECTORS: Final = select(
    connector.c.station_id,
    connector.c.evse,
    connector.c.status,
    connector.c.error_code,
    connector.c.changed_at,
).order_by(connector.c.station_id, connector.c.evse, connector.c.connector)
SESSIONS: Final = (
    select(
        session.c.station_id,
        session.c.id,
        session.c.evse,
        session.c.power_w,
        session.c.charging_state,
    )
    .where(session.c.is_open, session.c.state.in_([it.value for it in sorted(RUNNING)]))
    .order_by(session.c.started_at)
)

# As a station's page shows it: an EVSE is as occupied as the most occupied of its connectors.
_RANK: Final[Mapping[str, int]] = {it.value: it.precedence for it in Status}
_UNHEARD: Final = "unknown"
_FAULTED: Final = Status.FAULTED.value


def snapshot(connection: Connection, within: Sites | None) -> Snapshot:
    lines = {row.number: row for row in connection.execute(STATIONS)}
    evses = _evses(connection.execute(CONNECTORS), connection.execute(SESSIONS))
    return Snapshot(
        event_id=str(latest_id(connection, event)),
        rows=[
            _line(row, evses.get(number, {}))
            for number, row in lines.items()
            if within is None or row.site_id in within
        ],
    )


def _evses(
    connectors: Iterable[AnyRow], running: Iterable[AnyRow]
) -> dict[int, dict[int, EvseLine]]:
    found: dict[int, dict[int, EvseLine]] = defaultdict(dict)
    for station_id, evse, status, error_code, changed_at in connectors:
        before = found[station_id].get(evse)
        if before is None or _RANK[status] < _RANK[before.status]:
            since = changed_at // US_PER_SECOND if status == _FAULTED and changed_at else None
            found[station_id][evse] = EvseLine(evse, status, error_code, None, None, since)
    for station_id, session_id, evse, power_w, charging_state in running:
        if evse is not None:
            known = found[station_id].get(evse)
            if known is None:
                known = EvseLine(evse, charging_state or _UNHEARD, None, None, None)
            line = replace(known, power_w=power_w, session_id=str(session_id))
            found[station_id][evse] = line
    return found


def _line(row: AnyRow, evses: Mapping[int, EvseLine]) -> StationLine:
    lines = sorted(evses.values(), key=attrgetter("id"))
    powers_w = [it.power_w for it in lines if it.power_w is not None]
    seen = row.last_seen_at
    return StationLine(
        id=row.identity,
        name=row.name,
        site_id=None if row.site_id is None else str(row.site_id),
        vendor=row.vendor,
        model=row.model,
        serial_number=row.serial_number,
        firmware_version=row.firmware_version,
        protocol=row.protocol,
        registration=row.registration,
        status=row.status,
        error_code=row.error_code,
        connected=bool(row.connected),
        last_seen_at=None if seen is None else seen // US_PER_SECOND,
        power_w=sum(powers_w) if powers_w else None,
        sessions=sum(it.session_id is not None for it in lines),
        evses=lines,
    )
