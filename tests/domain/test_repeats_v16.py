"""1.6 reports that come twice, late, without an id or without their other half."""

import pytest

from ogniwo.domain.events import EventKind
from ogniwo.domain.session import Flag, SessionState
from ogniwo.domain.station import Status
from tests.domain.says16 import TAG, Station16, interval
from tests.domain.world import World


@pytest.mark.parametrize("message_id", ["same", None])
@pytest.mark.quirk(16, 45)
def test_a_start_sent_again_gets_the_same_id_and_opens_nothing(message_id: str | None) -> None:
    world = World()
    world.token(TAG)
    station = Station16(world)
    at = world.at(0)
    first = station.start(10_000, timestamp=at)
    world.wait(60)
    start = {"connectorId": 1, "idTag": TAG.lower(), "meterStart": 10_000, "timestamp": at}
    assert station.call("StartTransaction", start, message_id=message_id) == first
    assert len(station.sessions) == 1
    assert station.latest == ()


def test_a_start_sent_again_after_a_restart_of_the_server_gets_the_same_id() -> None:
    world = World()
    station = Station16(world)
    at = world.at(0)
    first = station.start(timestamp=at)
    station.restart_server()
    assert station.start(timestamp=at)["transactionId"] == first["transactionId"]
    assert len(station.sessions) == 1


def test_equal_starts_of_two_connectors_are_two_sessions() -> None:
    world = World()
    station = Station16(world)
    numbers = {station.start(0, connector=n)["transactionId"] for n in (1, 2)}
    assert len(numbers) == 2


def test_visits_of_a_station_without_a_clock_stay_apart_though_they_look_alike() -> None:
    world = World()
    station = Station16(world)
    dead = "1970-01-01T00:00:00Z"
    for _ in range(2):
        number = station.start(0, timestamp=dead)["transactionId"]
        assert station.start(0, timestamp=dead)["transactionId"] == number  # a repeat, while open
        world.wait(3_600)
        station.stop(number, 5_000, timestamp=dead)
        world.wait(60)
    assert [it.energy_wh for it in station.sessions] == [5_000, 5_000]
    assert all(Flag.CLOCK_WRONG in it.flags for it in station.sessions)


def test_an_interval_sent_again_by_a_station_whose_clock_is_wrong_counts_once() -> None:
    """Its own time is nonsense, but it is the same nonsense when the message comes again."""
    world = World()
    station = Station16(world)
    number = station.start(0, timestamp="1970-01-01T02:00:00Z")["transactionId"]
    for minutes in (15, 30):
        reading = station.meter_value(interval(500), at=f"1970-01-01T02:{minutes}:00Z")
        told = {"connectorId": 1, "transactionId": number, "meterValue": [reading]}
        for _ in range(2):
            world.wait(300)
            station.call("MeterValues", told)
    assert station.session.energy_wh == 1_000
    assert station.session.samples == 2


def test_a_stop_sent_again_changes_nothing_and_one_that_differs_is_noted() -> None:
    world = World()
    world.token(TAG)
    station = Station16(world)
    number = station.start(10_000)["transactionId"]
    world.wait(3_600)
    answer = station.stop(number, 15_000, idTag=TAG)
    before = station.session
    assert station.stop(number, 15_000, idTag=TAG) == answer
    assert (station.session, station.latest) == (before, ())
    station.stop(number, 19_000)
    assert station.session.energy_wh == 5_000
    assert station.flags == {Flag.REPEAT_DIFFERS}
    station.stop(number, 19_000)
    assert station.latest == ()


def test_a_stop_sent_again_after_a_restart_and_many_sessions_changes_nothing() -> None:
    world = World()
    station = Station16(world)
    number = station.start(10_000)["transactionId"]
    station.stop(number, 10_500)
    for n in range(20):
        world.wait(60)
        station.stop(station.start(10_500 + n)["transactionId"], 10_501 + n)
    station.restart_server()
    station.stop(number, 10_500)
    assert station.latest == ()


@pytest.mark.quirk(15)
def test_meter_values_sent_again_are_answered_and_stored_once() -> None:
    world = World()
    station = Station16(world)
    number = station.start(10_000)["transactionId"]
    at = world.at(60)
    world.wait(60)
    meter = [station.meter_value(10_500, at=at)]
    told = {"connectorId": 1, "transactionId": number, "meterValue": meter}
    for _ in range(3):
        assert station.call("MeterValues", told) == {}
    station.restart_server()
    station.call("MeterValues", told)
    assert (len(station.samples()), station.session.energy_wh) == (1, 500)


@pytest.mark.quirk(38)
def test_meter_values_after_the_stop_attach_and_change_no_bill() -> None:
    world = World()
    station = Station16(world)
    number = station.start(10_000)["transactionId"]
    world.wait(3_600)
    station.stop(number, 15_000)
    before = station.session
    end = {"value": "99999", "context": "Transaction.End"}
    begin = {"value": "1", "context": "Transaction.Begin"}
    station.reads(number, 16_000, end, begin)
    after = station.session
    assert after.state is SessionState.CLOSED
    assert (after.energy_wh, after.meter_start_wh, after.meter_stop_wh) == (5_000, 10_000, 15_000)
    assert (after.last_wh, after.samples) == (before.last_wh, 3)
    assert Flag.LATE_DATA in after.flags


def test_a_new_start_ends_what_was_never_stopped_at_its_last_reading() -> None:
    world = World()
    world.token(TAG)
    station = Station16(world)
    lost = station.start(10_000)["transactionId"]
    for _ in range(3):
        world.wait(600)
        station.reads(lost, 10_000 + (world.now - station.session.started_at) // 1_000_000)
    last_reading_at = world.now
    world.wait(24 * 3_600)
    answer = station.start(11_900)
    assert answer["idTagInfo"]["status"] == "Accepted"  # its own lost session is no other use
    old, new = station.sessions
    assert (old.state, old.ended_at) == (SessionState.WAITING_FOR_DATA, last_reading_at)
    assert old.energy_wh == 1_800
    assert {Flag.ABANDONED, Flag.METER_STOP_UNKNOWN} == old.flags
    assert new.running

    station.reads(lost, 11_850)  # from the queue, late
    old, _ = station.sessions
    assert (old.energy_wh, old.ended_at) == (1_850, world.now)

    station.stop(lost, 11_890, timestamp=world.at(-80_000))
    old, new = station.sessions
    assert (old.state, old.energy_wh, old.flags) == (SessionState.CLOSED, 1_890, frozenset())
    assert old.ended_at == world.now - 80_000_000_000
    assert new.running


def test_a_lost_session_without_a_single_reading_is_worth_nothing_known() -> None:
    world = World()
    station = Station16(world)
    station.start(10_000)
    world.wait(3_600)
    station.start(15_000)
    old, _ = station.sessions
    assert (old.energy_wh, old.ended_at) == (None, old.started_at)
    assert Flag.ENERGY_UNKNOWN in old.flags


def test_an_old_start_from_the_queue_does_not_end_the_session_that_runs_now() -> None:
    world = World()
    station = Station16(world)
    station.status_is("Charging")
    now = station.start(20_000)["transactionId"]
    old = station.start(10_000, timestamp=world.at(-7_200))["transactionId"]
    assert [it.running for it in station.sessions] == [True, True]
    station.stop(old, 15_000, timestamp=world.at(-3_600))
    assert station.status() is Status.CHARGING
    assert [it.transaction_id for it in station.sessions if it.running] == [str(now)]
    assert not station.connector().ended_here


@pytest.mark.parametrize("unknown", [-1, 0, None, "missing"])
@pytest.mark.quirk(33, 35)
def test_a_stop_of_a_station_that_never_learnt_its_id_ends_the_only_session_that_fits(
    unknown: object,
) -> None:
    world = World()
    station = Station16(world)
    station.start(10_000)
    world.wait(3_600)
    stop = {"transactionId": unknown, "meterStop": 12_000, "timestamp": world.at(0)}
    if unknown == "missing":
        del stop["transactionId"]
    station.call("StopTransaction", {**stop, "idTag": TAG.lower()})
    assert (station.session.state, station.session.energy_wh) == (SessionState.CLOSED, 2_000)
    assert Flag.MATCHED_BY_CONNECTOR in station.flags


@pytest.mark.parametrize(
    "stop",
    [
        {"transactionId": -1},  # two fit
        {"transactionId": -1, "idTag": "SOMEONE"},  # none fits
        {"transactionId": 4_711},  # nobody's
        {"transactionId": 4_711, "idTag": TAG},
    ],
)
@pytest.mark.quirk(33, 37)
def test_a_stop_that_fits_nothing_or_too_much_is_answered_and_ends_nobodys_session(
    stop: dict[str, object],
) -> None:
    world = World()
    world.token(TAG)
    station = Station16(world)
    station.start(10_000, connector=1)
    station.start(20_000, connector=2)
    told = {"meterStop": 30_000, "timestamp": world.at(0), **stop}
    answer = station.call("StopTransaction", told)
    assert ("idTagInfo" in answer) == ("idTag" in stop)
    assert [it.running for it in station.sessions] == [True, True]
    (orphan,) = station.events(EventKind.ORPHAN_STORED)
    assert (orphan.data["what"], orphan.data["meter_stop_wh"]) == ("stop", 30_000)


def test_a_stop_without_an_id_from_before_the_session_is_not_its_stop() -> None:
    world = World()
    station = Station16(world)
    station.start(10_000)
    station.stop(-1, 9_000, timestamp=world.at(-600))
    assert station.session.running


@pytest.mark.parametrize("told", ["readings", "register"])
def test_a_stop_without_an_id_ends_no_session_that_its_figures_contradict(told: str) -> None:
    """One card at two places: the other session was given up, and its stop comes after all."""
    world = World()
    station = Station16(world)
    world.wait(3_600)
    station.start(10_000)
    world.wait(600)
    data = [station.meter_value(10_500, at=world.at(-3_000))] if told == "readings" else []
    wh = {"readings": 10_900, "register": 3_000_000}[told]
    station.stop(-1, wh, transactionData=data)
    assert station.session.running
    assert station.events(EventKind.ORPHAN_STORED)[0].data["what"] == "stop"


def test_a_stop_without_an_id_is_for_what_runs_not_for_what_was_given_up() -> None:
    world = World()
    station = Station16(world)
    station.start(10_000)
    world.wait(600)
    station.start(11_000)
    world.wait(600)
    station.stop(-1, 11_500)
    lost, newest = station.sessions
    assert (lost.state, newest.energy_wh) == (SessionState.WAITING_FOR_DATA, 500)


def test_a_reading_that_stands_twice_in_one_message_is_one_reading() -> None:
    station = Station16(World())
    number = station.start(10_000)["transactionId"]
    station.world.wait(600)
    meter = [station.meter_value(10_500)] * 2
    station.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": meter})
    assert station.session.samples == 1


@pytest.mark.parametrize("unknown", [-1, 0, None])
@pytest.mark.quirk(34)
def test_readings_without_an_id_belong_to_what_runs_on_their_connector(unknown: object) -> None:
    world = World()
    station = Station16(world)
    station.start(10_000, connector=1)
    station.start(20_000, connector=2)
    world.wait(60)
    station.reads(unknown, 20_500, connectorId=2)
    station.reads(unknown, 7, connectorId=3)
    station.reads(unknown, 8, connectorId=0)
    assert [it.energy_wh for it in station.sessions] == [0, 500]
    assert [it.session_id for it in station.samples()][1:] == [None, None]


def test_readings_of_nobodys_transaction_open_and_touch_no_session() -> None:
    world = World()
    station = Station16(world)
    station.start(10_000)
    station.reads(999, 77_000)
    assert (station.session.energy_wh, station.session.samples) == (0, 0)
    assert station.events(EventKind.ORPHAN_STORED)[0].data["what"] == "meter_values"


def test_readings_from_before_the_session_are_not_its_own() -> None:
    world = World()
    station = Station16(world)
    station.start(10_000)
    station.call(
        "MeterValues", {"connectorId": 1, "meterValue": [station.meter_value(1, at=world.at(-60))]}
    )
    assert station.session.samples == 0


def test_equal_readings_of_idle_connectors_are_all_kept_and_each_once() -> None:
    world = World()
    station = Station16(world)
    for _ in range(2):
        for connector in (0, 1, 2):
            station.reads(None, 0, connectorId=connector)
    assert [it.evse for it in station.samples()] == [0, 1, 2]
