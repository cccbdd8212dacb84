"""A session with all that is on file around it, for a person who is to decide about it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, exists, literal_column, or_, select

from ogniwo.base.ids import first_id_at
from ogniwo.base.units import Instant, seconds, to_instant
from ogniwo.domain.events import Scalar
from ogniwo.domain.evidence import Case
from ogniwo.domain.repairs import OrphanStop, SessionRepair
from ogniwo.domain.session import Flag, Session
from ogniwo.storage import values
from ogniwo.storage.readers import Readers
from ogniwo.storage.schema import connector, event, session, station, station_head
from ogniwo.storage.schema_repairs import session_repair
from ogniwo.storage.values import AnyRow

ORPHANS_MAX: Final = 50  # of one station since the session began; it is the nearest that matter
EARLIER_US: Final = seconds(3_600)  # ids are by arrival, and stations' clocks are not ours

SESSION: Final = select(session).where(session.c.id == bindparam("id"))
STATION: Final = (
    select(station, station_head.c.last_seen_at)
    .outerjoin_from(station, station_head, station_head.c.station_id == station.c.id)
    .where(station.c.id == bindparam("id"))
)
CONNECTORS: Final = (
    select(connector)
    .where(connector.c.station_id == bindparam("station_id"), connector.c.evse == bindparam("evse"))
    .order_by(connector.c.connector)
)
_OF_EVSE: Final = (
    select(session)
    .where(
        session.c.station_id == bindparam("station_id"),
        session.c.evse == bindparam("evse"),
        session.c.id != bindparam("id"),
    )
    .limit(1)
)
BEFORE: Final = _OF_EVSE.where(session.c.started_at <= bindparam("started_at")).order_by(
    session.c.started_at.desc(), session.c.id.desc()
)
AFTER: Final = _OF_EVSE.where(session.c.started_at > bindparam("started_at")).order_by(
    session.c.started_at, session.c.id
)
_taken: Final = exists(
    select(session_repair.c.orphan_id).where(session_repair.c.orphan_id == event.c.id)
)
ORPHAN_STOPS: Final = (
    select(event)
    .where(
        event.c.kind == literal_column("'orphan_stored'"),  # as its index says it
        event.c.station_id == bindparam("station_id"),
        event.c.id >= bindparam("lowest"),
        ~_taken,
    )
    .order_by(event.c.id)
    .limit(ORPHANS_MAX)
)
_words: Final = "," + session.c.flags + ","
_orphan: Final = _words.like(f"%,{Flag.START_MISSING.value},%")
ORPHAN_SESSIONS: Final = (
    select(session)
    .where(
        session.c.station_id == bindparam("station_id"),
        session.c.started_at >= bindparam("started_at"),
        session.c.ended_at.is_not(None),
        session.c.state != "closed",
        session.c.id != bindparam("id"),
        or_(
            session.c.evse.is_(None),
            session.c.evse == bindparam("evse"),
            bindparam("evse").is_(None),
        ),
        _orphan,
    )
    .order_by(session.c.started_at, session.c.id)
    .limit(ORPHANS_MAX)
)
REPAIRS: Final = (
    select(session_repair)
    .where(session_repair.c.session_id == bindparam("id"))
    .order_by(session_repair.c.number)
)

_DATA: Final = msgspec.json.Decoder(dict[str, Scalar])
_FIGURES: Final = msgspec.json.Decoder(dict[str, object])


class SqlRepairFile:
    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def case(self, session_id: int) -> Case | None:
        return await self._readers.run(lambda it: _case(it, session_id))

    async def repairs_of(self, session_id: int) -> list[SessionRepair]:
        def query(connection: Connection) -> list[SessionRepair]:
            return [_repair(row) for row in connection.execute(REPAIRS, {"id": session_id})]

        return await self._readers.run(query)


def _case(connection: Connection, session_id: int) -> Case | None:
    row = connection.execute(SESSION, {"id": session_id}).one_or_none()
    if row is None:
        return None
    one = values.to_session(row)
    place = {"station_id": one.station_id, "evse": one.evse, "id": one.id}
    owner = connection.execute(STATION, {"id": one.station_id}).one()
    around = {**place, "started_at": one.started_at}
    repairs = connection.execute(REPAIRS, {"id": one.id})
    return Case(
        station=values.to_station(owner),
        removed=owner.removed != 0,
        session=one,
        connectors=tuple(values.to_connector(it) for it in connection.execute(CONNECTORS, place)),
        last_seen_at=owner.last_seen_at,
        before=_neighbour(connection.execute(BEFORE, around).one_or_none()),
        after=_neighbour(connection.execute(AFTER, around).one_or_none()),
        orphans=tuple(_orphans(connection, one)),
        repairs=tuple(_repair(it) for it in repairs),
    )


def _neighbour(row: AnyRow | None) -> Session | None:
    return None if row is None else values.to_session(row)


def _orphans(connection: Connection, one: Session) -> Iterator[OrphanStop]:
    since = min(one.started_at, one.received_at or one.started_at) - EARLIER_US
    given = {"station_id": one.station_id, "lowest": first_id_at(since)}
    for row in connection.execute(ORPHAN_STOPS, given):
        told = _DATA.decode(row.data)
        if told.get("what") == "stop":
            yield _of_event(row, told)
    place = {"station_id": one.station_id, "evse": one.evse, "id": one.id}
    for row in connection.execute(ORPHAN_SESSIONS, {**place, "started_at": one.started_at}):
        orphan = orphan_of(values.to_session(row))
        if orphan is not None:
            yield orphan


def _of_event(row: AnyRow, told: dict[str, Scalar]) -> OrphanStop:
    meter = told.get("meter_stop_wh")
    return OrphanStop(
        id=row.id,
        at=_moment(told.get("stopped_at"), row.at),
        meter_stop_wh=meter if isinstance(meter, int) else None,
        stop_reason=_text(told.get("stop_reason")),
        token=_text(told.get("token")),
        transaction_id=_text(told.get("transaction_id")),
    )


def orphan_of(one: Session) -> OrphanStop | None:
    if one.ended_at is None:
        return None
    return OrphanStop(
        id=one.id,
        at=one.ended_at,
        meter_stop_wh=one.last_wh if one.meter_stop_wh is None else one.meter_stop_wh,
        stop_reason=one.stop_reason,
        token=None if one.token is None else one.token.uid,
        transaction_id=one.transaction_id,
        session=one,
    )


def _moment(told: Scalar, arrived_at: Instant) -> Instant:
    return to_instant(datetime.fromisoformat(told)) if isinstance(told, str) else arrived_at


def _text(told: Scalar) -> str | None:
    return told if isinstance(told, str) else None


def _repair(row: AnyRow) -> SessionRepair:
    return SessionRepair(
        session_id=row.session_id,
        number=row.number,
        org_id=row.org_id,
        station_id=row.station_id,
        kind=row.kind,
        author=row.author,
        note=row.note,
        at=row.at,
        wanted=_FIGURES.decode(row.wanted),
        before=_FIGURES.decode(row.before),
        after=_FIGURES.decode(row.after),
        orphan_id=row.orphan_id,
    )
