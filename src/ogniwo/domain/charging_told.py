"""What stations ask and tell about charging: needs, schedules, cost; and what ends with a session.

What a car is given is thought out in ``charging_plan``; here it becomes an answer and an order.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from ogniwo.base.units import seconds
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.charging import (
    ChargingProfile,
    Profile,
    ProfileKind,
    Purpose,
    RateUnit,
    course_of,
    limit_at,
    profile_of,
    rate_in,
    rules_at,
    written_of,
)
from ogniwo.domain.charging_plan import needs_of, phases_of, planned
from ogniwo.domain.decision import Answer, Decision, DomainRow, Situation, Word
from ogniwo.domain.facts import ChargingNeedsTold, ChargingScheduleTold, ScheduleUpdateAsked
from ogniwo.domain.holdings import GONE, TX, Held, Holding, Kind, to_holding
from ogniwo.domain.orders import AnyOrder, ClearChargingProfiles, SetChargingProfile
from ogniwo.domain.orders.charging_rules import PERIODS, UNITS, number_of
from ogniwo.domain.orders.order import Known
from ogniwo.domain.orders.smart_charging import PLANNED
from ogniwo.domain.session import Session

WITHIN: Final = "within_limits"
BEYOND: Final = "beyond_limits"
# A car reckons with volts of its own.
_TOLERANCES: Final = {RateUnit.W: 1.0, RateUnit.A: 0.05}
SENT_AGAIN_MAX: Final = 3  # of one transaction and in a row
_REFUSED: Final = "refused"
# A schedule that a station tells is not to be trusted with the time of everybody else.
PERIODS_MAX: Final = 1_024


def decide_charging_needs(
    state: StationState, fact: ChargingNeedsTold, situation: Situation
) -> Decision:
    """Answered "accepted" only if a profile for this transaction follows (K15.FR.07)."""
    session = state.running_on(fact.evse)
    told = Held(
        kind=Kind.CHARGING_NEEDS,
        key=str(fact.evse),
        value=None if session is None else session.transaction_id,
        evse=fact.evse,
        data=fact.data,
    )
    row = to_holding(told, state.station.id, situation.now)
    follows = (
        "no transaction runs there"
        if session is None
        else _order_for(session, fact.evse, fact.data, situation)
    )
    if isinstance(follows, str):
        return Decision(Answer(word=Word.REJECTED, reason=follows), (row,), _id(session))
    return Decision(Answer(word=Word.ACCEPTED), (row,), _id(session), (follows,))


def decide_charging_schedule(
    state: StationState, fact: ChargingScheduleTold, situation: Situation
) -> Decision:
    """What goes beyond the limits is refused and the profile sent again (K15.FR.13).

    Not for ever: there are cars that do not listen.
    """
    session = state.running_on(fact.evse)
    needs = situation.holdings.get((Kind.CHARGING_NEEDS, str(fact.evse)))
    wanted = _of_session(needs, session)
    beyond = _beyond(fact, session, wanted, situation)
    before = situation.holdings.get((Kind.CHARGING_SCHEDULE, str(fact.evse)))
    refused = 0 if beyond is None else _whole(_of_session(before, session).get(_REFUSED)) + 1
    told = Held(
        kind=Kind.CHARGING_SCHEDULE,
        key=str(fact.evse),
        value=None if session is None else session.transaction_id,
        state=WITHIN if beyond is None else BEYOND,
        evse=fact.evse,
        data={**fact.data, _REFUSED: refused} if refused else fact.data,
    )
    word = Word.ACCEPTED if beyond is None else Word.REJECTED
    row = to_holding(told, state.station.id, situation.now)
    again = None
    if session is not None and 0 < refused <= SENT_AGAIN_MAX:
        again = _order_for(session, fact.evse, wanted, situation)
    orders = (again,) if isinstance(again, SetChargingProfile) else ()
    return Decision(Answer(word=word, reason=beyond), (row,), _id(session), orders)


def _of_session(told: Holding | None, session: Session | None) -> Mapping[str, object]:
    """What was told of it; of an earlier one nothing counts any more."""
    if told is None or session is None or told.value != session.transaction_id:
        return {}
    return told.data or {}


def _whole(told: object) -> int:
    return told if isinstance(told, int) else 0


def _order_for(
    session: Session, evse: int, needs: Mapping[str, object], situation: Situation
) -> SetChargingProfile | str:
    """The operator's own profile for this transaction once more, else a plan; or why neither."""
    own = _own_profile(session, situation)
    if own is None:
        return _plan_for(session, evse, needs, situation) or (
            "no limit is known for this transaction, so there is nothing to plan"
        )
    profile = written_of(own)
    if profile is None:
        return f"profile {own.key} rules, and whoever set it must send it again"
    profile = replace(profile, transaction_id=session.transaction_id)
    return SetChargingProfile(evse=evse, profile=profile)


def _plan_for(
    session: Session, evse: int, needs: Mapping[str, object], situation: Situation
) -> SetChargingProfile | None:
    if not needs:
        return None
    known = Known(now=situation.now, held=tuple(situation.holdings.values()))
    wanted = needs_of(
        needs,
        evse=evse,
        transaction=(session.transaction_id, session.started_at),
        units=known.variable(*UNITS),
        periods_max=number_of(known, *PERIODS),
    )
    limits = (it for it in situation.holdings.values() if not _is_plan(it))
    schedule = planned(wanted, tuple(_limits(limits)), situation.now)
    if schedule is None:
        return None
    profile = ChargingProfile(
        purpose=Purpose.TX, transaction_id=session.transaction_id, schedules=(schedule,)
    )
    return SetChargingProfile(evse=evse, profile=profile, planned=True)


def _is_plan(holding: Holding) -> bool:
    return (holding.data or {}).get(PLANNED) is True


def still_planned(state: StationState, told: Held) -> Held:
    """A station that lists a plan of ours does not know that it is one."""
    before = state.profiles.get(told.key) if told.kind is Kind.PROFILE else None
    if before is None or told.data is None or not _is_plan(before):
        return told
    return replace(told, data={**told.data, PLANNED: True})


def evses_to_replan(
    state: StationState, rows: Iterable[DomainRow], open_orders: Iterable[AnyOrder]
) -> set[int]:
    """Where a plan stands or is under way, when what it was made from has changed.

    A plan takes the place of the EVSE's defaults: a lower one would not be felt.
    """
    changed = {
        it.evse
        for it in rows
        if isinstance(it, Holding) and it.kind is Kind.PROFILE and it.value != TX
    }
    if not changed:
        return set()
    found = {it.evse for it in state.profiles.values() if _is_plan(it)}
    found |= {it.evse for it in open_orders if isinstance(it, SetChargingProfile) and it.planned}
    return {it for it in found if it is not None and not changed.isdisjoint({None, 0, it})}


def replanned(state: StationState, evses: Iterable[int], situation: Situation) -> list[AnyOrder]:
    """New plans; where no limit is left, none at all."""
    orders: list[AnyOrder] = []
    for evse in sorted(evses):
        session = state.running_on(evse)
        told = situation.holdings.get((Kind.CHARGING_NEEDS, str(evse)))
        needs = _of_session(told, session)
        if session is None or not needs:
            continue
        plan = _plan_for(session, evse, needs, situation)
        if plan is not None:
            orders.append(plan)
            continue
        orders += [
            ClearChargingProfiles(profile=int(it.key))
            for it in situation.holdings.values()
            if _is_plan(it) and it.evse == evse and it.key.isdecimal()
        ]
    return orders


def _own_profile(session: Session, situation: Situation) -> Holding | None:
    """The one that rules now."""
    ruling: list[tuple[int, Holding]] = []
    for it in situation.holdings.values():
        if it.kind is not Kind.PROFILE or it.value != TX or _is_plan(it):
            continue
        profile = profile_of(it)
        if profile is None or not _is_for(it, session):
            continue
        if rules_at(profile, session.started_at, situation.now):
            ruling.append((profile.stack_level, it))
    return max(ruling, key=lambda it: it[0], default=(0, None))[1]


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
    fact: ChargingScheduleTold,
    session: Session | None,
    needs: Mapping[str, object],
    situation: Situation,
) -> str | None:
    limits = tuple(_limits(situation.holdings.values()))
    transaction = None if session is None else (session.transaction_id, session.started_at)
    try:
        course = course_of(fact.data)
    except ValueError:
        return "the schedule cannot be read"
    unit, tolerance = course.unit, _TOLERANCES[course.unit]
    for step in course.periods[:PERIODS_MAX]:
        rate = rate_in(unit, step.number_phases or phases_of(needs))
        at = max(fact.time_base + seconds(step.start_s), situation.now)
        limit = limit_at(limits, fact.evse, transaction, at, rate)
        if limit is not None and step.limit is not None and step.limit > limit + tolerance:
            return (
                f"{step.limit:g} {unit} after {step.start_s} s, where {limit:g} {unit} is the limit"
            )
    return None


def _limits(holdings: Iterable[Holding]) -> Iterable[tuple[int, Profile]]:
    """Profiles on file, and limits from outside as if they were some."""
    for it in holdings:
        profile = None
        if it.kind is Kind.PROFILE:
            profile = profile_of(it)
        elif it.kind is Kind.LIMIT:
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
