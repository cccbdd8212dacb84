"""Charging profiles in no version's words, and what they allow at an instant.

A profile is a row of schedules under a purpose and a stack level; the higher level wins, and of
the purposes each counts. The plan for a site is made elsewhere: here it is only said and read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, TypeVar

from msgspec import Meta, Struct

from ogniwo.base.units import Instant, seconds, to_instant
from ogniwo.domain.holdings import TX, Holding

Level = Annotated[int, Meta(ge=0, le=1_000)]
Limit = Annotated[float, Meta(ge=0, le=10_000_000)]
Discharge = Annotated[float, Meta(ge=-10_000_000, le=0)]
Setpoint = Annotated[float, Meta(ge=-10_000_000, le=10_000_000)]
Seconds = Annotated[int, Meta(ge=0, le=2_147_483_647)]
ProfileId = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Moment = Annotated[datetime, Meta(tz=True)]
Phases = Annotated[int, Meta(ge=1, le=3)]
Transaction = Annotated[str, Meta(min_length=1, max_length=36)]

VOLTS: Final = 230  # nominal: the only way from W to A that everybody has
PHASES_USUAL: Final = 3  # what an absent number of phases means
DAY_S: Final = 86_400
RECURS_S: Final = {"daily": DAY_S, "weekly": 7 * DAY_S}


class Purpose(StrEnum):
    STATION_MAX = "station_max"  # what the whole station may take
    TX_DEFAULT = "tx_default"  # for each transaction that has none of its own
    TX = TX  # for one transaction
    PRIORITY_CHARGING = "priority_charging"  # 2.1
    LOCAL_GENERATION = "local_generation"  # 2.1: comes on top
    EXTERNAL_CONSTRAINTS = "external_constraints"  # set by others: only told of


class ProfileKind(StrEnum):
    ABSOLUTE = "absolute"
    RECURRING = "recurring"
    RELATIVE = "relative"  # to the beginning of the transaction
    DYNAMIC = "dynamic"  # 2.1: one limit that is renewed


class Recurrency(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"


class LimitSource(StrEnum):
    """Who set a profile or a limit."""

    EMS = "ems"  # an energy management system at the site
    OTHER = "other"
    SO = "so"  # the grid's operator
    CSO = "cso"  # the stations' operator: us


class RateUnit(StrEnum):
    W = "W"  # of all phases together
    A = "A"  # of each phase


class OperationMode(StrEnum):
    IDLE = "idle"
    CHARGING_ONLY = "charging_only"
    CENTRAL_SETPOINT = "central_setpoint"
    EXTERNAL_SETPOINT = "external_setpoint"
    EXTERNAL_LIMITS = "external_limits"
    CENTRAL_FREQUENCY = "central_frequency"
    LOCAL_FREQUENCY = "local_frequency"
    LOCAL_LOAD_BALANCING = "local_load_balancing"


class _Part(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Of a profile; its bounds are those of an order's body."""


class Rates(_Part, frozen=True, kw_only=True):
    """What may flow, in the schedule's unit; discharging is negative. All but ``limit`` is 2.1."""

    limit: Limit | None = None
    limit_l2: Limit | None = None
    limit_l3: Limit | None = None
    discharge_limit: Discharge | None = None
    discharge_limit_l2: Discharge | None = None
    discharge_limit_l3: Discharge | None = None
    setpoint: Setpoint | None = None
    setpoint_l2: Setpoint | None = None
    setpoint_l3: Setpoint | None = None
    setpoint_reactive: Setpoint | None = None
    setpoint_reactive_l2: Setpoint | None = None
    setpoint_reactive_l3: Setpoint | None = None


class FrequencyPoint(_Part, frozen=True, kw_only=True):
    frequency: float
    power: float


class SignalPoint(_Part, frozen=True, kw_only=True):
    signal: int
    power: float


class Period(Rates, frozen=True, kw_only=True):
    """From ``start_s`` after the schedule's start until the next one begins."""

    start_s: Seconds = 0
    number_phases: Phases | None = None
    phase_to_use: Phases | None = None
    operation_mode: OperationMode | None = None
    preconditioning_request: bool | None = None
    evse_sleep: bool | None = None
    v2x_baseline: float | None = None
    v2x_freq_watt_curve: (
        Annotated[tuple[FrequencyPoint, ...], Meta(min_length=1, max_length=20)] | None
    ) = None
    v2x_signal_watt_curve: (
        Annotated[tuple[SignalPoint, ...], Meta(min_length=1, max_length=20)] | None
    ) = None


class LimitAtSoc(_Part, frozen=True, kw_only=True):
    soc: Annotated[int, Meta(ge=0, le=100)]
    limit: Limit


class Schedule(_Part, frozen=True, kw_only=True):
    """Several of one profile are for a car to choose from."""

    unit: RateUnit
    periods: Annotated[tuple[Period, ...], Meta(min_length=1, max_length=1_024)]
    id: ProfileId | None = None
    starts_at: Moment | None = None
    duration_s: Seconds | None = None
    min_charging_rate: Limit | None = None
    power_tolerance: float | None = None
    use_local_time: bool | None = None
    random_delay_s: Seconds | None = None
    limit_at_soc: LimitAtSoc | None = None
    signature_id: Seconds | None = None
    digest_value: Annotated[str, Meta(max_length=88)] | None = None


class ChargingProfile(_Part, frozen=True, kw_only=True):
    """``id`` left out: one that belongs to its purpose, EVSE and level."""

    purpose: Purpose
    schedules: Annotated[tuple[Schedule, ...], Meta(min_length=1, max_length=3)]
    kind: ProfileKind = ProfileKind.ABSOLUTE
    stack_level: Level = 0
    id: ProfileId | None = None
    recurrency: Recurrency | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    transaction_id: Transaction | None = None
    max_offline_s: Seconds | None = None
    invalid_after_offline: bool | None = None
    update_interval_s: Seconds | None = None
    updated_at: Moment | None = None
    price_schedule_signature: Annotated[str, Meta(max_length=256)] | None = None


class Profile(Struct, frozen=True, kw_only=True):
    """A profile on file, as far as it says what may flow: whatever else is told of it, too."""

    purpose: Purpose
    schedules: tuple["Course", ...] = ()
    kind: ProfileKind = ProfileKind.ABSOLUTE
    stack_level: int = 0
    recurrency: Recurrency | None = None
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    transaction_id: str | None = None
    update: "Step | None" = None


class Step(Struct, frozen=True, kw_only=True):
    limit: float | None = None
    start_s: int = 0
    number_phases: int | None = None


class Course(Struct, frozen=True, kw_only=True):
    """A schedule on file."""

    unit: RateUnit
    periods: tuple[Step, ...] = ()
    starts_at: Instant | None = None
    duration_s: int | None = None


P = TypeVar("P", bound=Struct)
Reader = Callable[[object], object]
Readers = Mapping[str, Reader]  # by field; of those that are not plain
Rate = Callable[[Step, RateUnit], float | None]
"""What a step of a schedule allows, in whatever unit is reckoned in."""


def profile_of(holding: Holding) -> Profile | None:
    """None: too little is known of it."""
    data = holding.data or {}
    recurrency, update = data.get("recurrency"), data.get("update")
    try:
        return Profile(
            purpose=Purpose(str(data.get("purpose"))),
            schedules=tuple(course_of(it) for it in _parts(data.get("schedules"))),
            kind=ProfileKind(str(data.get("kind", ProfileKind.ABSOLUTE.value))),
            stack_level=_whole(data.get("stack_level")) or 0,
            recurrency=None if recurrency is None else Recurrency(str(recurrency)),
            valid_from=instant_told(data.get("valid_from")),
            valid_to=instant_told(data.get("valid_to")),
            transaction_id=_text(data.get("transaction_id")),
            update=_step(update) if isinstance(update, Mapping) else None,
        )
    except ValueError:
        return None


def written_of(holding: Holding) -> ChargingProfile | None:
    """The whole of it, to be sent once more. None: there is more to it than an order can say."""
    told = {name: it for name, it in (holding.data or {}).items() if name != "source"}
    try:
        return _made(ChargingProfile, {**told, "id": int(holding.key)}, _PROFILE)
    except (TypeError, ValueError):  # what is told of a profile may be anything
        return None


def _made(kind: type[P], told: object, readers: Readers) -> P:
    """Errors: TypeError for a field that the kind has not, and whatever a reader raises."""
    if not isinstance(told, Mapping):
        raise TypeError("not an object")
    given = {str(name): it for name, it in told.items() if it is not None}
    return kind(**{name: readers.get(name, _as_it_is)(it) for name, it in given.items()})


def _as_it_is(told: object) -> object:
    return told


def _moment(told: object) -> datetime:
    return told if isinstance(told, datetime) else datetime.fromisoformat(str(told))


def _word(kind: type[StrEnum]) -> Reader:
    return lambda told: kind(str(told))


def _one(kind: type[Struct]) -> Reader:
    return lambda told: _made(kind, told, {})


def _many(kind: type[Struct], readers: Readers = MappingProxyType({})) -> Reader:
    return lambda told: tuple(_made(kind, it, readers) for it in _listed(told))


def _listed(told: object) -> list[object] | tuple[object, ...]:
    if not isinstance(told, list | tuple):
        raise TypeError("not a list")
    return told


_PERIOD: Final[Readers] = {
    "operation_mode": _word(OperationMode),
    "v2x_freq_watt_curve": _many(FrequencyPoint),
    "v2x_signal_watt_curve": _many(SignalPoint),
}
_SCHEDULE: Final[Readers] = {
    "unit": _word(RateUnit),
    "periods": _many(Period, _PERIOD),
    "starts_at": _moment,
    "limit_at_soc": _one(LimitAtSoc),
}
_PROFILE: Final[Readers] = {
    "purpose": _word(Purpose),
    "schedules": _many(Schedule, _SCHEDULE),
    "kind": _word(ProfileKind),
    "recurrency": _word(Recurrency),
    "valid_from": _moment,
    "valid_to": _moment,
    "updated_at": _moment,
}


def course_of(data: Mapping[str, object]) -> Course:
    """Errors: ValueError; what is told of a schedule may be anything."""
    return Course(
        unit=RateUnit(str(data.get("unit"))),
        periods=tuple(_step(it) for it in _parts(data.get("periods"))),
        starts_at=instant_told(data.get("starts_at")),
        duration_s=_whole(data.get("duration_s")),
    )


def _step(data: Mapping[str, object]) -> Step:
    limit = data.get("limit")
    return Step(
        limit=float(limit) if isinstance(limit, int | float) else None,
        start_s=_whole(data.get("start_s")) or 0,
        number_phases=_whole(data.get("number_phases")),
    )


def _parts(told: object) -> list[Mapping[str, object]]:
    many = told if isinstance(told, list | tuple) else ()
    return [it for it in many if isinstance(it, Mapping)]


def _whole(told: object) -> int | None:
    return told if isinstance(told, int) else None


def _text(told: object) -> str | None:
    return told if isinstance(told, str) else None


def instant_told(told: object) -> Instant | None:
    if told is None:
        return None
    return to_instant(_moment(told))


def profile_data(profile: ChargingProfile) -> dict[str, object]:
    told = {name: getattr(profile, name) for name in profile.__struct_fields__}
    return {name: value for name, value in told.items() if value is not None}


def overlaps(one: ChargingProfile, other: Profile) -> bool:
    """Is there a moment at which both are valid?"""
    begins = [it for it in (instant_told(one.valid_from), other.valid_from) if it is not None]
    ends = [it for it in (instant_told(one.valid_to), other.valid_to) if it is not None]
    return not begins or not ends or max(begins) < min(ends)


def limit_at(
    profiles: Iterable[tuple[int, Profile]],
    evse: int,
    transaction: tuple[str, Instant] | None,
    at: Instant,
    rate: Rate | None = None,
) -> float | None:
    """What may flow then through an EVSE (0 among theirs is the station); None: no limit.

    In W, or as ``rate`` reckons.
    """
    rate = rate or to_w
    best: dict[Purpose, tuple[int, float]] = {}
    named, began = (None, None) if transaction is None else transaction
    for place, it in profiles:
        if place not in {0, evse} or it.purpose is Purpose.LOCAL_GENERATION:
            continue
        if it.transaction_id not in {None, named}:
            continue
        limit = _limit(it, began, at, rate)
        if limit is not None and it.stack_level >= best.get(it.purpose, (-1, 0.0))[0]:
            best[it.purpose] = it.stack_level, limit
    if Purpose.TX in best:
        best.pop(Purpose.TX_DEFAULT, None)
    return min((limit for _, limit in best.values()), default=None)


def rules_at(profile: Profile, began: Instant | None, at: Instant) -> bool:
    """Does it say anything then? Not always a limit: it may be a setpoint."""
    return any(True for _ in _steps_at(profile, began, at))


def _limit(profile: Profile, began: Instant | None, at: Instant, rate: Rate) -> float | None:
    found = (rate(step, unit) for step, unit in _steps_at(profile, began, at))
    return max((it for it in found if it is not None), default=None)  # a car chooses one of several


def _steps_at(
    profile: Profile, began: Instant | None, at: Instant
) -> Iterator[tuple[Step, RateUnit]]:
    if profile.valid_from is not None and at < profile.valid_from:
        return
    if profile.valid_to is not None and at >= profile.valid_to:
        return
    for course in profile.schedules:
        step = profile.update or _step_at(profile, course, began, at)
        if step is not None:
            yield step, course.unit


def _step_at(profile: Profile, course: Course, began: Instant | None, at: Instant) -> Step | None:
    starts = start_of(profile, course, began)
    if starts is None or at < starts:
        return None
    offset = at - starts
    if profile.recurrency is not None:
        offset %= seconds(RECURS_S[profile.recurrency.value])
    if course.duration_s is not None and offset >= seconds(course.duration_s):
        return None
    now = [it for it in course.periods if seconds(it.start_s) <= offset]
    return now[-1] if now else None


def start_of(profile: Profile, course: Course, began: Instant | None) -> Instant | None:
    if course.starts_at is not None:
        return course.starts_at
    return began if profile.kind is ProfileKind.RELATIVE else 0


def rate_in(unit: RateUnit, phases: int | None) -> Rate:
    """Limits reckoned in a unit for so many phases; None: whatever the limit means by itself.

    A limit of current is one of each phase: a car on one of them may not take what three could.
    """
    if unit is RateUnit.W and phases is None:
        return to_w
    count = phases or PHASES_USUAL

    def reckoned(step: Step, theirs: RateUnit) -> float | None:
        if step.limit is None or theirs is unit is RateUnit.W:
            return step.limit
        if theirs is unit:
            return step.limit * min(step.number_phases or count, count) / count
        if unit is RateUnit.A:
            return step.limit / (VOLTS * count)
        return step.limit * VOLTS * min(step.number_phases or count, count)

    return reckoned


def to_w(step: Step, unit: RateUnit) -> float | None:
    if step.limit is None or unit is RateUnit.W:
        return step.limit
    return step.limit * VOLTS * (step.number_phases or PHASES_USUAL)
