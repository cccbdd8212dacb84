"""Energy, power, current and charge must agree with each other, as in a real station."""

import asyncio
from itertools import pairwise
from random import Random

import pytest

from ogniwo.sim.agenda import Agenda
from ogniwo.sim.car import MODELS, draw_car
from ogniwo.sim.clock import SimClock
from ogniwo.sim.makes import MAKES, Make
from ogniwo.sim.meter import Meter, quantities
from ogniwo.sim.outlet import Outlet
from ogniwo.sim.profiles import UNLIMITED, Limit
from tests.sim.csms import Payload, running_csms
from tests.sim.world import AC_22, DC_150, START_S, STATION, a_car, a_fleet, plug_and_card, running

AMPS_8 = Limit(8.0, 8.0 * 690, 3)


def an_outlet(make: Make, seed: int = 1) -> Outlet:
    kind = make.outlet
    meter = Meter(
        phases=kind.phases, dc=kind.dc, full_w=kind.watts_max, rng=Random(seed), at_s=START_S
    )
    return Outlet(kind, meter)


@pytest.mark.parametrize("make", MAKES, ids=lambda make: make.model)
def test_the_register_is_the_integral_of_the_power_and_the_charge_follows(make: Make) -> None:
    for seed in range(20):
        outlet = an_outlet(make, seed)
        car = outlet.car = draw_car(Random(seed), dc=make.outlet.dc)
        begin_wh, begin_soc = outlet.meter.register_wh, car.soc
        at_s, integral_wh, socs = START_S, 0.0, [car.soc]
        while not car.satisfied:
            outlet.feed(UNLIMITED)
            power_w = outlet.meter.flow.power_w
            assert 0 < power_w <= make.outlet.watts_max * 1.03  # the grid is not exactly 230 V
            step_s = min(60, outlet.full_in_s() or 60)
            at_s += step_s
            outlet.advance(at_s)
            integral_wh += power_w * step_s / 3600
            socs.append(car.soc)
        taken_wh = (car.soc - begin_soc) * car.capacity_wh

        assert outlet.meter.register_wh - begin_wh == pytest.approx(integral_wh, abs=1e-3)
        assert all(before <= after for before, after in pairwise(socs))
        assert 0.85 * integral_wh < taken_wh < 0.98 * integral_wh
        assert at_s - START_S < 24 * 3600


@pytest.mark.parametrize("make", [AC_22[0], DC_150[0]], ids=["AC", "DC"])
def test_the_appetite_fades_towards_a_full_battery(make: Make) -> None:
    outlet = an_outlet(make)
    car = outlet.car = a_car(soc=0.3, soc_wanted=1.0)
    outlet.feed(UNLIMITED)
    early_w = outlet.meter.flow.power_w
    car.soc = 0.985
    outlet.feed(UNLIMITED)

    assert outlet.meter.flow.power_w < early_w / 2


def test_an_ac_car_draws_at_least_six_amps_or_nothing() -> None:
    outlet = an_outlet(AC_22[0])
    outlet.car = a_car()
    outlet.feed(AMPS_8)
    assert outlet.meter.flow.amps == (8.0, 8.0, 8.0)

    outlet.feed(Limit(5.9, 5.9 * 690, 3))
    assert outlet.meter.flow.amps == (0.0, 0.0, 0.0)
    assert outlet.paused


def test_a_one_phase_car_leaves_two_phases_empty() -> None:
    outlet = an_outlet(AC_22[0])
    outlet.car = a_car(ac_phases=1, ac_w_max=7_400.0)
    outlet.feed(UNLIMITED)

    first, second, third = outlet.meter.flow.amps
    assert first > 30
    assert (second, third) == (0.0, 0.0)


def test_what_is_reported_adds_up_to_the_power() -> None:
    for make in (*AC_22, *DC_150):
        outlet = an_outlet(make)
        outlet.car = a_car()
        outlet.feed(UNLIMITED)
        values = quantities(outlet.read())
        volts = [one.value for one in values if one.measurand == "Voltage"]
        amps = [one.value for one in values if one.measurand == "Current.Import"]
        (power_w,) = [one.value for one in values if one.measurand == "Power.Active.Import"]

        assert sum(u * i for u, i in zip(volts, amps, strict=True)) == pytest.approx(
            power_w, rel=0.001
        )


def test_every_kind_of_car_is_on_the_road() -> None:
    rng = Random(1)
    seen = {draw_car(rng, dc=False).model for _ in range(500)}
    assert seen == {model.name for model in MODELS}


@pytest.mark.parametrize(("make", "soc_seen"), [(AC_22, False), (DC_150, True)])
async def test_the_samples_of_a_session_tell_one_consistent_story(
    make: list[Make], *, soc_seen: bool
) -> None:
    async with running_csms() as csms:
        fleet = a_fleet(csms, makes=make)
        async with running(fleet, csms) as station:
            plug_and_card(station.evses[0], station)
            await csms.until(lambda: len(csms.said(STATION, "MeterValues")) >= 6)

    values = [one["meterValue"][0] for one in csms.said(STATION, "MeterValues")]
    for before, after in pairwise(values):
        energy_wh = value(after, "Energy.Active.Import.Register") - value(
            before, "Energy.Active.Import.Register"
        )
        # Nothing changed in between: the power reported made this energy in these 60 s.
        assert after["timestamp"] > before["timestamp"]
        assert energy_wh == pytest.approx(value(after, "Power.Active.Import") / 60, abs=1.01)
    socs = [value(one, "SoC") for one in values] if soc_seen else []
    assert socs == sorted(socs)
    assert not soc_seen or socs[-1] > socs[0]


def test_appointments_are_kept_in_order_and_with_their_own_time() -> None:
    async def kept() -> list[tuple[str, int]]:
        clock = SimClock(speed=10_000, start_s=START_S)
        agenda, seen = Agenda(clock), list[tuple[str, int]]()
        agenda.add(START_S + 30, lambda at_s: seen.append(("late", at_s)))
        agenda.add(START_S + 10, lambda at_s: seen.append(("early", at_s)))
        agenda.add(START_S + 20, lambda at_s: seen.append(("never", at_s))).cancel()
        agenda.add(START_S + 9_999, lambda at_s: seen.append(("too far", at_s)))
        clock.begin()
        await agenda.run(START_S + 100)
        return seen

    assert asyncio.run(kept()) == [("early", START_S + 10), ("late", START_S + 30)]


def value(meter_value: Payload, measurand: str) -> float:
    return next(
        float(one["value"]) for one in meter_value["sampledValue"] if one["measurand"] == measurand
    )
