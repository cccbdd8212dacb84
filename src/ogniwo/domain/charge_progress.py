"""How far a charge is, for the driver in front of it: one word, and until when it may take.

Pure: what is known of the order, the plug and the session comes in as arguments.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from ogniwo.base.units import Instant, seconds
from ogniwo.domain.access import Verdict
from ogniwo.domain.commands import CommandState
from ogniwo.domain.drivers import Charge
from ogniwo.domain.session import Session, SessionState
from ogniwo.domain.station import ChargingState, Status

PLUG_S: Final = 60  # where the station has not told how long it waits for the cable
PLUG_S_MAX: Final = 600
ANSWER_S: Final = 30  # what a station needs to answer, at most
CAR_S: Final = 60  # what a car needs to answer
GRACE_S: Final = 10  # the station's own clock, and the way of its word to us
STOP_S: Final = 60


class Phase(StrEnum):
    ASKING = "asking"  # the station
    PLUG_IN = "plug_in"
    CAR_ANSWERS = "car_answers"
    CHARGING = "charging"
    PAUSED_BY_CAR = "paused_by_car"
    PAUSED_BY_STATION = "paused_by_station"
    STOPPING = "stopping"
    UNPLUG = "unplug"
    OVER = "over"
    # It came to nothing.
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    NOT_PLUGGED = "not_plugged"
    CAR_SILENT = "car_silent"
    NOT_ALLOWED = "not_allowed"


FAILED: Final = frozenset(
    {
        Phase.REFUSED,
        Phase.NO_ANSWER,
        Phase.NOT_PLUGGED,
        Phase.CAR_SILENT,
        Phase.NOT_ALLOWED,
    }
)
ENDED: Final = FAILED | {Phase.UNPLUG, Phase.OVER}
STOPPABLE: Final = frozenset(
    {Phase.CAR_ANSWERS, Phase.CHARGING, Phase.PAUSED_BY_CAR, Phase.PAUSED_BY_STATION}
)

PLUGGED: Final = frozenset(
    {
        Status.PREPARING,
        Status.CHARGING,
        Status.SUSPENDED_EV,
        Status.SUSPENDED_EVSE,
        Status.FINISHING,
    }
)
_NO_ANSWER: Final = frozenset(
    {
        CommandState.FAILED,
        CommandState.TIMED_OUT,
        CommandState.EXPIRED,
        CommandState.NODE_LOST,
    }
)


class Progress(Struct, frozen=True, kw_only=True):
    """``until``: by then the next thing should have happened; after it, it is late."""

    phase: Phase
    until: Instant | None = None

    def late(self, now: Instant) -> bool:
        return self.until is not None and now > self.until


def progress_of(
    charge: Charge,
    *,
    status: Status,
    start: CommandState | None,
    stop: CommandState | None,
    session: Session | None,
    plugged_at: Instant | None,
    now: Instant,
) -> Progress:
    """``start``, ``stop``: how far the orders are, if any was given."""
    if session is not None:
        return _with_session(charge, session, status, stop, now)
    if start is CommandState.REJECTED:
        return Progress(phase=Phase.REFUSED)
    if start in _NO_ANSWER:
        return Progress(phase=Phase.NO_ANSWER)
    if start in {None, CommandState.QUEUED, CommandState.SENT}:
        return Progress(phase=Phase.ASKING, until=charge.created_at + seconds(ANSWER_S))
    if status not in PLUGGED:
        gone = start is CommandState.NOT_APPLIED or now > charge.plug_by + seconds(GRACE_S)
        return Progress(phase=Phase.NOT_PLUGGED if gone else Phase.PLUG_IN, until=charge.plug_by)
    if start is CommandState.NOT_APPLIED:
        return Progress(phase=Phase.CAR_SILENT)
    since = max(charge.created_at, plugged_at or 0)
    return Progress(phase=Phase.CAR_ANSWERS, until=since + seconds(CAR_S))


def _with_session(
    charge: Charge, session: Session, status: Status, stop: CommandState | None, now: Instant
) -> Progress:
    if not session.running:
        plugged = status in PLUGGED
        if session.verdict not in {None, Verdict.ACCEPTED} and not session.energy_wh:
            return Progress(phase=Phase.NOT_ALLOWED)
        return Progress(phase=Phase.UNPLUG if plugged else Phase.OVER)
    if stop in {CommandState.QUEUED, CommandState.SENT, CommandState.ACCEPTED}:
        asked_at = charge.stop_asked_at or now
        return Progress(phase=Phase.STOPPING, until=asked_at + seconds(STOP_S))
    if session.verdict not in {None, Verdict.ACCEPTED}:
        return Progress(phase=Phase.NOT_ALLOWED)
    return _while_running(charge, session)


def _while_running(charge: Charge, session: Session) -> Progress:
    match session.charging_state:
        case ChargingState.SUSPENDED_EV:
            return Progress(phase=Phase.PAUSED_BY_CAR)
        case ChargingState.SUSPENDED_EVSE:
            return Progress(phase=Phase.PAUSED_BY_STATION)
        case ChargingState.IDLE:
            return Progress(phase=Phase.PLUG_IN, until=charge.plug_by)
        case _:
            pass
    if session.state is SessionState.CHARGING or session.power_w:
        return Progress(phase=Phase.CHARGING)
    return Progress(phase=Phase.CAR_ANSWERS, until=session.received_at + seconds(CAR_S))
