"""What a person decides about a session that could not be settled by itself.

Pure. A repair never overwrites what the station said: the registers that it declared stay, the
decision stands beside them with its author, its reason, and the figures before and after.
Closed stays closed: what is billed is not repaired any more.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct
from msgspec.structs import replace

from ogniwo.base.errors import RefusedError, UsageError
from ogniwo.base.limits import LOST_SESSION_S
from ogniwo.base.units import Instant, seconds, to_instant, to_rfc3339
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.charging_told import profiles_over
from ogniwo.domain.decision import DomainRow, Situation, event
from ogniwo.domain.events import EventKind
from ogniwo.domain.meter import ENERGY_WH_MAX
from ogniwo.domain.session import (
    ENDED_UNTOLD,
    Flag,
    Session,
    SessionState,
    closed_anyway,
    flagged,
    last_heard,
    settled,
)
from ogniwo.domain.session_events import closing_events, ended_event
from ogniwo.domain.station import ReportedStatus
from ogniwo.domain.status import coloured

MERGED: Final = "merged"  # of the record on the side of the stop that was attached elsewhere

Register = Annotated[int, Meta(ge=0, le=ENERGY_WH_MAX, description="In Wh.")]
Number = Annotated[str, Meta(pattern=r"^[0-9]{1,19}$")]
Why = Annotated[str, Meta(min_length=3, max_length=1_000, description="Why, for who looks later.")]


class Repair(Struct, frozen=True, kw_only=True, tag_field="repair", forbid_unknown_fields=True):
    """Root of all repairs; the tag is its name in the API, the docstring its help."""

    note: Why


class Close(Repair, frozen=True, kw_only=True, tag="close"):
    """End a session whose stop never came: by a register, or as far as it was measured."""

    ended_at: Annotated[datetime, Meta(tz=True)] | None = None  # none: the last word of it
    meter_stop_wh: Register | None = None
    as_measured: bool = False


class Settle(Repair, frozen=True, kw_only=True, tag="settle"):
    """Give a session that is held its energy: by registers, or as a figure; 0 is one."""

    meter_start_wh: Register | None = None
    meter_stop_wh: Register | None = None
    energy_wh: Register | None = None


class AttachStop(Repair, frozen=True, kw_only=True, tag="attach_stop"):
    """Join a stop that nobody's session has to the session that it ended."""

    orphan_id: Number  # of a session that has only an end, or of an event


class Dismiss(Repair, frozen=True, kw_only=True, tag="dismiss"):
    """Nothing was charged: the session ends with no energy."""


AnyRepair = Close | Settle | AttachStop | Dismiss


class SessionRepair(Struct, frozen=True, kw_only=True):
    """The stored decision."""

    session_id: int
    number: int
    station_id: int
    kind: str
    author: str
    note: str
    at: Instant
    wanted: Mapping[str, object]
    before: Mapping[str, object]
    after: Mapping[str, object]
    orphan_id: int | None = None
    org_id: int = 1


class OrphanStop(Struct, frozen=True, kw_only=True):
    """An end without a session: an event of 1.6, or of 2.x a session without its beginning.

    ``at`` is the station's time of it; ``settled`` what was decided about it, if anything was.
    """

    id: int
    at: Instant
    station_id: int | None = None
    evse: int | None = None
    received_at: Instant | None = None
    meter_stop_wh: int | None = None
    stop_reason: str | None = None
    token: str | None = None
    transaction_id: str | None = None
    session: Session | None = None
    settled: SessionRepair | None = None


class Asked(Struct, frozen=True, kw_only=True):
    """A repair as it reaches the decision; ``number`` is how many there were before, and one."""

    repair: AnyRepair
    author: str
    number: int = 1
    orphan: OrphanStop | None = None
    orphan_number: int = 1


class Repaired(Struct, frozen=True, kw_only=True):
    session: Session
    orphan: Session | None  # closed in the same breath
    events: tuple[DomainRow, ...]
    records: tuple[SessionRepair, ...]


def decide_repair(
    state: StationState, session: Session, asked: Asked, situation: Situation
) -> Repaired:
    """Errors: RefusedError, UsageError."""
    _check_may_be_repaired(state, session, situation.now)
    after = _after(session, asked, state.station.max_power_w, situation.now)
    merged = asked.orphan.session if asked.orphan is not None else None
    merged_after = None if merged is None else _nothing(merged, Flag.MERGED, situation.now)
    events = _told(state, session, after, asked, situation)
    records = [_record(session, after, asked, situation.now)]
    if merged is not None and merged_after is not None:
        events += closing_events(merged, merged_after, situation)
        records.append(_record_of_merged(merged, merged_after, session, asked, situation.now))
    return Repaired(
        session=after, orphan=merged_after, events=tuple(events), records=tuple(records)
    )


def _after(session: Session, asked: Asked, power_w_max: int | None, now: Instant) -> Session:
    match asked.repair:
        case Close():
            return _closed(session, asked.repair, power_w_max, now)
        case Settle():
            return _settled(session, asked.repair, now)
        case AttachStop():
            return _attached(session, _checked(asked.orphan, session), power_w_max, now)
        case Dismiss():
            return _dismissed(session, now)


def is_alive(state: StationState, session: Session, now: Instant) -> bool:
    """It runs, and by its station's own word just now: a person would end it too early."""
    if not session.running:
        return False
    heard = max(session.received_at, session.sampled_at or 0, session.heard_at or 0)
    connectors = state.connectors_of(session.evse) if session.evse else []
    free = bool(connectors) and all(it.reported is ReportedStatus.AVAILABLE for it in connectors)
    return not free and now - heard < seconds(LOST_SESSION_S)


def lacks_stop(session: Session) -> bool:
    return session.ended_at is None or bool(session.flags & ENDED_UNTOLD)


def _check_may_be_repaired(state: StationState, session: Session, now: Instant) -> None:
    if session.state is SessionState.CLOSED:
        raise RefusedError("session_closed", "a closed session stays as it is: it may be billed")
    if is_alive(state, session, now):
        raise RefusedError(
            "session_alive",
            "the station has just told of this session: stop it remotely, or wait a quarter of "
            "an hour",
        )


def _closed(session: Session, how: Close, power_w_max: int | None, now: Instant) -> Session:
    if session.state is SessionState.ENDED:
        raise RefusedError("session_ended", "it has ended and is held: settle it")
    if (how.meter_stop_wh is None) is not how.as_measured:
        raise UsageError("give meter_stop_wh, or as_measured: true, and not both")
    if not lacks_stop(session):
        if how.ended_at is not None or how.meter_stop_wh is not None:
            raise RefusedError("stop_known", "its stop is known: close it as_measured, or settle")
        after = session
    else:
        ended_at = last_heard(session) if how.ended_at is None else to_instant(how.ended_at)
        if not session.started_at <= ended_at <= now:
            raise RefusedError("time_impossible", "it can have ended between its start and now")
        flags = session.flags - {Flag.ABANDONED}
        after = replace(session, ended_at=ended_at, charging_state=None, flags=flags)
    decided = after
    if how.meter_stop_wh is not None:
        decided = replace(after, meter_stop_wh=how.meter_stop_wh)
    decided = settled(decided, power_w_max=power_w_max)
    # What the station declared stays; what the person decided stands in the record.
    decided = replace(decided, meter_stop_wh=session.meter_stop_wh)
    decided = flagged(decided, Flag.CLOSED_BY_HAND, *_missing(session))
    return closed_anyway(decided, now=now)


def _settled(session: Session, how: Settle, now: Instant) -> Session:
    if session.running:
        raise RefusedError("session_running", "it has not ended: close it, or attach its stop")
    flags = session.flags | {Flag.ENERGY_BY_HAND, *_missing(session)}
    return replace(
        session,
        energy_wh=_energy_wh(session, how),
        power_w=0,
        flags=flags,
        state=SessionState.CLOSED,
        closed_at=now,
    )


def _energy_wh(session: Session, how: Settle) -> int:
    by_registers = how.meter_start_wh is not None or how.meter_stop_wh is not None
    if how.energy_wh is not None:
        if by_registers:
            raise UsageError("give registers or energy_wh, not both")
        return how.energy_wh
    if not by_registers:
        raise UsageError("give meter_start_wh and meter_stop_wh, or energy_wh")
    start = _first_of(how.meter_start_wh, session.meter_start_wh, session.first_wh)
    stop = _first_of(how.meter_stop_wh, session.meter_stop_wh, session.last_wh)
    if start is None or stop is None:
        raise UsageError("the other register is not known: give both")
    if stop < start:
        raise RefusedError(
            "registers_backwards", f"a meter does not go from {start} Wh to {stop} Wh"
        )
    return stop - start


def _attached(
    session: Session, orphan: OrphanStop, power_w_max: int | None, now: Instant
) -> Session:
    stop_wh = _first_of(orphan.meter_stop_wh, session.meter_stop_wh)
    after = replace(
        session,
        ended_at=orphan.at,
        stop_reason=orphan.stop_reason or session.stop_reason,
        meter_stop_wh=stop_wh,
        charging_state=None,
        flags=session.flags - ENDED_UNTOLD,
    )
    after = settled(after, power_w_max=power_w_max)
    return closed_anyway(flagged(after, Flag.STOP_ATTACHED, *_missing(session)), now=now)


def check_open(orphan: OrphanStop) -> None:
    """A stop is decided about once. Errors: RefusedError."""
    if orphan.settled is not None:
        raise RefusedError(
            "orphan_settled", f"{orphan.settled.author} has decided about this stop already"
        )


def _checked(orphan: OrphanStop | None, session: Session) -> OrphanStop:
    if orphan is None or orphan.station_id not in {None, session.station_id}:
        raise RefusedError("no_orphan", "there is no such stop at this station")
    check_open(orphan)
    if not lacks_stop(session):
        raise RefusedError("stop_known", "the station told the stop of this session")
    if orphan.at < session.started_at:
        raise RefusedError("time_impossible", "that stop is older than the session")
    one = orphan.session
    if one is None:
        return orphan
    no_orphan = one.id == session.id or one.running or Flag.START_MISSING not in one.flags
    if no_orphan or one.station_id != session.station_id:
        raise RefusedError("no_orphan", "only a session that has no start is a stop to attach")
    if one.state is SessionState.CLOSED:
        raise RefusedError("session_closed", "that stop's session is closed: it may be billed")
    return orphan


def _dismissed(session: Session, now: Instant) -> Session:
    ended_at = last_heard(session) if session.ended_at is None else session.ended_at
    after = replace(session, ended_at=ended_at, charging_state=None)
    return _nothing(after, Flag.DISMISSED, now)


def _nothing(session: Session, flag: Flag, now: Instant) -> Session:
    return replace(
        flagged(session, flag, *_missing(session)),
        energy_wh=0,
        power_w=0,
        state=SessionState.CLOSED,
        closed_at=now,
    )


def _missing(session: Session) -> tuple[Flag, ...]:
    """Nobody waits any longer for numbered events that did not come."""
    waited = session.state is SessionState.WAITING_FOR_DATA and session.seq_last is not None
    return (Flag.EVENTS_MISSING,) if waited else ()


def _told(
    state: StationState, before: Session, after: Session, asked: Asked, situation: Situation
) -> list[DomainRow]:
    rows: list[DomainRow] = [
        event(
            situation,
            EventKind.SESSION_REPAIRED,
            station_id=after.station_id,
            session=after,
            repair=kind_of(asked.repair),
            author=asked.author,
            note=asked.repair.note,
            energy_wh=after.energy_wh,
        )
    ]
    if before.running:
        rows.append(ended_event(after, situation))
    rows += closing_events(before, after, situation)
    if before.running:
        rows += coloured(state, after, situation)
        rows += profiles_over(state, after, situation) if state.profiles else ()
    return rows


def kind_of(repair: AnyRepair) -> str:
    return str(repair.__struct_config__.tag)


def _record(before: Session, after: Session, asked: Asked, now: Instant) -> SessionRepair:
    return SessionRepair(
        session_id=before.id,
        number=asked.number,
        station_id=before.station_id,
        org_id=before.org_id,
        kind=kind_of(asked.repair),
        author=asked.author,
        note=asked.repair.note,
        at=now,
        wanted=_wanted(asked.repair),
        before=_figures(before),
        after=_figures(after),
        orphan_id=None if asked.orphan is None else asked.orphan.id,
    )


def _record_of_merged(
    before: Session, after: Session, into: Session, asked: Asked, now: Instant
) -> SessionRepair:
    return SessionRepair(
        session_id=before.id,
        number=asked.orphan_number,
        station_id=before.station_id,
        org_id=before.org_id,
        kind=MERGED,
        author=asked.author,
        note=asked.repair.note,
        at=now,
        wanted={"into": str(into.id)},
        before=_figures(before),
        after=_figures(after),
    )


def _wanted(repair: AnyRepair) -> dict[str, object]:
    given: dict[str, object] = {}
    for name in repair.__struct_fields__:
        value = getattr(repair, name)
        if name == "note" or value is None or value is False:
            continue
        given[name] = to_rfc3339(to_instant(value)) if isinstance(value, datetime) else value
    return given


def _figures(session: Session) -> dict[str, object]:
    return {
        "state": session.state.value,
        "ended_at": None if session.ended_at is None else to_rfc3339(session.ended_at),
        "energy_wh": session.energy_wh,
        "meter_start_wh": session.meter_start_wh,
        "meter_stop_wh": session.meter_stop_wh,
        "stop_reason": session.stop_reason,
        "flags": sorted(flag.value for flag in session.flags),
    }


def _first_of(*values: int | None) -> int | None:
    return next((it for it in values if it is not None), None)
