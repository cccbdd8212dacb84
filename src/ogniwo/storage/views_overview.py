"""The network in figures, by site: sums that the database makes, and shares of sessions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    func,
    or_,
    select,
)

from ogniwo.app.overview_views import Figures, Found, QuarterView, Shares
from ogniwo.base.units import Instant, from_instant
from ogniwo.domain.delivery import Reading, delivered_by
from ogniwo.domain.people import Sites
from ogniwo.domain.session import RUNNING
from ogniwo.domain.station import Status
from ogniwo.storage.aggregates import STATIONS_AT_ONCE, chunks
from ogniwo.storage.ownership import CONNECTED
from ogniwo.storage.schema import connector, sample, session, site_quarter, station, station_head
from ogniwo.storage.values import AnyRow

QUARTERS_AN_HOUR: Final = 4
_FAULTED: Final = Status.FAULTED.value
_here: Final = station.c.removed == 0

STATIONS: Final = (
    select(
        station.c.site_id,
        func.count().label("stations"),
        func.sum(case((CONNECTED, 1), else_=0)).label("connected"),
        func.sum(case((station_head.c.last_seen_at.is_(None), 1), else_=0)).label("never_seen"),
        func.sum(case((station.c.status == _FAULTED, 1), else_=0)).label("faulted"),
    )
    .outerjoin_from(station, station_head, station_head.c.station_id == station.c.id)
    .where(_here)
    .group_by(station.c.site_id)
)
CONNECTORS: Final = (
    select(station.c.site_id, connector.c.status, func.count().label("connectors"))
    .join_from(connector, station, station.c.id == connector.c.station_id)
    .where(_here)
    .group_by(station.c.site_id, connector.c.status)
)
RUNNING_NOW: Final = (
    select(
        station.c.site_id,
        func.count().label("sessions"),
        func.sum(func.coalesce(session.c.power_w, 0)).label("power_w"),
    )
    .join_from(session, station, station.c.id == session.c.station_id)
    .where(session.c.is_open, session.c.state.in_([it.value for it in sorted(RUNNING)]), _here)
    .group_by(station.c.site_id)
)
BEGUN: Final = (
    select(
        station.c.site_id,
        func.count().label("sessions"),
        func.sum(func.coalesce(session.c.energy_wh, 0)).label("energy_wh"),
    )
    .join_from(session, station, station.c.id == session.c.station_id)
    .where(session.c.started_at >= bindparam("since"))
    .group_by(station.c.site_id)
)
_PARTS: Final = select(
    station.c.site_id,
    session.c.id,
    session.c.started_at,
    session.c.ended_at,
    session.c.last_at,
    session.c.sampled_at,
    session.c.energy_wh,
    func.coalesce(session.c.meter_start_wh, session.c.first_wh, 0).label("base_wh"),
).join_from(session, station, station.c.id == session.c.station_id)
# Each by its own index: those that run, and those that ended since.
OPEN: Final = _PARTS.where(session.c.is_open, session.c.started_at < bindparam("until"))
ENDED: Final = _PARTS.where(
    session.c.ended_at > bindparam("since"), session.c.started_at < bindparam("until")
)


def figures(
    connection: Connection, since: Instant, known: Mapping[int, int], within: Sites | None
) -> Found:
    found: dict[int | None, dict[str, Any]] = defaultdict(lambda: {"connectors": {}})
    for row in connection.execute(_only(STATIONS, within)):
        found[row.site_id] |= {
            "stations": row.stations,
            "connected": row.connected,
            "never_seen": row.never_seen,
            "faulted": row.faulted,
        }
    for row in connection.execute(_only(CONNECTORS, within)):
        found[row.site_id]["connectors"][row.status] = row.connectors
    for row in connection.execute(_only(RUNNING_NOW, within)):
        found[row.site_id] |= {"active_sessions": row.sessions, "power_w": int(row.power_w)}
    today: dict[int | None, int] = defaultdict(int)
    for row in connection.execute(_only(BEGUN, within), {"since": since}):
        today[row.site_id] += int(row.energy_wh)
        found[row.site_id]["sessions_today"] = row.sessions
    across = _parts(connection, since, since, within)
    new = [row for row in across if row.id not in known]
    before = {**known, **_delivered_by(connection, since, new)}
    for row in across:
        today[row.site_id] += max(0, (row.energy_wh or 0) - before[row.id])
    return Found(
        sites={
            site_id: Figures(
                **{
                    **values,
                    "faulted": values.get("faulted", 0) + values["connectors"].get(_FAULTED, 0),
                    "energy_today_wh": today[site_id],
                }
            )
            for site_id in {*found, *today}
            for values in [found[site_id]]
        },
        before=before,
    )


def delivered(
    connection: Connection, since: Instant, until: Instant, within: Sites | None
) -> dict[int | None, Shares]:
    parts = _parts(connection, since, until, within)
    by_since = _delivered_by(connection, since, parts)
    by_until = _delivered_by(connection, until, parts)
    energy_wh: dict[int | None, int] = defaultdict(int)
    sessions: dict[int | None, int] = defaultdict(int)
    for row in parts:
        energy_wh[row.site_id] += max(0, by_until[row.id] - by_since[row.id])
        sessions[row.site_id] += 1
    return {
        site_id: Shares(energy_wh=energy_wh[site_id], sessions=sessions[site_id])
        for site_id in sessions
    }


def quarters(
    connection: Connection, since: Instant, site_id: int | None, within: Sites | None
) -> list[QuarterView]:
    query = (
        select(
            site_quarter.c.at,
            func.sum(site_quarter.c.energy_wh).label("energy_wh"),
            func.sum(site_quarter.c.sessions).label("sessions"),
        )
        .where(site_quarter.c.at >= since)
        .group_by(site_quarter.c.at)
        .order_by(site_quarter.c.at)
    )
    if site_id is not None:
        query = query.where(site_quarter.c.site_id == site_id)
    if within is not None:
        query = query.where(site_quarter.c.site_id.in_(sorted(within)))
    return [
        QuarterView(
            at=from_instant(row.at),
            energy_wh=int(row.energy_wh),
            power_w=int(row.energy_wh) * QUARTERS_AN_HOUR,
            sessions=int(row.sessions),
        )
        for row in connection.execute(query)
    ]


def _only(query: Select[*tuple[Any, ...]], within: Sites | None) -> Select[*tuple[Any, ...]]:
    return query if within is None else query.where(station.c.site_id.in_(sorted(within)))


def _parts(
    connection: Connection, since: Instant, until: Instant, within: Sites | None
) -> list[AnyRow]:
    """Sessions that may have delivered something in the span, and began before its end."""
    given = {"since": since, "until": until}
    rows = {row.id: row for row in connection.execute(_only(OPEN, within), {"until": until})}
    rows |= {row.id: row for row in connection.execute(_only(ENDED, within), given)}
    return list(rows.values())


def _delivered_by(
    connection: Connection, moment: Instant, parts: Sequence[AnyRow]
) -> dict[int, int]:
    ids = [row.id for row in parts if row.started_at < moment]
    found = {
        row.root: row
        for some in chunks(ids, STATIONS_AT_ONCE)
        for row in connection.execute(NEAR, {"ids": some, "moment": moment})
    }
    return {row.id: _share(row, moment, found.get(row.id)) for row in parts}


def _share(row: AnyRow, moment: Instant, near: AnyRow | None) -> int:
    end = row.last_at or row.sampled_at or row.ended_at or row.started_at
    return delivered_by(
        moment,
        begun_at=row.started_at,
        whole=Reading(max(end, row.started_at), row.energy_wh or 0),
        before=None if near is None else _reading(near.before_at, near.before_wh, row.base_wh),
        after=None if near is None else _reading(near.after_at, near.after_wh, row.base_wh),
    )


def _reading(at: Instant | None, register_wh: int | None, base_wh: int) -> Reading | None:
    return None if at is None or register_wh is None else Reading(at, register_wh - base_wh)


def _near() -> Select[*tuple[Any, ...]]:
    """Of many sessions: the readings of the register next to ``:moment``, by walking back to it."""
    read = (sample.c.prev, sample.c.at, sample.c.energy_wh)
    walked = (
        select(session.c.id.label("root"), *read)
        .join_from(session, sample, sample.c.id == session.c.sample_head)
        .where(session.c.id.in_(bindparam("ids", expanding=True)))
        .cte("walked", recursive=True)
    )
    walked = walked.union_all(
        select(walked.c.root, *read).where(
            sample.c.id == walked.c.prev,
            or_(walked.c.at > bindparam("moment"), walked.c.energy_wh.is_(None)),
        )
    )
    earlier: ColumnElement[bool] = walked.c.at <= bindparam("moment")
    return (
        select(
            walked.c.root,
            func.max(case((earlier, walked.c.at))).label("before_at"),
            func.max(case((earlier, walked.c.energy_wh))).label("before_wh"),
            func.min(case((~earlier, walked.c.at))).label("after_at"),
            func.min(case((~earlier, walked.c.energy_wh))).label("after_wh"),
        )
        .where(walked.c.energy_wh.is_not(None))
        .group_by(walked.c.root)
    )


NEAR: Final = _near()
