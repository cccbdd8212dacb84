"""What is left to do, and for whom: open orders, sessions without an end, stations left alone.

Most take ``:node`` and ``:unowned``; the last is for whoever is on duty.
"""

from typing import Final

from sqlalchemy import BigInteger, bindparam, func, select

from ogniwo.domain.session import SessionState
from ogniwo.domain.station import ReportedStatus
from ogniwo.storage.aggregates import OPEN_STATES
from ogniwo.storage.ownership import ANSWERED_FOR, STRANDED, now_us
from ogniwo.storage.schema import command, connector, session, station, station_head

OPEN_COMMANDS: Final = (
    select(station.c.identity, command)
    .join_from(command, station, station.c.id == command.c.station_id)
    .join(station_head, station_head.c.station_id == command.c.station_id)
    .where(
        command.c.is_open,
        command.c.state.in_(OPEN_STATES),
        station.c.removed == 0,
        ANSWERED_FOR,
    )
    .order_by(command.c.created_at, command.c.id)
)
WAITING_SESSIONS: Final = (
    select(station.c.identity, session.c.id)
    .join_from(session, station, station.c.id == session.c.station_id)
    .join(station_head, station_head.c.station_id == session.c.station_id)
    .where(
        session.c.state == SessionState.WAITING_FOR_DATA.value,
        session.c.ended_at < bindparam("ended_before"),
        station.c.removed == 0,
        ANSWERED_FOR,
    )
    .order_by(session.c.ended_at)
)
LOST_SESSIONS: Final = (
    select(station.c.identity, session.c.id)
    .join_from(session, station, station.c.id == session.c.station_id)
    .join(station_head, station_head.c.station_id == session.c.station_id)
    .where(
        session.c.is_open,
        session.c.state != SessionState.WAITING_FOR_DATA.value,
        func.coalesce(session.c.sampled_at, session.c.received_at) <= bindparam("quiet_since"),
        station.c.removed == 0,
        ANSWERED_FOR,
        select(connector.c.evse)
        .where(
            connector.c.station_id == session.c.station_id,
            connector.c.evse == session.c.evse,
            connector.c.reported == ReportedStatus.AVAILABLE.value,
            connector.c.changed_at <= bindparam("quiet_since"),
        )
        .exists(),
    )
)
LINKED_STATIONS: Final = (
    select(station.c.identity)
    .join_from(station, station_head, station_head.c.station_id == station.c.id)
    .where(
        station_head.c.owner == bindparam("node"),
        station_head.c.connected_since < now_us() - bindparam("for_us", type_=BigInteger),
        station.c.removed == 0,
    )
)
CHARGING_STATIONS: Final = (
    select(station.c.identity)
    .join_from(session, station, station.c.id == session.c.station_id)
    .where(
        session.c.is_open,
        session.c.state != SessionState.WAITING_FOR_DATA.value,
        station.c.removed == 0,
    )
)
STRANDED_STATIONS: Final = (
    select(station.c.identity)
    .join_from(station, station_head, station_head.c.station_id == station.c.id)
    .where(STRANDED, station.c.removed == 0)
    .order_by(station.c.identity)
    .limit(bindparam("limit"))
)
