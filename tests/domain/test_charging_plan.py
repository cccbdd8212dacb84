"""What a car is given for its needs: the most it can take, within the limits that are known."""

from typing import Any

import pytest

from ogniwo.base.units import from_instant, seconds, to_instant
from ogniwo.domain.charging import Profile, limit_at
from ogniwo.domain.charging_plan import MOMENTS_MAX, needs_of, planned
from tests.domain.test_charging import BEGAN, TRANSACTION, at, on_file
from tests.domain.world import NOON

AC = {"energy_amount": 30_000, "ev_min_current": 6, "ev_max_current": 32, "ev_max_voltage": 400}
THREE = {"requested_energy_transfer": "ac_three_phase", "ac_charging_parameters": AC}
ONE = {**THREE, "requested_energy_transfer": "ac_single_phase"}
DIRECT = {
    "requested_energy_transfer": "dc",
    "dc_charging_parameters": {
        "ev_max_current": 200,
        "ev_max_voltage": 400,
        "ev_max_power": 50_000,
    },
}
Steps = list[tuple[int, float | None, int | None]]


def plan(
    needs: dict[str, Any],
    *limits: Profile,
    units: str | None = None,
    periods_max: int | None = None,
) -> tuple[str, Steps, int | None]:
    wanted = needs_of(needs, evse=1, transaction=TRANSACTION, units=units, periods_max=periods_max)
    schedule = planned(wanted, tuple((1, it) for it in limits), NOON)
    assert schedule is not None
    assert schedule.starts_at is not None
    assert to_instant(schedule.starts_at) == NOON
    steps = [(it.start_s, it.limit, it.number_phases) for it in schedule.periods]
    return schedule.unit.value, steps, schedule.duration_s


def test_without_a_limit_there_is_nothing_to_plan() -> None:
    wanted = needs_of(THREE, evse=1, transaction=TRANSACTION, units=None, periods_max=None)
    elsewhere = on_file("tx_default", {"limit": 10}, unit="A")
    assert planned(wanted, (), NOON) is None
    assert planned(wanted, ((2, elsewhere),), NOON) is None


@pytest.mark.parametrize(
    ("needs", "limit", "unit", "given"),
    [
        (THREE, ({"limit": 16}, "A"), "A", (16, 3)),
        (THREE, ({"limit": 63}, "A"), "A", (32, 3)),
        (THREE, ({"limit": 11_040}, "W"), "A", (16, 3)),
        (THREE, ({"limit": 10_000}, "W"), "A", (14.4, 3)),  # rounded down
        (ONE, ({"limit": 16}, "A"), "A", (16, 1)),  # of each phase, however many there are
        (ONE, ({"limit": 11_040}, "W"), "A", (32, 1)),
        (THREE, ({"limit": 16, "number_phases": 1}, "A"), "A", (16, 1)),
        (THREE, ({"limit": 4}, "A"), "A", (0, 3)),  # less than the car can use
        (DIRECT, ({"limit": 20_000}, "W"), "W", (20_000, None)),
        (DIRECT, ({"limit": 99_000}, "W"), "W", (50_000, None)),
    ],
)
def test_a_car_is_given_its_most_within_the_limit(
    needs: dict[str, Any], limit: tuple[Any, str], unit: str, given: tuple[float, int | None]
) -> None:
    step, theirs = limit
    assert plan(needs, on_file("tx_default", step, unit=theirs)) == (
        unit, [(0, *given)], 86_400,
    )  # fmt: skip


def test_a_station_that_takes_only_power_is_told_power() -> None:
    assert plan(ONE, on_file("station_max", {"limit": 16}, unit="A"), units="Power") == (
        "W", [(0, 3_680, 1)], 86_400,
    )  # fmt: skip


def test_the_plan_follows_the_limits_as_they_change() -> None:
    daily = {"kind": "recurring", "recurrency": "daily", "starts_at": at(-7_200)}
    evening = on_file(
        "tx_default", {"limit": 20}, {"start_s": 10_800, "limit": 8}, unit="A", **daily
    )
    grid = on_file("external_constraints", {"limit": 10}, unit="A", starts_at=at(60), duration_s=60)
    assert plan(THREE, evening, grid)[1] == [
        (0, 20, 3),
        (60, 10, 3),
        (120, 20, 3),
        (3_600, 8, 3),
        (79_200, 20, 3),
    ]


def test_of_too_many_steps_the_last_is_the_lowest_of_the_rest() -> None:
    falls = ({"limit": 20}, {"start_s": 60, "limit": 9}, {"start_s": 120, "limit": 16})
    limit = on_file("tx_default", *falls, unit="A", starts_at=at(0))
    assert plan({**THREE, "max_schedule_tuples": 2}, limit)[1] == [(0, 20, 3), (60, 9, 3)]
    assert plan(THREE, limit, periods_max=1)[1] == [(0, 9, 3)]


def test_the_plan_lasts_until_the_car_departs_or_a_day() -> None:
    limit = on_file("tx_default", {"limit": 16}, unit="A")
    for after_s, lasts_s in ((3_600, 86_400), (100_000, 100_000), (9_000_000, 604_800)):
        needs = {**THREE, "departure_time": from_instant(NOON + seconds(after_s)).isoformat()}
        assert plan(needs, limit)[2] == lasts_s


def test_limits_that_change_all_the_time_are_planned_for_as_far_as_that_goes() -> None:
    steps = [{"start_s": it, "limit": 10 + it % 2} for it in range(1_000)]
    _, given, lasts_s = plan(THREE, on_file("tx_default", *steps, unit="A", starts_at=at(0)))
    assert (len(given), lasts_s) == (MOMENTS_MAX, MOMENTS_MAX)


def test_no_plan_ever_goes_beyond_a_limit() -> None:
    limits = (
        on_file(
            "station_max", {"limit": 14_000}, {"start_s": 500, "limit": 7_000}, starts_at=at(0)
        ),
        on_file(
            "tx_default", {"limit": 16}, {"start_s": 900, "limit": 6}, unit="A", kind="relative"
        ),
        on_file("external_constraints", {"limit": 9_000}, valid_from=at(200), valid_to=at(700)),
    )
    _, steps, _ = plan(THREE, *limits)
    for after_s in range(0, 2_000, 10):
        _, limit, phases = next(it for it in reversed(steps) if it[0] <= after_s)
        allowed = limit_at([(1, it) for it in limits], 1, ("T-1", BEGAN), NOON + seconds(after_s))
        assert allowed is not None
        assert (limit or 0) * 230 * (phases or 0) <= allowed
