"""K. Smart charging: profiles set, cleared, read; and a plain limit for who wants no more."""

from typing import Annotated, ClassVar, Final

from msgspec import Meta
from msgspec.structs import replace

from ogniwo.base.ids import instant_of
from ogniwo.base.units import US_PER_SECOND, from_instant
from ogniwo.domain.charging import (
    PHASES_USUAL,
    VOLTS,
    ChargingProfile,
    Level,
    Limit,
    LimitSource,
    Period,
    Phases,
    ProfileId,
    ProfileKind,
    Purpose,
    Rates,
    RateUnit,
    Schedule,
    profile_data,
    profile_of,
    to_w,
)
from ogniwo.domain.holdings import Held, Holding, Kind, gone
from ogniwo.domain.orders.charging_rules import TOLD, check_profile, check_transaction, told_of
from ogniwo.domain.orders.order import Known, NumberOrStation, Order, TransactionId, impossible
from ogniwo.domain.people import Right

ACTIVE: Final = "active"
REQUESTED: Final = "requested"
PLANNED: Final = "planned"  # among what is known of a profile
ENDED: Final = "ended"

LIMIT_LEVEL: Final = 1  # above the level at which a station's safe default lies
PROFILE_NUMBERS: Final = 1_000_000  # ours begin here, above what others usually count
LIMIT_NUMBERS: Final = 20_000_000
_EVSES: Final = 1_001
_LEVELS: Final = 1_001
_PLACES: Final = {purpose: place for place, purpose in enumerate(Purpose)}


def weighed(evse: int) -> tuple[tuple[Kind, str], ...]:
    """What must be known to weigh a profile for that place."""
    return ((Kind.PROFILE, ""), *((Kind.VARIABLE, it) for it in (*TOLD, *told_of(evse))))


WindowSeconds = Annotated[int, Meta(ge=1, le=7 * 86_400)]


def profile_number(profile: ChargingProfile, evse: int) -> int:
    """The same for the same purpose, EVSE and level: set again it replaces itself."""
    if profile.id is not None:
        return profile.id
    place = _PLACES[profile.purpose] * _EVSES + evse
    return PROFILE_NUMBERS + place * _LEVELS + profile.stack_level


def limit_number(evse: int) -> int:
    return LIMIT_NUMBERS + evse


def held_profile(profile: ChargingProfile, number: int, evse: int | None) -> Held:
    return Held(
        kind=Kind.PROFILE,
        key=str(number),
        value=profile.purpose.value,
        state=ACTIVE,
        evse=evse,
        data=profile_data(profile),
    )


class SetChargingProfile(Order, frozen=True, kw_only=True, tag="set_charging_profile"):
    """Give an EVSE, or with 0 the station, a charging profile; one of the same id is replaced."""

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True
    while_pending: ClassVar[bool] = False
    inner: ClassVar[frozenset[str]] = frozenset({"planned"})

    profile: ChargingProfile
    evse: NumberOrStation
    planned: bool = False  # it is our own plan for a car: the next one does not count it as a limit

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return weighed(self.evse)

    def number(self) -> int:
        return profile_number(self.profile, self.evse)

    def check(self, known: Known) -> None:
        check_transaction(self.profile, self.evse, known)
        check_profile(self.profile, self.number(), self.evse, known)

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        held = held_profile(self.profile, self.number(), self.evse)
        if self.planned:
            held = replace(held, data={**(held.data or {}), PLANNED: True})
        return (held,)


class SetLimit(Order, frozen=True, kw_only=True, tag="set_limit"):
    """Let an EVSE, or without one the whole station, take no more than so much power or current.

    It lasts for so many seconds, else until it is cleared; set again it replaces itself.
    """

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True
    while_pending: ClassVar[bool] = False

    evse: NumberOrStation = 0
    limit_w: Limit | None = None
    limit_a: Limit | None = None
    duration_s: WindowSeconds | None = None
    number_phases: Phases | None = None
    stack_level: Level = LIMIT_LEVEL

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return weighed(self.evse)

    def rate(self) -> tuple[float, RateUnit]:
        return rate_of(self.limit_w, self.limit_a)

    def as_profile(self, command_id: int) -> SetChargingProfile:
        limit, unit = self.rate()
        # The station's clock may be behind: what starts later than now does not limit yet.
        starts_at = from_instant(instant_of(command_id) // US_PER_SECOND * US_PER_SECOND)
        schedule = Schedule(
            unit=unit,
            periods=(Period(limit=limit, number_phases=self.number_phases),),
            starts_at=starts_at,
            duration_s=self.duration_s,
        )
        profile = ChargingProfile(
            id=limit_number(self.evse),
            purpose=Purpose.TX_DEFAULT if self.evse else Purpose.STATION_MAX,
            stack_level=self.stack_level,
            schedules=(schedule,),
        )
        return SetChargingProfile(evse=self.evse, profile=profile)

    def check(self, known: Known) -> None:
        self.as_profile(0).check(known)

    def held(self, command_id: int) -> tuple[Held, ...]:
        if (self.limit_w is None) is (self.limit_a is None):
            return ()  # it is refused
        return self.as_profile(command_id).held(command_id)


def rate_of(limit_w: float | None, limit_a: float | None) -> tuple[float, RateUnit]:
    """Errors: RefusedError."""
    if limit_w is not None and limit_a is None:
        return limit_w, RateUnit.W
    if limit_a is not None and limit_w is None:
        return limit_a, RateUnit.A
    return impossible("a limit is one of power or current: give limit_w or limit_a")


class ClearLimit(Order, frozen=True, kw_only=True, tag="clear_limit"):
    """Take back what ``set_limit`` set for this EVSE or, without one, for the station."""

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True
    while_pending: ClassVar[bool] = False

    evse: NumberOrStation = 0

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        return gone(Kind.PROFILE, [limit_number(self.evse)])


class ClearChargingProfiles(Order, frozen=True, kw_only=True, tag="clear_charging_profiles"):
    """Clear one profile by its id, or all that match; a 1.6 station clears all if none is said."""

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True
    while_pending: ClassVar[bool] = False

    profile: ProfileId | None = None
    evse: NumberOrStation | None = None
    purpose: Purpose | None = None
    stack_level: Level | None = None

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.PROFILE, ""),)

    def check(self, known: Known) -> None:
        meant = self.purpose is Purpose.EXTERNAL_CONSTRAINTS
        if meant or any(_external(it) for it in known.held if it.key == str(self.profile)):
            impossible("limits from outside are not ours to clear: ask whoever set them")

    def changes(self, known: Known) -> tuple[Held, ...]:
        return gone(Kind.PROFILE, [it.key for it in known.of(Kind.PROFILE) if self._meets(it)])

    def _meets(self, holding: Holding) -> bool:
        if self.profile is not None:
            return holding.key == str(self.profile)
        on_file = profile_of(holding)
        level = None if on_file is None else on_file.stack_level
        return (
            not _external(holding)
            and self.evse in {None, holding.evse}
            and self.purpose in {None, holding.value}
            and self.stack_level in {None, level}
        )


def _external(holding: Holding) -> bool:
    return holding.value == Purpose.EXTERNAL_CONSTRAINTS


class GetChargingProfiles(Order, frozen=True, kw_only=True, tag="get_charging_profiles"):
    """Let the station tell which charging profiles it has (2.x)."""

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True
    reported: ClassVar[Kind | None] = Kind.PROFILE

    evse: NumberOrStation | None = None
    purpose: Purpose | None = None
    stack_level: Level | None = None
    profiles: Annotated[tuple[ProfileId, ...], Meta(min_length=1, max_length=100)] | None = None
    source: LimitSource | None = None  # those that it set

    def whole_of(self) -> Kind | None:
        return Kind.PROFILE if self == GetChargingProfiles() else None


class GetCompositeSchedule(Order, frozen=True, kw_only=True, tag="get_composite_schedule"):
    """Ask which limits an EVSE, or with 0 the station, will keep to from now on."""

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True

    evse: NumberOrStation
    duration_s: WindowSeconds = 86_400
    unit: RateUnit | None = None


class VerifyLimit(Order, frozen=True, kw_only=True, tag="verify_limit"):
    """Ask which limit is in force and compare: "Accepted" alone does not say that it is kept."""

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True

    evse: NumberOrStation = 0
    limit_w: Limit | None = None
    limit_a: Limit | None = None
    number_phases: Phases | None = None
    duration_s: WindowSeconds = 60

    def check(self, known: Known) -> None:  # noqa: ARG002 - others need it
        rate_of(self.limit_w, self.limit_a)

    def shortfall(self, schedule: Held) -> str | None:
        """What the composite schedule lacks of the limit, in a sentence.

        Errors: RefusedError, as of ``check``.
        """
        said, unit = rate_of(self.limit_w, self.limit_a)
        told = (schedule.data or {}).get("periods")
        if not isinstance(told, list) or not told:
            return "the station tells of no limit: it does not keep to the one that was set"
        allowed = self._allowed(schedule, unit)
        if allowed is None or allowed <= said + 0.05:  # what its rounding may add
            return None
        return f"the station allows {allowed:g} {unit.value} where {said:g} {unit.value} was set"

    def _allowed(self, schedule: Held, unit: RateUnit) -> float | None:
        profile = profile_of(_as_profile(schedule))
        if profile is None or not profile.schedules or not profile.schedules[0].periods:
            return None
        theirs = profile.schedules[0]
        highest = max(theirs.periods, key=lambda it: it.limit or 0)
        if theirs.unit is unit:
            return highest.limit
        limit_w = to_w(highest, theirs.unit)
        if limit_w is None or unit is RateUnit.W:
            return limit_w
        phases = highest.number_phases or self.number_phases or PHASES_USUAL
        return limit_w / (VOLTS * phases)


def _as_profile(schedule: Held) -> Holding:
    data = {"purpose": Purpose.TX.value, "schedules": [schedule.data]}
    return Holding(station_id=0, kind=Kind.SCHEDULE, key="", at=0, data=data)


class UsePriorityCharging(Order, frozen=True, kw_only=True, tag="use_priority_charging"):
    """Let a transaction charge before the others, or no longer (2.1)."""

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True
    while_pending: ClassVar[bool] = False

    transaction_id: TransactionId
    activate: bool = True

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        state = REQUESTED if self.activate else ENDED
        return (Held(kind=Kind.PRIORITY, key=self.transaction_id, state=state),)


class UpdateDynamicSchedule(Order, frozen=True, kw_only=True, tag="update_dynamic_schedule"):
    """Renew the limit of a dynamic profile; the station is told it again when it asks (2.1)."""

    right: ClassVar[Right] = Right.LIMIT
    repeatable: ClassVar[bool] = True
    while_pending: ClassVar[bool] = False

    profile: ProfileId
    update: Rates

    def needs(self) -> tuple[tuple[Kind, str], ...]:
        return ((Kind.PROFILE, ""),)

    def check(self, known: Known) -> None:
        before = self._before(known)
        on_file = None if before is None else profile_of(before)
        if on_file is None or on_file.kind is not ProfileKind.DYNAMIC:
            impossible(f"the station has no dynamic profile {self.profile} on file: set it first")
        if self.update == Rates():
            impossible("an update says what may flow: give at least its limit")

    def changes(self, known: Known) -> tuple[Held, ...]:
        before = self._before(known)
        if before is None:
            return ()
        data = {**(before.data or {}), "update": _said(self.update)}
        return (Held(kind=Kind.PROFILE, key=before.key, data=data),)

    def _before(self, known: Known) -> Holding | None:
        found = (it for it in known.of(Kind.PROFILE) if it.key == str(self.profile))
        return next(found, None)


def _said(update: Rates) -> dict[str, float]:
    told = {name: getattr(update, name) for name in update.__struct_fields__}
    return {name: value for name, value in told.items() if value is not None}


Orders = (
    SetChargingProfile
    | SetLimit
    | ClearLimit
    | ClearChargingProfiles
    | GetChargingProfiles
    | GetCompositeSchedule
    | VerifyLimit
    | UsePriorityCharging
    | UpdateDynamicSchedule
)
