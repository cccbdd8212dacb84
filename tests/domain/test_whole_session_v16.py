from ogniwo.domain.events import EventKind
from ogniwo.domain.session import SessionState
from ogniwo.domain.station import Status
from tests.domain.says16 import TAG, Station16
from tests.domain.world import NOON, World


def test_a_session_from_plug_to_plug_is_one_record_with_its_energy_times_and_reason() -> None:
    world = World()
    world.token(TAG, group="family")
    station = Station16(world)
    station.boot()
    station.status_is("Available")
    assert station.call("Authorize", {"idTag": TAG}) == {
        "idTagInfo": {"status": "Accepted", "parentIdTag": "family"}
    }
    station.status_is("Preparing")
    assert station.status() is Status.PREPARING

    world.wait(10)
    answer = station.start(15_320)
    number = answer["transactionId"]
    assert answer["idTagInfo"]["status"] == "Accepted"
    station.status_is("Charging")
    assert (station.status(), station.session.state) == (Status.CHARGING, SessionState.CHARGING)

    for minute in range(1, 10):
        world.wait(600)
        station.reads(number, 15_320 + minute * 1_800, power(10_800))
    assert (station.session.energy_wh, station.session.power_w) == (16_200, 10_800)
    station.status_is("SuspendedEV")
    assert (station.status(), station.session.state) == (
        Status.SUSPENDED_EV,
        SessionState.SUSPENDED,
    )

    world.wait(600)
    assert station.stop(number, 31_870, idTag=TAG.lower(), reason="Local") == {
        "idTagInfo": {"status": "Accepted", "parentIdTag": "family"}
    }
    station.status_is("Finishing")
    assert station.status() is Status.FINISHING
    station.status_is("Available")
    assert station.status() is Status.AVAILABLE

    session = station.session
    assert session.state is SessionState.CLOSED
    assert session.energy_wh == 16_550
    assert (session.meter_start_wh, session.meter_stop_wh) == (15_320, 31_870)
    assert session.started_at == NOON + 10_000_000
    assert session.ended_at == NOON + 6_010_000_000
    assert (session.stop_reason, session.group, session.flags) == ("Local", "family", frozenset())
    assert session.transaction_id == str(number)
    assert session.samples == 9
    told = [event.kind for event in station.events() if event.session_id == session.id]
    assert told == [
        EventKind.SESSION_STARTED,
        EventKind.SESSION_CHANGED,
        EventKind.SESSION_CHANGED,
        EventKind.SESSION_ENDED,
        EventKind.SESSION_CLOSED,
    ]


def test_a_stop_without_a_reason_was_made_at_the_station() -> None:
    station = Station16(World())
    station.stop(station.start()["transactionId"], 10_500)
    assert station.session.stop_reason == "Local"


def test_charging_reported_before_the_start_counts_for_it() -> None:
    station = Station16(World())
    station.status_is("Charging")
    station.start()
    assert station.session.state is SessionState.CHARGING


def test_a_fault_during_a_session_shows_and_goes_and_the_session_stays() -> None:
    station = Station16(World())
    station.start()
    station.status_is("Charging")
    station.status_is("Faulted", errorCode="GroundFailure", vendorErrorCode="E7")
    assert station.status() is Status.FAULTED
    assert (station.connector().error_code, station.connector().vendor_error_code) == (
        "GroundFailure",
        "E7",
    )
    station.status_is("Charging")
    assert (station.status(), station.connector().error_code) == (Status.CHARGING, None)
    assert station.session.running


def test_a_status_that_says_nothing_new_writes_nothing() -> None:
    station = Station16(World())
    station.status_is("Available")
    station.status_is("Available")
    assert station.latest == ()


def test_connector_0_is_the_station_itself() -> None:
    station = Station16(World())
    station.status_is("Faulted", connector=0, errorCode="InternalError")
    assert station.state.station.status is Status.FAULTED
    assert station.state.station.error_code == "InternalError"
    assert station.state.connectors == {}


def test_sessions_of_one_plug_in_share_their_stay_and_a_new_plug_in_does_not() -> None:
    world = World()
    station = Station16(world)
    for statuses in (("Charging", "Finishing"), ("Charging", "Finishing", "Available"), ()):
        world.wait(60)
        number = station.start()["transactionId"]
        for status in statuses[:1]:
            station.status_is(status)
        world.wait(600)
        station.stop(number, 10_500)
        for status in statuses[1:]:
            station.status_is(status)
    first, second, third = station.sessions
    assert first.stay_id == second.stay_id == first.id
    assert third.stay_id == third.id


def test_a_stop_that_comes_after_the_cable_is_out_does_not_join_the_next_visit() -> None:
    world = World()
    station = Station16(world)
    number = station.start()["transactionId"]
    station.status_is("Charging")
    station.status_is("Available")
    station.stop(number, 10_500)
    world.wait(600)
    station.start(10_500)
    first, second = station.sessions
    assert first.stay_id != second.stay_id


def test_six_connectors_of_one_station_and_those_of_another_charge_at_once() -> None:
    world = World()
    world.token(TAG, concurrent=True)
    stations = [Station16(world), Station16(world)]
    numbers = {}
    for place, station in enumerate(stations):
        for connector in range(1, 7):
            start_wh = 1_000 * connector + place
            numbers[place, connector] = station.start(start_wh, connector=connector)[
                "transactionId"
            ]
            station.status_is("Charging", connector)
    assert len(set(numbers.values())) == 12
    for step in range(1, 4):
        world.wait(600)
        for (place, connector), number in numbers.items():
            wh = 1_000 * connector + place + step * 100 * connector
            stations[place].reads(number, wh, connectorId=connector)
    world.wait(600)
    for (place, connector), number in reversed(numbers.items()):
        stations[place].stop(number, 1_000 * connector + place + 500 * connector)
    for station in stations:
        assert [it.energy_wh for it in station.sessions] == [500 * n for n in range(1, 7)]
        assert {it.state for it in station.sessions} == {SessionState.CLOSED}
        assert {it.flags for it in station.sessions} == {frozenset()}


def power(watts: int) -> dict[str, object]:
    return {"value": str(watts), "measurand": "Power.Active.Import", "unit": "W"}
