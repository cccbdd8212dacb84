"""What stations ask and tell about charging: needs, schedules, cost; and what ends with a session.

No plan is made here: a station is answered from what an operator has set and is on file.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from ogniwo.base.units import seconds
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.charging import (
    Profile,
    ProfileKind,
    Purpose,
    course_of,
    limit_w_at,
    profile_of,
    to_w,
)
from ogniwo.domain.decision import Answer, Decision, DomainRow, Situation, Word
from ogniwo.domain.facts import ChargingNeedsTold, ChargingScheduleTold, ScheduleUpdateAsked
from ogniwo.domain.holdings import GONE, TX, Held, Holding, Kind, to_holding
from ogniwo.domain.session import Session

WITHIN: Final = "within_limits"
BEYOND: Final = "beyond_limits"
_TOLERANCE_W: Final = 1.0  # a car reckons with volts of its own
# A schedule that a station tells is not to be trusted with the time of everybody else.
PERIODS_MAX: Final = 1_024


def decide_charging_needs(
    state: StationState, fact: ChargingNeedsTold, situation: Situation
) -> Decision:
    """Answered "processing" only if a schedule for this transaction is there to follow."""
    session = state.running_on(fact.evse)
    told = Held(
        kind=Kind.CHARGING_NEEDS,
        key=str(fact.evse),
        value=None if session is None else session.transaction_id,
        evse=fact.evse,
        data=fact.data,
    )
    follows = session is not None and any(
        it.value == TX and _is_for(it, session) for it in situation.holdings.values()
    )
    word = Word.PROCESSING if follows else Word.REJECTED
    reason = None if follows else "no charging profile is set for this transaction"
    row = to_holding(told, state.station.id, situation.now)
    return Decision(Answer(word=word, reason=reason), (row,), _id(session))


def decide_charging_schedule(
    state: StationState, fact: ChargingScheduleTold, situation: Situation
) -> Decision:
    session = state.running_on(fact.evse)
    beyond = _beyond(fact, session, situation)
    told = Held(
        kind=Kind.CHARGING_SCHEDULE,
        key=str(fact.evse),
        value=None if session is None else session.transaction_id,
        state=WITHIN if beyond is None else BEYOND,
        evse=fact.evse,
        data=fact.data,
    )
    word = Word.ACCEPTED if beyond is None else Word.REJECTED
    row = to_holding(told, state.station.id, situation.now)
    return Decision(Answer(word=word, reason=beyond), (row,), _id(session))


def decide_schedule_update(
    state: StationState,  # noqa: ARG001 - as every decision
    fact: ScheduleUpdateAsked,
    situation: Situation,
) -> Decision:
    holding = situation.holdings.get((Kind.PROFILE, str(fact.profile)))
    profile = None if holding is None else profile_of(holding)
    if holding is None or profile is None or profile.kind is not ProfileKind.DYNAMIC:
        reason = f"there is no dynamic profile {fact.profile}"
        return Decision(Answer(word=Word.REJECTED, reason=reason))
    return Decision(Answer(word=Word.ACCEPTED, data=_present(holding.data or {})))


def extra_told(
    state: StationState, session: Session, extra: Mapping[str, object], situation: Situation
) -> list[DomainRow]:
    """Each kept under the transaction's id; of each the latest stands."""
    return [
        Holding(
            station_id=state.station.id,
            kind=Kind.TRANSACTION,
            key=f"{session.transaction_id}/{name}",
            at=situation.now,
            value=told if isinstance(told, str) else None,
            evse=session.evse,
            data=told if isinstance(told, Mapping) else None,
        )
        for name, told in extra.items()
    ]


def profiles_over(state: StationState, ended: Session, situation: Situation) -> list[DomainRow]:
    """A TxProfile goes with its transaction (K02.FR.05)."""
    return [
        Holding(
            station_id=it.station_id,
            kind=Kind.PROFILE,
            key=it.key,
            at=situation.now,
            state=GONE,
        )
        for it in state.profiles.values()
        if _is_for(it, ended)
    ]


def _is_for(holding: Holding, session: Session) -> bool:
    """One that came with a remote start names no transaction: it is for its EVSE's."""
    named = (holding.data or {}).get("transaction_id")
    return (
        holding.evse in {None, session.evse} if named is None else named == session.transaction_id
    )


def _beyond(
    fact: ChargingScheduleTold, session: Session | None, situation: Situation
) -> str | None:
    limits = list(_limits(situation.holdings.values()))
    transaction = None if session is None else (session.transaction_id, session.started_at)
    try:
        course = course_of(fact.data)
    except ValueError:
        return "the schedule cannot be read"
    for step in course.periods[:PERIODS_MAX]:
        wanted_w = to_w(step, course.unit)
        at = max(fact.time_base + seconds(step.start_s), situation.now)
        limit_w = limit_w_at(limits, fact.evse, transaction, at)
        if limit_w is not None and wanted_w is not None and wanted_w > limit_w + _TOLERANCE_W:
            return f"{wanted_w:g} W after {step.start_s} s, where {limit_w:g} W is the limit"
    return None


def _limits(holdings: Iterable[Holding]) -> Iterable[tuple[int, Profile]]:
    """Profiles on file, and limits from outside as if they were some."""
    for it in holdings:
        if it.kind is Kind.PROFILE:
            profile = profile_of(it)
        else:
            data = {**(it.data or {}), "purpose": Purpose.EXTERNAL_CONSTRAINTS.value}
            profile = profile_of(replace(it, data=data))
        if profile is not None:
            yield it.evse or 0, profile


def _present(data: Mapping[str, object]) -> Mapping[str, object]:
    """The rates that were last sent, else those the profile was set with."""
    update = data.get("update")
    if isinstance(update, Mapping):
        return update
    schedules = data.get("schedules")
    first = schedules[0] if isinstance(schedules, list) and schedules else {}
    periods = first.get("periods") or [{}]
    return {name: value for name, value in periods[0].items() if name.startswith(_RATES)}


_RATES: Final = ("limit", "discharge_limit", "setpoint")


def _id(session: Session | None) -> int | None:
    return None if session is None else session.id
