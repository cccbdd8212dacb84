"""Boot and what a station may say before it is accepted (B01 to B03; 1.6 section 4.2)."""

from typing import Final

from msgspec.structs import replace

from ogniwo.base.limits import HEARTBEAT_S, PENDING_RETRY_S, REJECTED_RETRY_S
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.configuration import CURRENT
from ogniwo.domain.decision import Decision, NotPermitted, Registered, Situation, event
from ogniwo.domain.effects import is_asked_for
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import (
    Fact,
    MeterReported,
    StationBooted,
    TransactionReported,
    UnreadableReceived,
)
from ogniwo.domain.holdings import Holding
from ogniwo.domain.station import Registration

INTERVAL_S = {
    Registration.ACCEPTED: HEARTBEAT_S,
    Registration.PENDING: PENDING_RETRY_S,
    Registration.REJECTED: REJECTED_RETRY_S,
}

_ACCEPTED: Final = Registration.ACCEPTED  # found once: Python 3.11 looks a member up slowly

TRIGGERED: Final = "Triggered"  # a boot notification without a boot (2.x)

NOT_PERMITTED = Decision(reply=NotPermitted())

# Refusing energy that flowed only loses money: the station gives up after some tries.
_MONEY = (TransactionReported, MeterReported, UnreadableReceived)


def decide_boot(state: StationState, fact: StationBooted, situation: Situation) -> Decision:
    """A boot tells who the station is; whether it may serve was decided by the operator."""
    station = replace(
        state.station,
        vendor=fact.vendor,
        model=fact.model,
        serial_number=fact.serial_number,
        firmware_version=fact.firmware_version,
        boot_reason=fact.reason,
        booted_at=situation.now,
    )
    booted = event(
        situation,
        EventKind.STATION_BOOTED,
        station_id=station.id,
        vendor=fact.vendor,
        model=fact.model,
        firmware_version=fact.firmware_version,
        firmware_before=state.station.firmware_version,
        reason=fact.reason,
        registration=station.registration.value,
    )
    booted = replace(booted, data={**booted.data, **fact.details})
    interval_s = INTERVAL_S[station.registration]
    reply = Registered(station.registration, interval_s, situation.now)
    return Decision(reply=reply, rows=(station, booted, *_in_force(state, fact)))


def _in_force(state: StationState, fact: StationBooted) -> tuple[Holding, ...]:
    """Variables that waited for a boot; one that is told because we asked was none."""
    if fact.reason == TRIGGERED:
        return ()
    return tuple(replace(it, state=CURRENT) for it in state.unbooted.values())


def permitted(state: StationState, fact: Fact, *, tolerant: bool) -> bool:
    """May the station send this now?

    ``tolerant`` is the custom of 1.6, where stations report status while still pending.
    """
    registration = state.station.registration
    if registration is _ACCEPTED or isinstance(fact, StationBooted):
        return True
    if registration is Registration.REJECTED:
        # B03.FR.07, except that a session from before the rejection may go to its end.
        return _is_of_open_session(state, fact) and not state.station.strict
    if tolerant or is_asked_for(state, fact):
        return True
    return isinstance(fact, _MONEY) and not state.station.strict


def _is_of_open_session(state: StationState, fact: Fact) -> bool:
    if not isinstance(fact, TransactionReported | MeterReported):
        return False
    return fact.transaction_id is not None and fact.transaction_id in state.open
