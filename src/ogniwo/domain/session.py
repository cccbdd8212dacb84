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
from ogniwo.domain.meter import Context, Reading, plausible_energy
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
    METER_STOP_UNKNOWN = "meter_stop_unknown"
    REGISTER_REBASED = "register_rebased"
    BASELINE_IMPLAUSIBLE = "baseline_implausible"
    ENERGY_UNKNOWN = "energy_unknown"
    ENERGY_IMPLAUSIBLE = "energy_implausible"
    REPEAT_DIFFERS = "repeat_differs"
    SEQUENCE_RESTARTED = "sequence_restarted"
    MATCHED_BY_CONNECTOR = "matched_by_connector"
    CONTENT_TOLERATED = "content_tolerated"


HOLDING: Final = frozenset({Flag.ENERGY_UNKNOWN, Flag.ENERGY_IMPLAUSIBLE, Flag.METER_WENT_BACK})

RUNNING: Final = frozenset({SessionState.STARTED, SessionState.CHARGING, SessionState.SUSPENDED})

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
    first_wh: int | None = None  # earliest register reading, and when
    first_at: Instant | None = None
    last_wh: int | None = None  # latest register reading, and when
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
    if reading.energy_wh is not None:
        if session.last_at is None or reading.at >= session.last_at:
            changes["last_wh"], changes["last_at"] = reading.energy_wh, reading.at
        if session.first_at is None or reading.at < session.first_at:
            changes["first_wh"], changes["first_at"] = reading.energy_wh, reading.at
        if reading.context is Context.BEGIN and session.meter_start_wh is None:
            changes["meter_start_wh"] = reading.energy_wh
        elif reading.context is Context.END:
            changes["meter_stop_wh"] = reading.energy_wh
    elif reading.interval_wh is not None:
        changes["interval_wh"] = (session.interval_wh or 0) + reading.interval_wh
    if session.sampled_at is None or reading.at >= session.sampled_at:
        changes["sampled_at"] = reading.at
        if reading.power_w is not None:
            changes["power_w"] = reading.power_w
        if reading.soc is not None:
            changes["soc"] = reading.soc
    session = replace(session, **changes)
    return replace(session, energy_wh=running_energy_wh(session)) if session.running else session


def running_energy_wh(session: Session) -> int | None:
    """What people see while it charges: never negative, never a guess."""
    start = session.first_wh if session.meter_start_wh is None else session.meter_start_wh
    if start is None or session.last_wh is None:
        return session.interval_wh if session.last_wh is None else session.energy_wh
    if session.last_wh < start:
        return session.energy_wh  # a register counting from zero, or one gone back: not now
    return session.last_wh - start


def settled(session: Session, *, power_w_max: int | None) -> Session:
    """The final energy of an ended session with the flags that tell how far to trust it."""
    flags = set(session.flags)
    span_us = max((session.ended_at or session.started_at) - session.started_at, 0)

    def plausible(start: int, stop: int) -> bool:
        return plausible_energy(stop - start, span_us=span_us, power_w_max=power_w_max)

    start = session.first_wh if session.meter_start_wh is None else session.meter_start_wh
    stop = session.last_wh if session.meter_stop_wh is None else session.meter_stop_wh
    if session.meter_stop_wh is None:
        flags.add(Flag.METER_STOP_UNKNOWN)
    if start is None or stop is None:
        energy = session.interval_wh
    elif stop < start:
        energy = _energy_of_rebased_register(session)
        flags.add(Flag.METER_WENT_BACK if energy is None else Flag.REGISTER_REBASED)
    elif plausible(start, stop):
        energy = stop - start
    elif session.first_wh is not None and plausible(session.first_wh, stop):
        energy = stop - session.first_wh  # e.g. a begin of 0 sent while the meter was starting
        flags.add(Flag.BASELINE_IMPLAUSIBLE)
    else:
        energy = stop - start
        flags.add(Flag.ENERGY_IMPLAUSIBLE)
    if energy is None and Flag.METER_WENT_BACK not in flags:
        flags.add(Flag.ENERGY_UNKNOWN)
    return replace(session, energy_wh=energy, power_w=0, flags=frozenset(flags))


def _energy_of_rebased_register(session: Session) -> int | None:
    """Some stations declare a lifetime register at start and count from zero afterwards."""
    if session.first_wh is None or session.last_wh is None or session.samples < 2:
        return None
    return session.last_wh - session.first_wh if session.last_wh > session.first_wh else None


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
