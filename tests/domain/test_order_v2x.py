"""2.x events that come twice, late, out of order, numbered oddly or not at all."""

import pytest

from ogniwo.domain import sequence
from ogniwo.domain.session import Flag, SessionState, closed_anyway
from tests.domain.says2x import CARD, VERSIONS_2X, Station2x, interval
from tests.domain.world import NOON, World

both = pytest.mark.parametrize("version", VERSIONS_2X)


def started_station(version: str = "ocpp2.0.1") -> Station2x:
    station = Station2x(World(), version)
    station.event("Started", 0, 1_000, evse={"id": 1}, info={"chargingState": "Charging"})
    return station


@both
def test_an_event_sent_again_is_answered_alike_and_changes_nothing(version: str) -> None:
    world = World()
    world.token("04A1B2C3")
    station = Station2x(world, version)
    payload = station.event_payload("Started", 0, 1_000, evse={"id": 1}, idToken=CARD)
    first = station.call("TransactionEvent", payload, message_id="m")
    for message_id in ("m", "n"):
        world.wait(60)
        assert station.call("TransactionEvent", payload, message_id=message_id) == first
        assert station.latest == ()
    assert first["idTokenInfo"]["status"] == "Accepted"


def test_events_sent_again_after_the_end_and_a_restart_of_the_server_change_nothing() -> None:
    station = started_station()
    payloads = [station.event_payload("Started", 0, 1_000, evse={"id": 1})]
    station.world.wait(60)
    payloads.append(station.event_payload("Updated", 1, 1_400))
    payloads.append(station.event_payload("Ended", 2, 1_500))
    for payload in payloads[1:]:
        station.call("TransactionEvent", payload)
    before = station.session
    station.restart_server()
    station.world.wait(60)
    for payload in payloads:
        station.call("TransactionEvent", payload)
    assert station.session == before


def test_a_gap_is_waited_for_and_what_fills_it_closes_the_session() -> None:
    station = started_station()
    world = station.world
    world.wait(600)
    late = station.event_payload("Updated", 1, 1_200)
    station.event("Updated", 2, 1_400)
    station.event("Ended", 3, 1_500)
    assert station.session.state is SessionState.WAITING_FOR_DATA
    assert (station.session.energy_wh, station.session.seq) == (500, ((0, 0), (2, 3)))
    world.wait(60)
    station.call("TransactionEvent", late)
    assert (station.session.state, station.session.energy_wh) == (SessionState.CLOSED, 500)
    assert station.session.closed_at == world.now


@pytest.mark.parametrize("first", [1, 57, 2_147_483_000])
def test_numbers_need_not_begin_with_0(first: int) -> None:
    world = World()
    station = Station2x(world)
    station.event("Started", first, 1_000, evse={"id": 1})
    world.wait(60)
    station.event("Updated", first + 1, 1_400)
    station.event("Ended", first + 2, 1_500)
    assert (station.session.state, station.flags) == (SessionState.CLOSED, frozenset())


def test_numbers_that_all_leave_gaps_are_kept_short_and_still_missed() -> None:
    """A counter that two EVSEs share: every second number is the other's."""
    world = World()
    station = Station2x(world)
    station.event("Started", 0, 1_000, evse={"id": 1})
    for number in range(1, 500):
        world.wait(10)
        station.event("Updated", 2 * number, 1_000 + number)
    assert len(station.session.seq) == sequence.RANGES_MAX
    station.event("Ended", 1_000, 1_500)
    assert station.session.state is SessionState.WAITING_FOR_DATA
    assert station.session.energy_wh == 500


def test_a_negative_number_is_survived_even_on_disk() -> None:
    station = Station2x(World())
    for number in (-3, -2, 5):
        station.event("Updated", number, 1_000)
    ranges = station.session.seq
    assert ranges == ((-3, -2), (5, 5))
    assert sequence.from_text(sequence.to_text(ranges)) == ranges


def test_numbers_that_begin_anew_after_a_reboot_belong_to_the_same_session() -> None:
    station = started_station()
    world = station.world
    for number in (1, 2, 3):
        world.wait(60)
        station.event("Updated", number, 1_000 + number * 100)
    for number in (0, 1):
        world.wait(60)
        station.event("Updated", number, 1_400 + number * 100)
    world.wait(60)
    ended = station.event_payload("Ended", 2, 1_600)
    station.call("TransactionEvent", ended)
    assert station.session.energy_wh == 600
    assert station.session.state is SessionState.CLOSED
    assert station.flags == {Flag.SEQUENCE_RESTARTED}
    world.wait(60)
    station.call("TransactionEvent", ended)
    assert station.latest == ()


def test_an_end_whose_number_was_used_is_not_taken_for_a_repeat_even_without_a_clock() -> None:
    station = started_station()
    dead = "1970-01-01T00:00:00Z"
    station.world.wait(60)
    station.event("Updated", 1, 1_400)
    station.world.wait(60)
    ended = station.event_payload("Ended", 1, 1_500, at=dead)
    station.call("TransactionEvent", ended)
    assert (station.session.energy_wh, station.session.running) == (500, False)
    station.world.wait(60)
    station.call("TransactionEvent", ended)
    assert station.latest == ()


def test_a_repeat_without_a_clock_is_not_counted_twice() -> None:
    station = Station2x(World())
    station.event("Started", 0, evse={"id": 1})
    payload = station.event_payload("Updated", 1, at="1970-01-01T00:00:00Z")
    payload["meterValue"] = [station.meter_value(interval(700))]
    for _ in range(3):
        station.world.wait(60)
        station.call("TransactionEvent", payload)
    assert station.session.energy_wh == 700


def test_events_before_the_start_are_kept_and_the_start_completes_them() -> None:
    world = World()
    station = Station2x(world)
    start = station.event_payload(
        "Started", 0, 1_000, context="Transaction.Begin", evse={"id": 1}, idToken=CARD
    )
    world.wait(600)
    station.event("Updated", 2, 1_400, info={"chargingState": "Charging"})
    assert station.session.started_at == world.now
    assert station.flags == {Flag.START_MISSING}
    station.event("Updated", 1, 1_200, at=world.at(-300), info={"chargingState": "EVConnected"})
    assert station.session.charging_state == "charging"  # the newest event tells the present
    assert station.session.started_at == NOON + 300_000_000
    world.wait(60)
    station.event("Ended", 3, 1_500)
    assert station.session.state is SessionState.WAITING_FOR_DATA
    station.call("TransactionEvent", start)
    session = station.session
    assert (session.started_at, session.evse) == (NOON, 1)
    assert session.token is not None
    assert (session.energy_wh, session.state) == (500, SessionState.CLOSED)
    assert session.flags == {Flag.TOKEN_NOT_ACCEPTED}


def test_an_end_alone_is_kept_with_its_energy_unknown() -> None:
    station = Station2x(World())
    station.event("Ended", 9, 1_500, evse={"id": 1})
    assert station.session.energy_wh is None
    assert station.session.state is SessionState.WAITING_FOR_DATA
    assert {Flag.START_MISSING, Flag.ENERGY_UNKNOWN} <= station.flags


def test_of_two_events_of_one_second_the_higher_number_tells_the_present() -> None:
    station = started_station()
    states = {1: "SuspendedEV", 2: "Charging", 3: "SuspendedEVSE"}
    for number in (1, 3, 2):
        station.event("Updated", number, info={"chargingState": states[number]})
    assert station.session.charging_state == "suspended_evse"


def test_events_after_the_end_never_revive_the_session_nor_change_its_bill() -> None:
    station = started_station()
    world = station.world
    world.wait(600)
    station.event("Ended", 1, 1_500)
    for number, kind in enumerate(("Updated", "Ended"), 2):
        world.wait(60)
        station.event(
            kind,
            number,
            9_000 * number,
            context="Transaction.End",
            info={"chargingState": "Charging", "remoteStartId": 7},
        )
    session = station.session
    assert (session.state, session.energy_wh) == (SessionState.CLOSED, 500)
    assert (session.ended_at, session.meter_stop_wh) == (NOON + 600_000_000, 1_500)
    assert (session.samples, Flag.LATE_DATA in session.flags) == (4, True)


def test_a_start_that_comes_after_the_session_was_given_up_changes_no_bill() -> None:
    world = World()
    station = Station2x(world)
    start = station.event_payload("Started", 0, 0, context="Transaction.Begin", evse={"id": 1})
    world.wait(60)
    station.event("Updated", 1, 1_000)
    world.wait(60)
    station.event("Ended", 2, 1_500)
    station.commit((closed_anyway(station.session, now=world.now),))
    before = station.session
    station.call("TransactionEvent", start)
    after = station.session
    assert (before.energy_wh, before.state) == (500, SessionState.CLOSED)
    assert (after.energy_wh, after.started_at, after.meter_start_wh) == (
        500,
        before.started_at,
        None,
    )
    assert after.flags == before.flags | {Flag.LATE_DATA}


def test_an_id_that_a_restarted_station_uses_anew_is_a_new_session() -> None:
    world = World()
    station = Station2x(world)
    for visit in range(2):
        station.event("Started", 0, visit * 1_000, transaction="1", evse={"id": 1})
        world.wait(60)
        station.event("Ended", 1, visit * 1_000 + 700, transaction="1")
        world.wait(3_600)
    assert [it.energy_wh for it in station.sessions] == [700, 700]
    assert {it.state for it in station.sessions} == {SessionState.CLOSED}


def test_two_starts_that_differ_leave_the_first_standing() -> None:
    station = started_station()
    station.world.wait(60)
    station.event("Started", 1, 2_000)
    assert station.session.started_at == NOON
    assert Flag.REPEAT_DIFFERS in station.flags


def test_an_empty_transaction_id_opens_one_session_not_many() -> None:
    station = Station2x(World())
    for number in range(3):
        station.event("Updated", number, transaction="")
    assert len(station.sessions) == 1


def test_a_queue_delivered_after_a_day_offline_is_booked_at_its_own_times() -> None:
    world = World()
    station = Station2x(world)
    world.wait(24 * 3_600)
    for number, kind in enumerate(("Started", "Updated", "Ended")):
        station.event(
            kind, number, 1_000 + number * 500, at=to_time(number), offline=True, evse={"id": 1}
        )
    session = station.session
    assert (session.started_at, session.ended_at) == (NOON, NOON + 7_200_000_000)
    assert (session.energy_wh, session.state) == (1_000, SessionState.CLOSED)


def to_time(hours: int) -> str:
    return f"2026-05-17T{12 + hours}:00:00Z"
