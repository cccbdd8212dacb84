"""A charging session: one OCPP transaction, from its first event to its closed record.

Pure rules on frozen values. Energy is always derived from registers, never added up from
messages; what cannot be believed is flagged and held, never billed. Closed stays closed.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ogniwo.base.units import Instant
from ogniwo.domain import sequence
from ogniwo.domain.access import IdToken, Verdict
from ogniwo.domain.meter import ENERGY_WH_SLACK, Context, Reading, plausible_energy
from ogniwo.domain.station import ChargingState


class SessionState(StrEnum):
    STARTED = "started"
    CHARGING = "charging"
    SUSPENDED = "suspended"
    WAITING_FOR_DATA = "waiting_for_data"  # ended, but events are known to be missing
    ENDED = "ended"  # ended and held: a person must look (see ``HOLDING``)
    CLOSED = "closed"


class Flag(StrEnum):
    TOKEN_NOT_ACCEPTED = "token_not_accepted"
    START_MISSING = "start_missing"
    EVENTS_MISSING = "events_missing"
    ABANDONED = "abandoned"
    LATE_DATA = "late_data"
    CLOCK_WRONG = "clock_wrong"
    METER_WENT_BACK = "meter_went_back"
    METER_STEPPED_BACK = "meter_stepped_back"  # between two readings; the bill may still hold
    METER_START_UNKNOWN = "meter_start_unknown"
    METER_STOP_UNKNOWN = "meter_stop_unknown"
    REGISTER_REBASED = "register_rebased"
    BASELINE_IMPLAUSIBLE = "baseline_implausible"
    ENERGY_UNKNOWN = "energy_unknown"
    ENERGY_IMPLAUSIBLE = "energy_implausible"
    REPEAT_DIFFERS = "repeat_differs"
    SEQUENCE_RESTARTED = "sequence_restarted"
    MATCHED_BY_CONNECTOR = "matched_by_connector"
    CONTENT_TOLERATED = "content_tolerated"
    CLOSED_BY_HAND = "closed_by_hand"
    ENERGY_BY_HAND = "energy_by_hand"
    STOP_ATTACHED = "stop_attached"
    MERGED = "merged"
    DISMISSED = "dismissed"


# Ended without a word of its station: a stop that still comes is no repeat of one before.
ENDED_UNTOLD: Final = frozenset({Flag.ABANDONED, Flag.CLOSED_BY_HAND})

HOLDING: Final = frozenset({Flag.ENERGY_UNKNOWN, Flag.ENERGY_IMPLAUSIBLE, Flag.METER_WENT_BACK})

# What ``settled`` says, and says anew each time: what was missing may have arrived.
_SETTLING: Final = frozenset(
    {
        Flag.METER_WENT_BACK,
        Flag.METER_START_UNKNOWN,
        Flag.METER_STOP_UNKNOWN,
        Flag.REGISTER_REBASED,
        Flag.BASELINE_IMPLAUSIBLE,
        Flag.ENERGY_UNKNOWN,
        Flag.ENERGY_IMPLAUSIBLE,
    }
)

RUNNING: Final = frozenset({SessionState.STARTED, SessionState.CHARGING, SessionState.SUSPENDED})

_FINAL: Final = frozenset({SessionState.ENDED, SessionState.CLOSED})

# Found once: Python 3.11 looks a member up slowly, and these are asked for with every reading.
_BEGIN: Final = Context.BEGIN
_END: Final = Context.END
_CLOCK: Final = Context.CLOCK

_FOR_CHARGING_STATE: Final = {
    ChargingState.IDLE: SessionState.STARTED,
    ChargingState.EV_CONNECTED: SessionState.STARTED,
    ChargingState.CHARGING: SessionState.CHARGING,
    ChargingState.SUSPENDED_EV: SessionState.SUSPENDED,
    ChargingState.SUSPENDED_EVSE: SessionState.SUSPENDED,
}


class Session(Struct, frozen=True, kw_only=True):
    id: int
    station_id: int
    org_id: int = 1
    transaction_id: str
    evse: int | None
    connector: int | None
    stay_id: int
    state: SessionState = SessionState.STARTED
    charging_state: ChargingState | None = None
    token: IdToken | None = None
    verdict: Verdict | None = None
    group: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    started_at: Instant
    ended_at: Instant | None = None
    closed_at: Instant | None = None
    stop_reason: str | None = None
    meter_start_wh: int | None = None  # as declared by the station
    meter_stop_wh: int | None = None
    first_wh: int | None = None  # earliest register reading after the begin, and when
    first_at: Instant | None = None
    last_wh: int | None = None  # highest register reading, and when
    last_at: Instant | None = None
    sampled_at: Instant | None = None  # latest reading of any kind
    interval_wh: int | None = None  # sum of interval values, for stations without a register
    energy_wh: int | None = None
    power_w: int | None = None
    soc: float | None = None
    heard_at: Instant | None = None  # the station's time of its newest event or reading
    seq: sequence.Ranges = ()
    seq_first: int | None = None  # of the start and of the end, once they have arrived
    seq_last: int | None = None
    flags: frozenset[Flag] = frozenset()
    start_digest: int = 0
    sample_head: int | None = None
    samples: int = 0
    received_at: Instant = 0  # when we first heard of it

    @property
    def running(self) -> bool:
        return self.state in RUNNING

    @property
    def final(self) -> bool:
        """Billed or held: what still arrives attaches to it and changes no figure."""
        return self.state in _FINAL


PROGRESS_FIELDS: Final = (
    "energy_wh", "power_w", "soc", "meter_start_wh", "meter_stop_wh", "first_wh", "first_at",
    "last_wh", "last_at", "sampled_at", "heard_at", "interval_wh", "seq", "sample_head", "samples",
)  # fmt: skip


class Progress(Struct, frozen=True):
    """A session that only got readings: of it, nothing but ``PROGRESS_FIELDS`` changed."""

    session: Session


def row_of(before: Session, after: Session) -> "Session | Progress | None":
    """What must be written after a session changed: nothing, the narrow row or the whole one."""
    if after is before:
        return None
    if (
        after.state is before.state
        and after.charging_state is before.charging_state
        and after.flags is before.flags
        and after.token is before.token
        and after.verdict is before.verdict
        and after.evse == before.evse
        and after.connector == before.connector
        and after.started_at == before.started_at
        and after.ended_at == before.ended_at
        and after.remote_start_id == before.remote_start_id
        and after.reservation_id == before.reservation_id
        and after.seq_first == before.seq_first
        and after.seq_last == before.seq_last
    ):
        return Progress(after)
    return after


def flagged(session: Session, *flags: Flag) -> Session:
    new = session.flags.union(flags)
    return session if new == session.flags else replace(session, flags=new)


def in_charging_state(session: Session, state: ChargingState) -> Session:
    if not session.running or state is session.charging_state:
        return session
    return replace(session, charging_state=state, state=_FOR_CHARGING_STATE[state])


def with_reading(session: Session, reading: Reading, *, sample_id: int) -> Session:
    """The session after one reading more, in whatever order readings come."""
    changes: dict[str, object] = {"sample_head": sample_id, "samples": session.samples + 1}
    if session.state in _FINAL:
        return replace(session, **changes)
    if reading.energy_wh is not None:
        _note_register(session, reading, reading.energy_wh, changes)
    elif reading.interval_wh is not None and reading.context is not _CLOCK:
        # Intervals of the clock's grid overlap those of the sampling: never both are added up.
        total = changes["interval_wh"] = (session.interval_wh or 0) + reading.interval_wh
        if session.running and session.last_wh is None:
            changes["energy_wh"] = total
    if session.sampled_at is None or reading.at >= session.sampled_at:
        changes["sampled_at"] = reading.at
        if reading.power_w is not None:
            changes["power_w"] = reading.power_w
        if reading.soc is not None:
            changes["soc"] = reading.soc
    return replace(session, **changes)


def _note_register(session: Session, reading: Reading, wh: int, changes: dict[str, object]) -> None:
    """First and highest register, declared start and stop; and what people see meanwhile.

    The begin is kept apart: some stations send a 0 there while their meter still starts.
    """
    at, start_wh = reading.at, session.meter_start_wh
    first_wh, first_at = session.first_wh, session.first_at
    last_wh, last_at = session.last_wh, session.last_at
    if reading.context is _BEGIN:
        if start_wh is None:
            start_wh = changes["meter_start_wh"] = wh
    elif first_wh is None or first_at is None or last_wh is None or last_at is None:
        first_wh = changes["first_wh"] = last_wh = changes["last_wh"] = wh
        changes["first_at"] = changes["last_at"] = at
    else:
        # A later reading that shows less than an earlier one, whichever of them came first.
        if (at - first_at) * (wh - first_wh) < 0 or (at - last_at) * (wh - last_wh) < 0:
            changes["flags"] = session.flags | {Flag.METER_STEPPED_BACK}
        if (wh, at) > (last_wh, last_at):
            last_wh, changes["last_wh"], changes["last_at"] = wh, wh, at
        if (at, wh) < (first_at, first_wh):
            first_wh, changes["first_wh"], changes["first_at"] = wh, wh, at
    if reading.context is _END:
        changes["meter_stop_wh"] = max(wh, session.meter_stop_wh or 0)
    if session.state in RUNNING:
        changes["energy_wh"] = _running_energy_wh(start_wh, first_wh, last_wh)


def _running_energy_wh(start_wh: int | None, first_wh: int | None, last_wh: int | None) -> int:
    """What people see while it charges: never negative, never a guess."""
    if first_wh is None or last_wh is None:
        return 0
    if start_wh is None or last_wh < start_wh:  # declared as a lifetime register, counted from 0
        start_wh = first_wh
    return last_wh - start_wh


def settled(session: Session, *, power_w_max: int | None) -> Session:
    """The final energy of an ended session with the flags that tell how far to trust it."""
    energy, doubts = _final_energy(session, power_w_max)
    if energy is not None and not could_flow(
        energy, session.started_at, session.ended_at, power_w_max
    ):
        doubts |= {Flag.ENERGY_IMPLAUSIBLE}
    flags = (session.flags - _SETTLING) | doubts
    return replace(session, energy_wh=energy, power_w=0, flags=flags)


def _final_energy(session: Session, power_w_max: int | None) -> tuple[int | None, frozenset[Flag]]:
    start, stop = session.meter_start_wh, session.meter_stop_wh
    no_register = session.last_wh is None and (start is None or stop in {None, start})
    if no_register and session.interval_wh is not None:
        return session.interval_wh, frozenset()
    doubts: set[Flag] = set()
    if start is None:
        start = None if _single_reading(session) else session.first_wh
        if session.first_at is None or session.first_at > session.started_at:
            doubts.add(Flag.METER_START_UNKNOWN)
    if stop is None:
        stop = session.last_wh
        doubts.add(Flag.METER_STOP_UNKNOWN)
    if start is None or stop is None:
        return None, frozenset({*doubts, Flag.ENERGY_UNKNOWN})
    energy, doubt = _register_energy(session, start, stop, power_w_max)
    return energy, frozenset(doubts | doubt)


def _single_reading(session: Session) -> bool:
    """One reading is no difference of two, unless start and end fell into one moment."""
    if (session.first_at, session.first_wh) != (session.last_at, session.last_wh):
        return False
    at_start = session.first_at == session.started_at and Flag.START_MISSING not in session.flags
    return not at_start or session.meter_stop_wh is None


def _register_energy(
    session: Session, start: int, stop: int, power_w_max: int | None
) -> tuple[int | None, set[Flag]]:
    """The difference of the registers at both ends, checked against the readings between."""
    first = start if session.first_wh is None else session.first_wh
    last = stop if session.last_wh is None else session.last_wh
    if first < start and stop < start and last <= stop:
        return stop - first, {Flag.REGISTER_REBASED}  # only the start told the lifetime register
    stepped_back = Flag.METER_STEPPED_BACK in session.flags and stop < last
    if stop < start or stepped_back or last - first > stop - start + ENERGY_WH_SLACK:
        return None, {Flag.METER_WENT_BACK}
    if Flag.CLOCK_WRONG in session.flags or not start <= first <= last <= stop:
        return stop - start, set()  # nothing to check by: the ends decide
    if not could_flow(first - start, session.started_at, session.first_at, None) or (
        not could_flow(stop - start, session.started_at, session.ended_at, power_w_max)
        and not could_flow(first - start, session.started_at, session.first_at, power_w_max)
    ):
        if start == 0:  # sent while the meter was still starting
            return stop - first, {Flag.BASELINE_IMPLAUSIBLE}
        return stop - start, {Flag.ENERGY_IMPLAUSIBLE}
    if not could_flow(stop - last, session.last_at, session.ended_at, None):
        return stop - start, {Flag.ENERGY_IMPLAUSIBLE}
    return stop - start, set()


def could_flow(
    energy_wh: int, since: Instant | None, until: Instant | None, power_w_max: int | None
) -> bool:
    """Unknown times forbid nothing, nor do those of a clock that was set back meanwhile."""
    if since is None or until is None or until < since:
        return True
    return plausible_energy(energy_wh, span_us=until - since, power_w_max=power_w_max)


def last_heard(session: Session) -> Instant:
    """The station's time of the last word of it."""
    heard = (session.started_at, session.heard_at, session.sampled_at)
    return max(at for at in heard if at is not None)


def abandoned(session: Session, *, power_w_max: int | None) -> Session:
    """A session whose stop never came: ended at the last word of it, open for a late stop."""
    ended = replace(session, ended_at=last_heard(session))
    ended = settled(flagged(ended, Flag.ABANDONED), power_w_max=power_w_max)
    return replace(ended, state=SessionState.WAITING_FOR_DATA, charging_state=None)


def settled_again(session: Session, *, power_w_max: int | None, now: Instant) -> Session:
    """A session that has ended, after its end or what it waited for arrived."""
    if Flag.ABANDONED in session.flags:
        return abandoned(session, power_w_max=power_w_max)
    # A start that came last may bear a later time: the clock was set back in between.
    ended_at = max(session.ended_at or session.started_at, session.started_at)
    session = replace(session, ended_at=ended_at)
    return closed_if_possible(settled(session, power_w_max=power_w_max), now=now)


def closed_if_possible(session: Session, *, now: Instant) -> Session:
    """An ended session becomes closed, or waits for data, or is held for a person."""
    if session.seq_last is not None and Flag.SEQUENCE_RESTARTED not in session.flags:
        first, last = session.seq_first, session.seq_last
        if not sequence.complete(session.seq, first=first, last=last):
            return replace(session, state=SessionState.WAITING_FOR_DATA)
    return closed_anyway(session, now=now)


def closed_anyway(session: Session, *, now: Instant) -> Session:
    """No more waiting: closed, or held where the energy cannot be believed."""
    if session.flags & HOLDING:
        return replace(session, state=SessionState.ENDED)
    return replace(session, state=SessionState.CLOSED, closed_at=now)
