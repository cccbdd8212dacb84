"""Sessions and their readings as people see them."""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, bindparam, literal_column, or_, select, tuple_

from ogniwo.app.filters import Cut, SessionFilter
from ogniwo.app.views import Page, SampleView, SessionView, TokenRef
from ogniwo.base.units import from_instant
from ogniwo.base.wire_text import read_json
from ogniwo.domain.access import normalise_uid
from ogniwo.domain.people import Sites
from ogniwo.domain.session import RUNNING
from ogniwo.storage import exceptions
from ogniwo.storage.paging import identifier, numbers_in, page_of, rows_wanted
from ogniwo.storage.schema import sample, session, site, station
from ogniwo.storage.sites import only_within
from ogniwo.storage.trails import samples_back
from ogniwo.storage.values import AnyRow

SESSIONS: Final = (
    select(station.c.identity, session, station.c.site_id, site.c.time_zone.label("time_zone"))
    .join_from(session, station, station.c.id == session.c.station_id)
    .outerjoin(site, site.c.id == station.c.site_id)
)
SESSION: Final = SESSIONS.where(session.c.id == bindparam("id"))
SAMPLE_HEAD: Final = select(session.c.sample_head).where(session.c.id == bindparam("id"))
_walked: Final = samples_back()
# Oldest first: the trail leads back from the newest, so all of it after the cursor is walked,
# by its keys alone, and read from its far end.
SAMPLES: Final = (
    select(sample)
    .where(
        sample.c.id.in_(
            select(_walked.c.id)
            .where(_walked.c.id > bindparam("after"))
            .order_by(_walked.c.id)
            .limit(bindparam("limit"))
        )
    )
    .order_by(sample.c.id)
)
_RUNNING: Final = [state.value for state in sorted(RUNNING)]


def sessions(
    connection: Connection, where: SessionFilter, cut: Cut, within: Sites | None
) -> Page[SessionView]:
    query = (
        only_within(SESSIONS, within, session.c.station_id)
        .where(*_conditions(where), *_after(cut))
        .order_by(session.c.started_at.desc(), session.c.id.desc())
        .limit(rows_wanted(cut) + 1)
    )
    to_view = _session_view
    if where.exception:
        query, to_view = exceptions.only(query, where.as_of or 0), _exception_view
    rows = connection.execute(query).all()
    return page_of(rows, cut, to_view, lambda row: f"{row.started_at}.{row.id}")


def session_called(
    connection: Connection, session_id: str, within: Sites | None
) -> SessionView | None:
    query = only_within(SESSION, within, session.c.station_id)
    row = connection.execute(query, {"id": identifier(session_id)}).one_or_none()
    return None if row is None else _session_view(row)


def samples(
    connection: Connection, session_id: str, cut: Cut, within: Sites | None
) -> Page[SampleView]:
    after = 0 if cut.cursor is None else numbers_in(cut.cursor, count=1)[0]
    head_of = only_within(SAMPLE_HEAD, within, session.c.station_id)
    head = connection.scalar(head_of, {"id": identifier(session_id)})
    given = {"start": head, "after": after, "limit": rows_wanted(cut) + 1}
    rows = connection.execute(SAMPLES, given).all()
    return page_of(rows, cut, _sample_view, lambda row: str(row.id))


def _conditions(where: SessionFilter) -> Iterator[ColumnElement[bool]]:
    if where.station_id is not None:
        yield session.c.station_id.in_(
            select(station.c.id).where(station.c.identity == where.station_id)
        )
    if where.state is not None:
        yield session.c.state == where.state
    if where.token is not None:  # readers differ in how they write a uid
        forms = {where.token, normalise_uid(where.token)}
        yield or_(*(session.c.token_uid == uid for uid in sorted(forms)))
    if where.running is not None:
        runs = session.c.state.in_(_RUNNING)
        yield runs if where.running else ~runs
    if where.flagged is not None:
        none: ColumnElement[str] = literal_column(
            "''"
        )  # written out, as in the index it is to find
        yield session.c.flags != none if where.flagged else session.c.flags == none
    if where.since is not None:
        yield session.c.started_at >= where.since
    if where.until is not None:
        yield session.c.started_at < where.until


def _after(cut: Cut) -> Iterator[ColumnElement[bool]]:
    if cut.cursor is not None:
        started_at, last_id = numbers_in(cut.cursor, count=2)
        yield tuple_(session.c.started_at, session.c.id) < tuple_(started_at, last_id)


def _session_view(row: AnyRow) -> SessionView:
    return SessionView(
        id=str(row.id),
        station_id=row.identity,
        evse_id=row.evse,
        connector_id=row.connector,
        transaction_id=row.transaction_id,
        stay_id=str(row.stay_id),
        token=None if row.token_uid is None else TokenRef(uid=row.token_uid, type=row.token_type),
        state=row.state,
        charging_state=row.charging_state,
        started_at=from_instant(row.started_at),
        ended_at=None if row.ended_at is None else from_instant(row.ended_at),
        meter_start_wh=row.meter_start_wh,
        meter_stop_wh=row.meter_stop_wh,
        energy_wh=row.energy_wh,
        power_w=row.power_w,
        soc=row.soc,
        stop_reason=row.stop_reason,
        flags=[word for word in row.flags.split(",") if word],
        site_id=None if row.site_id is None else str(row.site_id),
        time_zone=row.time_zone,
    )


def _exception_view(row: AnyRow) -> SessionView:
    return replace(_session_view(row), exceptions=exceptions.named(row))


def _sample_view(row: AnyRow) -> SampleView:
    return SampleView(
        id=str(row.id),
        at=from_instant(row.at),
        received_at=from_instant(row.received_at),
        context=row.context,
        seq_no=row.seq_no,
        energy_wh=row.energy_wh,
        export_wh=row.export_wh,
        interval_wh=row.interval_wh,
        power_w=row.power_w,
        offered_w=row.offered_w,
        offered_a=row.offered_a,
        current_a=_phases(row.current_l1, row.current_l2, row.current_l3),
        voltage_v=_phases(row.voltage_l1, row.voltage_l2, row.voltage_l3),
        soc=row.soc,
        temperature_c=row.temperature,
        extra=None if row.extra is None else read_json(row.extra),
    )


def _phases(*values: float | None) -> list[float | None] | None:
    return None if all(value is None for value in values) else list(values)
