"""The charging schedule that a car is given for what it needs.

``planned`` is the place of an optimiser: what a car needs, what limits it, and the time go in, a
schedule comes out, or None if there is nothing to say. Today's answer does not optimise: the most
that the car can take, within the limits that are known.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from ogniwo.base.units import US_PER_SECOND, Instant, from_instant, seconds
from ogniwo.domain.charging import (
    DAY_S,
    RECURS_S,
    VOLTS,
    Period,
    Profile,
    RateUnit,
    Schedule,
    instant_told,
    limit_at,
    rate_in,
    start_of,
)

HORIZON_S_MAX: Final = 7 * DAY_S
MOMENTS_MAX: Final = 512  # at which a limit may change; the plan ends before the next one
_PHASES: Final = {"ac_single_phase": 1, "ac_two_phase": 2}

Limits = tuple[tuple[int, Profile], ...]


class Needs(Struct, frozen=True, kw_only=True):
    """What a car told of itself, and in what the station takes a schedule for it."""

    evse: int
    transaction: tuple[str, Instant]  # its id and when it began
    unit: RateUnit
    phases: int | None  # None: direct current
    most: float | None  # in the unit; None: not told
    least: float = 0  # less is of no use to it
    departs_at: Instant | None = None
    periods_max: int | None = None


def needs_of(
    data: Mapping[str, object],
    *,
    evse: int,
    transaction: tuple[str, Instant],
    units: str | None,
    periods_max: int | None,
) -> Needs:
    """``units``: those that the station says it takes, None if it did not say."""
    phases = phases_of(data)
    in_a = phases is not None and (units is None or not _only_power(units))
    tuples = data.get("max_schedule_tuples")
    bounds = [it for it in (tuples, periods_max) if isinstance(it, int) and it > 0]
    most_w, least_w = _power_w(data, phases)
    as_told = VOLTS * (phases or 1) if in_a else 1
    return Needs(
        evse=evse,
        transaction=transaction,
        unit=RateUnit.A if in_a else RateUnit.W,
        phases=phases,
        most=None if most_w is None else most_w / as_told,
        least=least_w / as_told,
        departs_at=instant_told(data.get("departure_time")),
        periods_max=min(bounds, default=None),
    )


def phases_of(data: Mapping[str, object]) -> int | None:
    """Those that the car charges with; None: direct current, or not told."""
    wanted = str(data.get("requested_energy_transfer"))
    return _PHASES.get(wanted, 3) if wanted.startswith("ac") else None


def planned(needs: Needs, limits: Limits, now: Instant) -> Schedule | None:
    """Absolute, from now on. None: no limit is known, or not what is left between two of them."""
    begin = now // US_PER_SECOND * US_PER_SECOND  # the station's clock may be behind
    phases = _phases_left(needs, limits)
    rate = rate_in(needs.unit, phases)
    leaving = min(needs.departs_at or 0, begin + seconds(HORIZON_S_MAX))
    end = max(leaving, begin + seconds(DAY_S))
    moments = _moments(limits, needs.transaction[1], begin, end)
    if len(moments) > MOMENTS_MAX:
        end, moments = moments[MOMENTS_MAX], moments[:MOMENTS_MAX]
    allowed = [limit_at(limits, needs.evse, needs.transaction, it, rate) for it in moments]
    if all(it is None for it in allowed):
        return None
    given = [_given(it, needs) for it in allowed]
    if any(it is None for it in given):
        return None
    steps = [
        ((at - begin) // US_PER_SECOND, it or 0.0) for at, it in zip(moments, given, strict=True)
    ]
    periods = tuple(
        Period(start_s=start_s, limit=limit, number_phases=phases)
        for start_s, limit in _fewer(steps, needs.periods_max)
    )
    return Schedule(
        unit=needs.unit,
        starts_at=from_instant(begin),
        duration_s=(end - begin) // US_PER_SECOND,
        periods=periods,
    )


def _given(allowed: float | None, needs: Needs) -> float | None:
    """Rounded down; nothing in place of less than the car can use: some stations round that up."""
    known = [it for it in (allowed, needs.most) if it is not None]
    if not known:
        return None
    tenths = 10 if needs.unit is RateUnit.A else 1
    limit = math.floor(round(min(known) * tenths, 6)) / tenths
    return limit if limit >= needs.least else 0.0


def _phases_left(needs: Needs, limits: Limits) -> int | None:
    """A limit for one phase is no limit for three."""
    if needs.phases is None:
        return None
    named = [
        step.number_phases
        for evse, profile in limits
        if evse in {0, needs.evse}
        for course in profile.schedules
        if course.unit is RateUnit.A
        for step in course.periods
        if step.number_phases
    ]
    return min([needs.phases, *named])


def _moments(limits: Limits, began: Instant, begin: Instant, end: Instant) -> list[Instant]:
    """Those at which a limit may change."""
    found = {begin}
    for _, profile in limits:
        found |= {it for it in (profile.valid_from, profile.valid_to) if it is not None}
        for course in profile.schedules:
            start = start_of(profile, course, began)
            if start is None:
                continue
            marks = [it.start_s for it in course.periods]
            if course.duration_s is not None:
                marks.append(course.duration_s)
            for first in _occurrences(profile, start, begin, end):
                found |= {first + seconds(it) for it in marks}
    return sorted(it for it in found if begin <= it < end)


def _occurrences(
    profile: Profile, start: Instant, begin: Instant, end: Instant
) -> Iterable[Instant]:
    if profile.recurrency is None:
        return (start,)
    every = seconds(RECURS_S[profile.recurrency.value])
    latest = start + (begin - start) // every * every
    return range(latest, end, every)


def _fewer(steps: list[tuple[int, float]], most: int | None) -> list[tuple[int, float]]:
    """Equal neighbours as one; those too many become one, and that the lowest."""
    changes = [it for place, it in enumerate(steps) if place == 0 or it[1] != steps[place - 1][1]]
    if most is None or len(changes) <= most:
        return changes
    lowest = min(limit for _, limit in changes[most - 1 :])
    return [*changes[: most - 1], (changes[most - 1][0], lowest)]


def _power_w(data: Mapping[str, object], phases: int | None) -> tuple[float | None, float]:
    """The most and the least."""
    current, direct, any_ = (_group(data, it) for it in ("ac", "dc", "v2x"))
    volts = VOLTS * (phases or 1)
    if "ev_max_current" in current:
        return current["ev_max_current"] * volts, current.get("ev_min_current", 0) * volts
    if "ev_max_power" in direct:
        return direct["ev_max_power"], 0
    if "ev_max_current" in direct:
        return direct["ev_max_current"] * direct.get("ev_max_voltage", 0), 0
    if "max_charge_power" in any_:
        return any_["max_charge_power"], any_.get("min_charge_power", 0)
    return None, 0


def _group(data: Mapping[str, object], name: str) -> dict[str, float]:
    told = data.get(f"{name}_charging_parameters")
    return {
        str(key): float(value)
        for key, value in (told.items() if isinstance(told, Mapping) else ())
        if isinstance(value, int | float)
    }


def _only_power(units: str) -> bool:
    told = {it.strip().lower() for it in units.split(",")}
    return told.isdisjoint({"a", "current"})
