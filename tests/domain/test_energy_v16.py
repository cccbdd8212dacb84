"""What a 1.6 session is billed for when the meter's story has holes."""

import pytest

from ogniwo.base.limits import RECENT_READINGS_MAX
from ogniwo.domain.session import Flag, SessionState
from tests.domain.says16 import Station16, interval
from tests.domain.world import World


def station_with(**fields: int) -> Station16:
    return Station16(World(), **fields)


def test_without_any_meter_values_the_registers_at_both_ends_decide() -> None:
    station = station_with()
    number = station.start(10_000)["transactionId"]
    station.world.wait(3_600)
    station.stop(number, 17_400)
    assert station.session.energy_wh == 7_400
    assert station.flags == {Flag.TOKEN_NOT_ACCEPTED}


@pytest.mark.quirk(39)
def test_an_unknown_final_meter_falls_back_to_the_last_reading() -> None:
    station = station_with()
    number = station.start(10_000)["transactionId"]
    station.world.wait(600)
    station.reads(number, 12_000)
    station.world.wait(600)
    station.stop(number, -1)
    assert (station.session.energy_wh, station.session.meter_stop_wh) == (2_000, None)
    assert Flag.METER_STOP_UNKNOWN in station.flags
    assert station.session.state is SessionState.CLOSED


def test_an_unknown_final_meter_without_readings_is_held_not_billed_as_nothing() -> None:
    station = station_with()
    number = station.start(10_000)["transactionId"]
    station.world.wait(3_600)
    station.stop(number, -1)
    assert station.session.energy_wh is None
    assert Flag.ENERGY_UNKNOWN in station.flags
    assert station.session.state is SessionState.ENDED


def test_an_unknown_final_meter_is_read_from_the_stops_own_data() -> None:
    station = station_with()
    number = station.start(10_000)["transactionId"]
    station.world.wait(600)
    end = station.meter_value({"value": "13.5", "unit": "kWh", "context": "Transaction.End"})
    station.stop(number, -1, transactionData=[end])
    assert (station.session.energy_wh, station.session.meter_stop_wh) == (3_500, 13_500)


@pytest.mark.parametrize("readings", [(), (10_100, 15_000)])
@pytest.mark.quirk(39)
def test_a_final_meter_below_the_start_is_never_billed(readings: tuple[int, ...]) -> None:
    station = station_with()
    number = station.start(10_000)["transactionId"]
    for wh in readings:
        station.world.wait(600)
        station.reads(number, wh)
    station.stop(number, 9_000)
    assert station.session.energy_wh is None
    assert Flag.METER_WENT_BACK in station.flags
    assert station.session.state is SessionState.ENDED


def test_a_meter_that_was_reset_meanwhile_is_held_although_its_ends_look_fine() -> None:
    station = station_with()
    number = station.start(100)["transactionId"]
    for wh in (5_000, 0, 400):
        station.world.wait(600)
        station.reads(number, wh)
    station.stop(number, 400)
    assert station.session.energy_wh is None
    assert {Flag.METER_STEPPED_BACK, Flag.METER_WENT_BACK} <= station.flags
    assert station.session.state is SessionState.ENDED


def test_a_single_zero_among_good_readings_costs_nothing() -> None:
    station = station_with()
    number = station.start(10_000)["transactionId"]
    seen = []
    for wh in (11_000, 0, 12_000):
        station.world.wait(600)
        station.reads(number, wh)
        seen.append(station.session.energy_wh)
    station.stop(number, 13_000)
    assert seen == [1_000, 1_000, 2_000]
    assert (station.session.energy_wh, station.session.state) == (3_000, SessionState.CLOSED)
    assert Flag.METER_STEPPED_BACK in station.flags


@pytest.mark.quirk(31)
def test_readings_that_count_per_session_do_not_disturb_a_lifetime_register() -> None:
    station = station_with()
    number = station.start(500_000)["transactionId"]
    seen = []
    for wh in (0, 1_500, 4_900):
        station.world.wait(900)
        station.reads(number, wh)
        seen.append(station.session.energy_wh)
    station.stop(number, 505_000)
    assert seen == [0, 1_500, 4_900]
    assert (station.session.energy_wh, station.session.state) == (5_000, SessionState.CLOSED)
    assert station.flags == {Flag.TOKEN_NOT_ACCEPTED}


def test_a_lifetime_register_at_the_start_alone_is_not_the_baseline() -> None:
    station = station_with()
    number = station.start(500_000)["transactionId"]
    for wh in (0, 1_500, 4_900):
        station.world.wait(900)
        station.reads(number, wh)
    station.stop(number, 5_000)
    assert (station.session.energy_wh, station.session.state) == (5_000, SessionState.CLOSED)
    assert Flag.REGISTER_REBASED in station.flags


def test_a_begin_of_0_before_a_lifetime_register_is_not_the_baseline() -> None:
    station = station_with()
    number = station.start(0)["transactionId"]
    for wh in (910_000, 910_040, 910_080):
        station.world.wait(60)
        station.reads(number, wh)
    station.stop(number, 910_083)
    assert station.session.energy_wh == 83
    assert Flag.BASELINE_IMPLAUSIBLE in station.flags


@pytest.mark.parametrize(
    ("power_w_max", "hours", "energy_wh", "held"),
    [(22_000, 1, 22_000, False), (22_000, 1, 30_000, True), (None, 1, 300_000, False),
     (None, 1, 1_200_000, True), (22_000, 0, 900, False), (22_000, 0, 4_294_967, True)],
)  # fmt: skip
@pytest.mark.quirk(30)
def test_more_energy_than_could_flow_is_held(
    power_w_max: int | None, hours: int, energy_wh: int, *, held: bool
) -> None:
    station = Station16(World(), max_power_w=power_w_max)
    number = station.start(5)["transactionId"]
    station.world.wait(hours * 3_600)
    station.stop(number, 5 + energy_wh)
    assert (Flag.ENERGY_IMPLAUSIBLE in station.flags) is held
    assert (station.session.state is SessionState.ENDED) is held


def test_a_leap_between_the_last_reading_and_the_stop_is_held() -> None:
    station = station_with()
    number = station.start(1_000)["transactionId"]
    for wh in range(2_000, 10_000, 1_000):
        station.world.wait(3_600)
        station.reads(number, wh)
    station.world.wait(10)
    station.stop(number, 999_000)
    assert Flag.ENERGY_IMPLAUSIBLE in station.flags


def test_a_station_without_a_register_is_billed_by_its_intervals_each_once() -> None:
    station = station_with()
    number = station.start(0)["transactionId"]
    data = []
    for wh in (700, 800, "0.9"):
        station.world.wait(900)
        value = interval(wh, unit="kWh") if isinstance(wh, str) else interval(wh)
        station.reads(number, value)
        station.reads(number, value)
        data.append(station.meter_value(value))
    assert station.session.energy_wh == 2_400
    station.stop(number, 0, transactionData=[*data, *data])
    assert (station.session.energy_wh, station.session.state) == (2_400, SessionState.CLOSED)
    assert station.session.samples == 3


def test_a_stop_that_repeats_more_readings_than_are_remembered_adds_none_of_them_up() -> None:
    station = station_with()
    number = station.start(0)["transactionId"]
    data = []
    for _ in range(RECENT_READINGS_MAX + 20):
        station.world.wait(60)
        station.reads(number, interval(10))
        data.append(station.meter_value(interval(10)))
    station.stop(number, 0, transactionData=data)
    assert station.session.energy_wh == 10 * (RECENT_READINGS_MAX + 20)


def test_intervals_of_the_clock_are_not_added_to_those_of_the_sampling() -> None:
    station = station_with()
    number = station.start(0)["transactionId"]
    station.world.wait(900)
    station.reads(number, interval(700), interval(650, context="Sample.Clock"))
    station.stop(number, 0)
    assert station.session.energy_wh == 700


def test_meter_data_in_a_stop_is_recognised_as_sent_before() -> None:
    station = station_with()
    number = station.start(1_000)["transactionId"]
    data = []
    for wh in (1_500, 2_000, 2_500):
        station.world.wait(600)
        station.reads(number, wh)
        data.append(station.meter_value(wh))
    station.stop(number, 2_600, transactionData=data)
    assert (station.session.samples, len(station.samples())) == (3, 3)
    assert station.session.energy_wh == 1_600


def test_an_unknown_start_bills_from_the_first_reading_and_says_so() -> None:
    station = station_with()
    number = station.start(-1)["transactionId"]
    for wh in (1_000, 2_000):
        station.world.wait(600)
        station.reads(number, wh)
    station.stop(number, 2_500)
    assert station.session.energy_wh == 1_500
    assert Flag.METER_START_UNKNOWN in station.flags


def test_registers_in_odd_forms_are_one_register() -> None:
    """kWh, per phase, at the inlet and per phase at two places at once."""
    station = station_with()
    number = station.start(10_000)["transactionId"]
    for value in (
        [{"value": "11.0", "unit": "kWh"}],
        [{"value": "4000", "phase": f"L{n}"} for n in (1, 2, 3)],
        [{"value": "13000", "location": "Inlet"}],
        [
            {"value": "5000", "phase": phase, "location": location}
            for phase in ("L1", "L2-N", "L3")
            for location in ("Inlet", "Outlet")
        ],
        [{"value": "99", "location": "EV"}, {"value": "16000", "location": "Outlet"}],
        [{"value": "17000"}, {"value": "5667", "phase": "L1"}, {"value": "-1", "phase": "L2"}],
        [{"value": "-1"}],
    ):
        station.world.wait(600)
        station.reads(number, *value)
    registers = [it.reading.energy_wh for it in station.samples()]
    assert registers == [11_000, 12_000, 13_000, 15_000, 16_000, 17_000, None]
    assert station.session.energy_wh == 7_000
