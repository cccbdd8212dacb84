"""Stations with a wrong clock, or none, or odd ways to write the time."""

import pytest

from ogniwo.base.units import seconds
from ogniwo.domain.session import Flag, SessionState
from tests.domain.says2x import Station2x
from tests.domain.says16 import Station16
from tests.domain.world import NOON, World

DAY_S = 86_400

senseless = pytest.mark.parametrize(
    "stated",
    ["1970-01-01T00:00:17Z", "0001-01-01T00:00:00Z", "2019-05-17T12:00:00Z", "2026-05-19T12:00:00Z",
     "2099-01-01T00:00:00Z", "yesterday", "", None, 1_779_019_200, "2026-02-31T00:00:00Z"],
)  # fmt: skip


@senseless
@pytest.mark.quirk(43)
def test_a_senseless_time_is_replaced_by_ours_and_flagged_1_6(stated: object) -> None:
    world = World()
    station = Station16(world)
    number = station.start(10_000, timestamp=stated)["transactionId"]
    world.wait(1_800)
    station.stop(number, 12_000, timestamp=stated)
    session = station.session
    assert (session.started_at, session.ended_at) == (NOON, NOON + seconds(1_800))
    assert (session.energy_wh, session.state) == (2_000, SessionState.CLOSED)
    assert Flag.CLOCK_WRONG in session.flags


@senseless
def test_a_senseless_time_is_replaced_by_ours_and_flagged_2x(stated: object) -> None:
    world = World()
    station = Station2x(world)
    for number, kind in enumerate(("Started", "Updated", "Ended")):
        payload = station.event_payload(kind, number, 1_000 + number * 200, evse={"id": 1})
        payload["timestamp"] = stated
        payload["meterValue"][0]["timestamp"] = stated
        station.call("TransactionEvent", payload)
        world.wait(600)
    session = station.session
    assert (session.started_at, session.ended_at) == (NOON, NOON + seconds(1_200))
    assert (session.energy_wh, session.state) == (400, SessionState.CLOSED)
    assert Flag.CLOCK_WRONG in session.flags


def test_only_the_readings_time_may_be_senseless() -> None:
    world = World()
    station = Station16(world)
    number = station.start(10_000)["transactionId"]
    world.wait(60)
    meter = [station.meter_value(10_500, at="1970-01-01T00:00:00Z")]
    station.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": meter})
    (sample,) = station.samples()
    assert (sample.reading.at, sample.reading.clock_wrong) == (world.now, True)
    assert Flag.CLOCK_WRONG in station.flags


@pytest.mark.parametrize(
    "stated",
    [
        "2026-05-17T11:00:00",
        "2026-05-17T13:00:00+02:00",
        "2026-05-17T13:00:00+02",
        "2026-05-17T11:00:00.1234567Z",
        "2026-05-17 11:00:00Z",
        "2026-05-17T06:00:00-0500",
    ],
)
@pytest.mark.quirk(43)
def test_odd_ways_to_write_a_time_are_read(stated: str) -> None:
    station = Station16(World())
    station.start(timestamp=stated)
    assert station.session.started_at // 1_000_000 == NOON // 1_000_000 - 3_600
    assert Flag.CLOCK_WRONG not in station.flags


@pytest.mark.parametrize("ago_s", [4 * 365 * DAY_S, 7 * DAY_S, 0, -23 * 3_600])
def test_a_time_that_may_be_right_is_believed(ago_s: int) -> None:
    world = World()
    station = Station16(world)
    station.start(timestamp=world.at(-ago_s))
    assert station.session.started_at == NOON - seconds(ago_s)
    assert Flag.CLOCK_WRONG not in station.flags


def test_a_clock_set_back_during_a_session_ends_it_not_before_it_began() -> None:
    world = World()
    station = Station16(world)
    number = station.start(10_000)["transactionId"]
    world.wait(3_600)
    station.stop(number, 10_500, timestamp=world.at(-7_200))
    assert station.session.ended_at == station.session.started_at
    assert station.session.energy_wh == 500


def test_a_clock_corrected_after_the_start_is_no_reason_to_forget_energy() -> None:
    """It ran an hour ahead; the first reading seems older than the start."""
    world = World()
    station = Station16(world)
    number = station.start(10_000, timestamp=world.at(3_600))["transactionId"]
    for hour in (1, 2, 3):
        world.wait(3_600)
        station.reads(number, 10_000 + hour * 11_000)
    station.stop(number, 43_000)
    assert station.session.energy_wh == 33_000
    assert Flag.BASELINE_IMPLAUSIBLE not in station.flags


def test_energy_booked_without_a_clock_in_one_moment_is_held_for_a_person() -> None:
    station = Station16(World())
    dead = "1970-01-01T00:00:00Z"
    number = station.start(10_000, timestamp=dead)["transactionId"]
    station.reads(number, 25_000)
    station.stop(number, 30_000, timestamp=dead)
    assert station.session.energy_wh == 20_000
    assert {Flag.CLOCK_WRONG, Flag.ENERGY_IMPLAUSIBLE} <= station.flags
    assert station.session.state is SessionState.ENDED
