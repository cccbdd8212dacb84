"""What speaks for which figure of a session, and what a person could decide. Pure.

Nothing here decides: facts and proposals are shown, the person chooses.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from ogniwo.base.limits import EXCEPTION_WAIT_S, LOST_SESSION_S, SILENT_STATION_S
from ogniwo.base.units import Instant, seconds, to_rfc3339
from ogniwo.domain.access import normalise_uid
from ogniwo.domain.meter import ENERGY_WH_SLACK, plausible_energy
from ogniwo.domain.repairs import OrphanStop, SessionRepair, lacks_stop
from ogniwo.domain.session import HOLDING, Flag, Session, SessionState, last_heard
from ogniwo.domain.station import Connector, ReportedStatus, Station

Data = Mapping[str, str | int | bool | None]

HELD: Final = "held"
WAITS: Final = "waits"
START_MISSING: Final = "start_missing"
CONNECTOR_FREE: Final = "connector_free"
STATION_SILENT: Final = "station_silent"
EXCEPTIONS: Final = (HELD, WAITS, START_MISSING, CONNECTOR_FREE, STATION_SILENT)


class Case(Struct, frozen=True, kw_only=True):
    """A session with all that is on file around it."""

    station: Station
    removed: bool  # the station
    session: Session
    connectors: tuple[Connector, ...] = ()  # of its EVSE
    last_seen_at: Instant | None = None
    before: Session | None = None  # on the same EVSE
    after: Session | None = None
    orphans: tuple[OrphanStop, ...] = ()  # of the station, not attached to anything
    repairs: tuple[SessionRepair, ...] = ()


class Fact(Struct, frozen=True, kw_only=True):
    """``kind`` has its sentence in the texts, ``data`` what stands in it."""

    kind: str
    at: Instant | None = None
    energy_wh: int | None = None
    session_id: int | None = None
    data: Data = {}


class Proposal(Struct, frozen=True, kw_only=True):
    """A repair but for its note; ``strong``: several things speak for it and none against."""

    kind: str
    repair: Mapping[str, object]
    strong: bool
    energy_wh: int | None = None  # what the session would come to


def exceptions_of(case: Case, now: Instant) -> list[str]:
    """Why a person should look at it; nothing where nobody needs to."""
    session = case.session
    found: list[str] = []
    if session.state is SessionState.ENDED:
        found.append(HELD)
    waits = session.state is SessionState.WAITING_FOR_DATA
    if waits and (session.ended_at or 0) < now - seconds(EXCEPTION_WAIT_S):
        found.append(WAITS)
    if Flag.START_MISSING in session.flags and not session.running and not found:
        found += [START_MISSING] if waits else []
    if session.running and _free(case, since=now - seconds(LOST_SESSION_S)):
        found.append(CONNECTOR_FREE)
    if session.running and (case.last_seen_at or 0) < now - seconds(SILENT_STATION_S):
        found.append(STATION_SILENT)
    return found


def facts_of(case: Case) -> Iterator[Fact]:
    yield from _of_registers(case.session)
    yield from _of_readings(case.session)
    yield from _of_neighbours(case)
    for orphan in case.orphans:
        yield Fact(
            kind="orphan_stop",
            at=orphan.at,
            energy_wh=orphan.meter_stop_wh,
            session_id=None if orphan.session is None else orphan.session.id,
            data={
                "orphan_id": str(orphan.id),
                "token": orphan.token,
                "transaction_id": orphan.transaction_id,
                **fits(case, orphan),
            },
        )
    for connector in case.connectors:
        reported = connector.reported
        yield Fact(
            kind="connector",
            at=connector.changed_at or None,
            data={
                "connector": connector.connector,
                "status": None if reported is None else reported.value,
            },
        )
    if case.last_seen_at is not None:
        yield Fact(kind="station_heard", at=case.last_seen_at)
    if case.removed:
        yield Fact(kind="station_removed")
    for flag in sorted(case.session.flags & HOLDING):
        yield Fact(kind=flag.value)


def proposals_of(case: Case) -> Iterator[Proposal]:
    """The likeliest first."""
    session = case.session
    if session.state is SessionState.CLOSED:
        return
    if lacks_stop(session):
        yield from _of_orphans(case)
    if session.running:
        yield from _of_closing(case)
    elif session.state is SessionState.ENDED:
        yield from _of_settling(case)
    else:
        yield Proposal(
            kind="stop_waiting",
            repair={"repair": "close", "as_measured": True},
            strong=False,
            energy_wh=session.energy_wh,
        )
    nothing = _measured_wh(session) in {None, 0}
    yield Proposal(kind="dismiss", repair={"repair": "dismiss"}, strong=nothing, energy_wh=0)


def _of_registers(session: Session) -> Iterator[Fact]:
    start, stop = session.meter_start_wh, session.meter_stop_wh
    if start is None:
        yield Fact(kind="register_start_missing", at=session.started_at)
    else:
        yield Fact(kind="register_start", at=session.started_at, energy_wh=start)
    if stop is not None:
        data: Data = {"reason": session.stop_reason}
        yield Fact(kind="register_stop", at=session.ended_at, energy_wh=stop, data=data)
    elif lacks_stop(session):
        yield Fact(kind="stop_missing", at=session.ended_at)
    else:
        yield Fact(kind="register_stop_missing", at=session.ended_at)


def _of_readings(session: Session) -> Iterator[Fact]:
    if session.first_wh is None or session.last_wh is None:
        yield Fact(kind="no_readings")
    else:
        yield Fact(kind="reading_first", at=session.first_at, energy_wh=session.first_wh)
        yield Fact(kind="reading_last", at=session.last_at, energy_wh=session.last_wh)
    if session.interval_wh is not None:
        yield Fact(kind="interval_sum", energy_wh=session.interval_wh)


def _of_neighbours(case: Case) -> Iterator[Fact]:
    before, after, session = case.before, case.after, case.session
    if before is not None:
        stop = before.last_wh if before.meter_stop_wh is None else before.meter_stop_wh
        yield Fact(kind="session_before", at=before.ended_at, energy_wh=stop, session_id=before.id)
        start = session.first_wh if session.meter_start_wh is None else session.meter_start_wh
        if stop is not None and start is not None:
            yield Fact(kind="gap_before", energy_wh=start - stop, session_id=before.id)
    if after is not None:
        start = after.first_wh if after.meter_start_wh is None else after.meter_start_wh
        yield Fact(kind="session_after", at=after.started_at, energy_wh=start, session_id=after.id)
        stop = session.last_wh if session.meter_stop_wh is None else session.meter_stop_wh
        if stop is not None and start is not None:
            yield Fact(kind="gap_after", energy_wh=start - stop, session_id=after.id)


def _free(case: Case, since: Instant | None = None) -> bool:
    free = all(
        it.reported is ReportedStatus.AVAILABLE and (since is None or it.changed_at <= since)
        for it in case.connectors
    )
    return bool(case.connectors) and free


def fits(case: Case, orphan: OrphanStop) -> dict[str, bool | None]:
    """By token, time and meter: yes, no, or (None) it cannot be told."""
    session, after = case.session, case.after
    token = None
    if orphan.token is not None and session.token is not None:
        token = normalise_uid(orphan.token) == normalise_uid(session.token.uid)
    over_at = None if after is None else after.started_at
    in_time = session.started_at <= orphan.at and (over_at is None or orphan.at <= over_at)
    meter = None
    lowest = _highest_known(session)
    if orphan.meter_stop_wh is not None and lowest is not None:
        highest = None if after is None else after.meter_start_wh
        below = highest is None or orphan.meter_stop_wh <= highest + ENERGY_WH_SLACK
        meter = lowest <= orphan.meter_stop_wh and below and _could_flow(case, orphan)
    return {"token_fits": token, "time_fits": in_time, "meter_fits": meter}


def _could_flow(case: Case, orphan: OrphanStop) -> bool:
    start = case.session.meter_start_wh
    if start is None or orphan.meter_stop_wh is None:
        return True
    return plausible_energy(
        orphan.meter_stop_wh - start,
        span_us=orphan.at - case.session.started_at,
        power_w_max=case.station.max_power_w,
    )


def _of_orphans(case: Case) -> Iterator[Proposal]:
    for orphan in case.orphans:
        told = fits(case, orphan)
        if not told["time_fits"] or False in {told["token_fits"], told["meter_fits"]}:
            continue
        yield Proposal(
            kind="attach_stop",
            repair={"repair": "attach_stop", "orphan_id": str(orphan.id)},
            strong=True in {told["token_fits"], told["meter_fits"]},
            energy_wh=energy_until(case.session, orphan),
        )


def energy_until(session: Session, orphan: OrphanStop) -> int | None:
    """What the session would come to, going by its start and that stop."""
    start, stop = _start_wh(session), orphan.meter_stop_wh
    return None if start is None or stop is None else stop - start


def _of_closing(case: Case) -> Iterator[Proposal]:
    session = case.session
    yield Proposal(
        kind="close_as_measured",
        repair={
            "repair": "close",
            "as_measured": True,
            "ended_at": to_rfc3339(last_heard(session)),
        },
        strong=_free(case) and _measured_wh(session) is not None,
        energy_wh=_measured_wh(session),
    )
    known = _highest_known(session)
    after = case.after
    if after is None or after.meter_start_wh is None or known is None:
        return
    if after.meter_start_wh > known:
        start = _start_wh(session)
        yield Proposal(
            kind="close_at_next",
            repair={
                "repair": "close",
                "meter_stop_wh": after.meter_start_wh,
                "ended_at": to_rfc3339(after.started_at),
            },
            strong=False,
            energy_wh=None if start is None else after.meter_start_wh - start,
        )


def _of_settling(case: Case) -> Iterator[Proposal]:
    """Registers that could stand in for those that cannot be right."""
    session = case.session
    seen: set[int] = set()
    for kind, start, stop in _ends(case):
        if start is None or stop is None or stop < start or stop - start in seen:
            continue
        seen.add(stop - start)
        until = session.ended_at or last_heard(session)
        possible = plausible_energy(
            stop - start, span_us=until - session.started_at, power_w_max=case.station.max_power_w
        )
        yield Proposal(
            kind=kind,
            repair={"repair": "settle", "meter_start_wh": start, "meter_stop_wh": stop},
            strong=possible and kind == "settle_by_readings",
            energy_wh=stop - start,
        )


def _ends(case: Case) -> Iterator[tuple[str, int | None, int | None]]:
    one, before, after = case.session, case.before, case.after
    if one.first_wh != one.last_wh:
        yield "settle_by_readings", one.first_wh, one.last_wh
    yield "settle_by_registers", one.meter_start_wh, one.meter_stop_wh
    yield "settle_by_registers", one.meter_start_wh, one.last_wh
    if before is not None:
        yield "settle_from_before", before.meter_stop_wh, _highest_known(one)
    if after is not None:
        yield "settle_to_next", _start_wh(one), after.meter_start_wh


def _start_wh(session: Session) -> int | None:
    return session.first_wh if session.meter_start_wh is None else session.meter_start_wh


def _highest_known(session: Session) -> int | None:
    known = [it for it in (session.meter_start_wh, session.last_wh) if it is not None]
    return max(known, default=None)


def _measured_wh(session: Session) -> int | None:
    start = _start_wh(session)
    if start is None or session.last_wh is None:
        return session.interval_wh
    return max(session.last_wh - start, 0)
