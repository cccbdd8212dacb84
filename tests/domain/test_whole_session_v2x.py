import pytest

from ogniwo.domain.session import Flag, Session, SessionState
from ogniwo.domain.station import Status
from tests.domain.says2x import CARD, VERSIONS_2X, Station2x
from tests.domain.world import NOON, World

both = pytest.mark.parametrize("version", VERSIONS_2X)
ways = pytest.mark.parametrize(
    ("version", "by_event"), [("ocpp2.0.1", False), ("ocpp2.1", False), ("ocpp2.1", True)]
)


@ways
def test_a_session_from_plug_to_plug_is_one_record_with_its_energy_times_and_reason(
    version: str, *, by_event: bool
) -> None:
    world = World()
    world.token("04A1B2C3", group="family")
    station = Station2x(world, version)
    reports = station.availability_is if by_event else station.status_is
    station.boot()
    seen = []

    def look() -> None:
        seen.append(station.status())

    reports("Available")
    look()
    world.wait(10)
    reports("Occupied")
    look()
    evse = {"id": 1, "connectorId": 1}
    state = "chargingState"
    assert station.event("Started", 0, info={state: "EVConnected"}, evse=evse) == {}
    look()
    accepted = {
        "status": "Accepted",
        "groupIdToken": {"idToken": "family", "type": "Central"},
    }
    assert station.call("Authorize", {"idToken": CARD}) == {"idTokenInfo": accepted}
    world.wait(5)
    assert station.event("Updated", 1, idToken=CARD) == {"idTokenInfo": accepted}
    station.event("Updated", 2, 15_320, info={state: "Charging"}, context="Transaction.Begin")
    look()
    for minute in range(1, 10):
        world.wait(600)
        assert station.event("Updated", 2 + minute, 15_320 + minute * 1_800) == {}
    assert station.session.energy_wh == 16_200
    station.event("Updated", 12, info={state: "SuspendedEV"})
    look()
    station.event("Updated", 13, info={state: "SuspendedEVSE"})
    look()
    station.event(
        "Updated", 14, info={state: "EVConnected"}, triggerReason="StopAuthorized", idToken=CARD
    )
    look()
    world.wait(600)
    ended = {"stoppedReason": "EVDisconnected"}
    station.event("Ended", 15, 31_870, info=ended, context="Transaction.End")
    look()
    reports("Available")
    look()

    assert seen == FROM_PLUG_TO_PLUG
    _is_the_record_of(station.session)


FROM_PLUG_TO_PLUG = [
    Status.AVAILABLE,
    Status.PREPARING,
    Status.PREPARING,
    Status.CHARGING,
    Status.SUSPENDED_EV,
    Status.SUSPENDED_EVSE,
    Status.FINISHING,
    Status.FINISHING,
    Status.AVAILABLE,
]


def _is_the_record_of(session: Session) -> None:
    assert (session.state, session.energy_wh) == (SessionState.CLOSED, 16_550)
    assert (session.meter_start_wh, session.meter_stop_wh) == (15_320, 31_870)
    assert (session.started_at, session.ended_at) == (NOON + 10_000_000, NOON + 6_015_000_000)
    assert (session.stop_reason, session.group) == ("EVDisconnected", "family")
    assert (session.evse, session.connector, session.seq) == (1, 1, ((0, 15),))
    assert session.flags == frozenset()


@both
def test_after_the_cable_is_out_the_next_one_in_is_preparing_not_finishing(version: str) -> None:
    """The end of a transaction often comes after the connector is free again."""
    world = World()
    station = Station2x(world, version)
    evse = {"id": 1, "connectorId": 1}
    station.status_is("Occupied")
    station.event("Started", 0, 0, evse=evse, info={"chargingState": "Charging"})
    station.status_is("Available")
    station.event("Ended", 1, 500)
    world.wait(60)
    station.status_is("Occupied")
    assert station.status() is Status.PREPARING
    station.event("Started", 0, 500, transaction="T2", evse=evse)
    first, second = station.sessions
    assert first.stay_id != second.stay_id


def test_two_transactions_of_one_plug_in_share_their_stay() -> None:
    station = Station2x(World())
    evse = {"id": 1, "connectorId": 1}
    station.status_is("Occupied")
    for number in range(2):
        station.event("Started", 0, 0, transaction=f"T{number}", evse=evse)
        station.event("Ended", 1, 500, transaction=f"T{number}")
        assert station.status() is Status.FINISHING
        station.world.wait(60)
    first, second = station.sessions
    assert first.stay_id == second.stay_id


def test_an_authorised_driver_without_a_cable_makes_the_connector_prepare() -> None:
    station = Station2x(World())
    station.status_is("Available")
    evse = {"id": 1, "connectorId": 1}
    station.event("Started", 0, evse=evse, info={"chargingState": "Idle"}, idToken=CARD)
    assert station.status() is Status.PREPARING
    station.event("Ended", 1, info={"stoppedReason": "Timeout"})
    assert station.status() is Status.AVAILABLE


def test_a_transaction_without_an_evse_occupies_none_until_it_names_one() -> None:
    station = Station2x(World())
    for evse in (1, 2):
        station.status_is("Occupied", evse)
    station.event("Started", 0, info={"chargingState": "Charging"})
    assert (station.status(1), station.status(2)) == (Status.PREPARING, Status.PREPARING)
    station.event("Updated", 1, evse={"id": 2})
    assert (station.status(1), station.status(2)) == (Status.PREPARING, Status.CHARGING)
    assert (station.session.evse, station.session.connector) == (2, None)


def test_a_transaction_that_names_its_evse_late_ends_what_was_never_stopped_there() -> None:
    world = World()
    station = Station2x(world)
    station.event("Started", 0, 1_000, transaction="LOST", evse={"id": 1})
    world.wait(600)
    station.event("Updated", 1, 2_000, transaction="LOST")
    world.wait(3_600)
    station.event("Started", 0, transaction="NEW")
    assert [it.running for it in station.sessions] == [True, True]
    station.event("Updated", 1, transaction="NEW", evse={"id": 1})
    lost, new = station.sessions
    assert (lost.state, lost.energy_wh) == (SessionState.WAITING_FOR_DATA, 1_000)
    assert lost.ended_at == NOON + 600_000_000
    assert Flag.ABANDONED in lost.flags
    assert new.running


def test_late_word_of_an_old_transaction_does_not_repaint_an_evse_where_a_new_one_runs() -> None:
    world = World()
    station = Station2x(world)
    evse = {"id": 1, "connectorId": 1}
    station.status_is("Occupied")
    station.event("Started", 0, 1_000, transaction="OLD", evse=evse)
    station.event("Ended", 2, 1_500, transaction="OLD")
    world.wait(60)
    station.event("Started", 0, 1_500, transaction="NEW", evse=evse)
    station.event("Updated", 1, transaction="NEW", info={"chargingState": "Charging"})
    assert station.status() is Status.CHARGING
    station.event("Updated", 1, transaction="OLD", at=world.at(-60), triggerReason="StopAuthorized")
    assert station.sessions[0].state is SessionState.CLOSED
    assert station.status() is Status.CHARGING
    assert not station.connector().ended_here


@both
def test_six_evses_charge_at_once(version: str) -> None:
    world = World()
    station = Station2x(world, version)
    numbers = range(1, 7)
    charging = {"chargingState": "Charging"}
    for n in numbers:
        station.status_is("Occupied", n)
        station.event("Started", 0, n * 1_000, transaction=f"T{n}", evse={"id": n}, info=charging)
    for step in (1, 2, 3):
        world.wait(600)
        for n in numbers:
            station.event("Updated", step, n * 1_000 + n * step * 100, transaction=f"T{n}")
    assert {station.status(n) for n in numbers} == {Status.CHARGING}
    world.wait(600)
    for n in reversed(numbers):
        station.event("Ended", 4, n * 1_500, transaction=f"T{n}")
        assert sum(it.running for it in station.sessions) == n - 1
    assert [it.energy_wh for it in station.sessions] == [n * 500 for n in numbers]
    assert {it.state for it in station.sessions} == {SessionState.CLOSED}


@pytest.mark.parametrize("told", ["Occupied", "Available", "Faulted", "Unavailable"])
def test_a_status_of_evse_0_is_the_stations_own(told: str) -> None:
    station = Station2x(World())
    station.status_is(told, 0, 0)
    assert station.state.connectors == {}
    assert station.state.station.status is not Status.UNKNOWN


def test_readings_outside_transactions_go_to_what_runs_there_or_to_the_station() -> None:
    world = World()
    station = Station2x(world)
    station.event("Started", 0, 1_000, evse={"id": 1})
    world.wait(60)
    for evse in (0, 1, 2):
        value = station.meter_value(1_500, context="Sample.Clock")
        for _ in range(2):
            station.call("MeterValues", {"evseId": evse, "meterValue": [value]})
    of_session = [it.session_id == station.session.id for it in station.samples()]
    assert of_session == [True, False, True, False]
    assert station.session.energy_wh == 500
