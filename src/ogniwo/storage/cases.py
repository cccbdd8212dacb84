"""A session with all that is on file around it, for a person who is to decide about it."""

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, or_, select

from ogniwo.base.ids import first_id_at
from ogniwo.base.units import seconds
from ogniwo.domain.evidence import Case
from ogniwo.domain.orphans import OrphanCase
from ogniwo.domain.repairs import OrphanStop, SessionRepair
from ogniwo.domain.session import Flag, Session, SessionState
from ogniwo.storage import orphans, values
from ogniwo.storage.readers import Readers
from ogniwo.storage.schema import connector, event, session, station, station_head
from ogniwo.storage.schema_repairs import session_repair
from ogniwo.storage.values import AnyRow

ORPHANS_MAX: Final = 50  # of one station since the session began; it is the nearest that matter
CANDIDATES_MAX: Final = 20  # that began before it: more would help nobody to decide
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
ORPHAN_STOPS: Final = (
    orphans.STOPS_OF_STATION.where(event.c.id >= bindparam("lowest"), orphans.OPEN)
    .order_by(event.c.id)
    .limit(ORPHANS_MAX)
)
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
        orphans.NO_START,
    )
    .order_by(session.c.started_at, session.c.id)
    .limit(ORPHANS_MAX)
)
REPAIRS: Final = (
    select(session_repair)
    .where(session_repair.c.session_id == bindparam("id"))
    .order_by(session_repair.c.number)
)

_FIGURES: Final = msgspec.json.Decoder(dict[str, object])


CANDIDATES: Final = (
    select(session.c.id)
    .where(
        session.c.station_id == bindparam("station_id"),
        session.c.started_at <= bindparam("at"),
        session.c.state != "closed",
        session.c.id != bindparam("id"),
        or_(session.c.ended_at.is_(None), orphans.ENDED_UNTOLD),
        or_(
            session.c.evse.is_(None),
            session.c.evse == bindparam("evse"),
            bindparam("evse", type_=session.c.evse.type).is_(None),
        ),
    )
    .order_by(session.c.started_at.desc(), session.c.id.desc())
    .limit(CANDIDATES_MAX)
)
OF_ORPHAN: Final = select(session_repair).where(session_repair.c.orphan_id == bindparam("id"))
LAST_REPAIR: Final = (
    select(session_repair)
    .where(session_repair.c.session_id == bindparam("id"))
    .order_by(session_repair.c.number.desc())
    .limit(1)
)


class SqlRepairFile:
    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def case(self, session_id: int) -> Case | None:
        return await self._readers.run(lambda it: _case(it, session_id))

    async def repairs_of(self, session_id: int) -> list[SessionRepair]:
        def query(connection: Connection) -> list[SessionRepair]:
            return [_repair(row) for row in connection.execute(REPAIRS, {"id": session_id})]

        return await self._readers.run(query)

    async def orphan(self, orphan_id: int) -> OrphanStop | None:
        return await self._readers.run(lambda it: _orphan(it, orphan_id))

    async def orphan_case(self, orphan_id: int) -> OrphanCase | None:
        return await self._readers.run(lambda it: _orphan_case(it, orphan_id))


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
        yield orphans.of_event(row)
    place = {"station_id": one.station_id, "evse": one.evse, "id": one.id}
    for row in connection.execute(ORPHAN_SESSIONS, {**place, "started_at": one.started_at}):
        orphan = orphan_of(values.to_session(row))
        if orphan is not None:
            yield orphan


def _orphan(connection: Connection, orphan_id: int) -> OrphanStop | None:
    """Whatever was decided about it; a session that has its beginning is none."""
    row = connection.execute(orphans.STOP, {"id": orphan_id}).one_or_none()
    orphan = None if row is None else orphans.of_event(row)
    if orphan is None:
        row = connection.execute(SESSION, {"id": orphan_id}).one_or_none()
        one = None if row is None else values.to_session(row)
        if one is None or Flag.START_MISSING not in one.flags:
            return None
        orphan = orphan_of(one)
    if orphan is None:
        return None
    found = connection.execute(OF_ORPHAN, {"id": orphan_id}).one_or_none()
    if found is None and orphan.session is not None and orphan.session.state is SessionState.CLOSED:
        found = connection.execute(LAST_REPAIR, {"id": orphan_id}).one_or_none()
    return orphan if found is None else replace(orphan, settled=_repair(found))


def _orphan_case(connection: Connection, orphan_id: int) -> OrphanCase | None:
    orphan = _orphan(connection, orphan_id)
    if orphan is None or orphan.station_id is None:
        return None
    owner = connection.execute(STATION, {"id": orphan.station_id}).one()
    given = {
        "station_id": orphan.station_id,
        "at": orphan.at,
        "id": orphan.id,
        "evse": orphan.evse,
    }
    found = [_case(connection, it) for it in connection.scalars(CANDIDATES, given).all()]
    return OrphanCase(
        station=values.to_station(owner),
        removed=owner.removed != 0,
        orphan=orphan,
        cases=tuple(it for it in found if it is not None),
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
        station_id=one.station_id,
        evse=one.evse,
        received_at=one.received_at,
    )


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
