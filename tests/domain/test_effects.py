"""An accepted order is carried out when that is seen, and by nothing else."""

from ogniwo.domain.access import IdToken
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.effects import already_so, has_visible_effect
from ogniwo.domain.orders import (
    AnyOrder,
    ChangeAvailability,
    RawCall,
    RemoteStart,
    RemoteStop,
    Reset,
    Trigger,
    TriggerMessage,
    Unlock,
    request_number,
)
from tests.domain.says2x import CARD, Station2x
from tests.domain.says16 import TAG, Station16
from tests.domain.world import World

APPLIED, ACCEPTED = CommandState.APPLIED, CommandState.ACCEPTED


def sent(order: AnyOrder, *, at: int) -> Command:
    return Command(
        id=1,
        station_id=1,
        order=order,
        state=CommandState.SENT,
        author="a test",
        created_at=at,
        deadline_at=at + 1,
        sent_at=at,
    )


def test_a_remote_start_is_seen_by_its_tag_on_its_connector_after_it_was_sent() -> None:
    world = World()
    world.token(TAG, concurrent=True)
    station = Station16(world)
    before = station.start(connector=1)["transactionId"]
    world.wait(1)
    order = station.order(RemoteStart(token=IdToken(TAG.lower()), evse=2))
    station.status_is("Charging", 1)
    station.reads(before, 10_100)
    station.start(connector=1, idTag="OTHER", timestamp=world.at(1))
    station.start(connector=3)
    station.start(connector=2, idTag="OTHER")
    assert station.order_state(order) is ACCEPTED
    station.start(connector=2, timestamp=world.at(2))
    assert station.order_state(order) is APPLIED


def test_a_session_that_ran_already_is_not_what_was_ordered() -> None:
    world = World()
    station = Station16(world)
    station.start()
    world.wait(1)
    order = station.order(RemoteStart(token=IdToken(TAG), evse=1))
    station.status_is("Charging")
    assert station.order_state(order) is ACCEPTED


def test_a_remote_start_without_an_evse_is_seen_on_any() -> None:
    world = World()
    station = Station16(world)
    order = station.order(RemoteStart(token=IdToken(TAG)))
    station.start(connector=2)
    assert station.order_state(order) is APPLIED


def test_a_2x_remote_start_is_seen_by_its_number_and_only_by_that() -> None:
    world = World()
    station = Station2x(world)
    orders = [station.order(RemoteStart(token=IdToken("04A1B2C3"), evse=n)) for n in (1, 2)]
    numbers = [request_number(it.id) for it in orders]
    assert numbers[0] != numbers[1]
    info = {"remoteStartId": numbers[1]}
    station.event("Started", 0, transaction="T2", evse={"id": 1}, idToken=CARD, info=info)
    assert [station.order_state(it) for it in orders] == [ACCEPTED, APPLIED]
    info = {"remoteStartId": numbers[0]}
    station.event("Started", 0, transaction="T1", evse={"id": 2}, info={"chargingState": "Idle"})
    assert station.order_state(orders[0]) is ACCEPTED
    station.event("Updated", 1, transaction="T1", info=info)
    assert station.order_state(orders[0]) is APPLIED


def test_a_remote_stop_is_seen_when_its_own_session_ends() -> None:
    world = World()
    station = Station16(world)
    mine = station.start(connector=1)["transactionId"]
    other = station.start(connector=2)["transactionId"]
    order = station.order(RemoteStop(transaction_id=str(mine)))
    station.stop(other, 10_500)
    station.status_is("Finishing")
    assert station.order_state(order) is ACCEPTED
    station.stop(mine, 10_500, reason="Remote")
    assert station.order_state(order) is APPLIED


def test_a_stop_that_happened_before_its_answer_is_known() -> None:
    station = Station16(World())
    number = station.start()["transactionId"]
    order = RemoteStop(transaction_id=str(number))
    assert not already_so(station.state, sent(order, at=0))
    assert not already_so(station.state, sent(RemoteStop(transaction_id="unheard-of"), at=0))
    station.stop(number, 10_500)
    assert already_so(station.state, sent(order, at=0))


def test_a_start_or_a_reset_that_happened_before_its_answer_is_known() -> None:
    world = World()
    station = Station16(world)
    station.boot()
    station.start(connector=1)
    world.wait(1)
    sent_at = world.now
    start = RemoteStart(token=IdToken(TAG), evse=2)
    assert not already_so(station.state, sent(start, at=sent_at))
    assert not already_so(station.state, sent(Reset(), at=sent_at))
    station.start(connector=2)
    station.boot()
    assert already_so(station.state, sent(start, at=sent_at))
    assert already_so(station.state, sent(Reset(), at=sent_at))


def test_a_reset_is_seen_by_the_boot() -> None:
    station = Station16(World())
    order = station.order(Reset())
    station.status_is("Available")
    assert station.order_state(order) is ACCEPTED
    station.boot()
    assert station.order_state(order) is APPLIED
    assert not has_visible_effect(Reset(evse=1))


def test_each_trigger_is_seen_by_the_message_it_asked_for() -> None:
    station = Station16(World())
    asked = {
        message: station.order(Trigger(message=message))
        for message in (
            TriggerMessage.HEARTBEAT,
            TriggerMessage.STATUS_NOTIFICATION,
            TriggerMessage.METER_VALUES,
            TriggerMessage.BOOT_NOTIFICATION,
        )
    }

    def carried_out() -> list[TriggerMessage]:
        return [it for it, order in asked.items() if station.order_state(order) is APPLIED]

    told = list(asked)
    station.call("Heartbeat", {})
    assert carried_out() == told[:1]
    station.status_is("Available")
    assert carried_out() == told[:2]
    station.reads(None, 5)
    assert carried_out() == told[:3]
    station.boot()
    assert carried_out() == told


def test_availability_is_seen_when_every_connector_it_means_shows_it() -> None:
    station = Station16(World())
    for connector in (1, 2):
        station.status_is("Available", connector)
    one = station.order(ChangeAvailability(operative=False, evse=1))
    whole = station.order(ChangeAvailability(operative=False))
    station.status_is("Unavailable", 1)
    assert [station.order_state(it) for it in (one, whole)] == [APPLIED, ACCEPTED]
    station.status_is("Unavailable", 2)
    assert station.order_state(whole) is APPLIED
    back = station.order(ChangeAvailability(operative=True, evse=2))
    station.status_is("Available", 1)
    assert station.order_state(back) is ACCEPTED
    station.status_is("Available", 2)
    assert station.order_state(back) is APPLIED
    assert already_so(station.state, sent(ChangeAvailability(operative=True), at=0))
    assert not already_so(station.state, sent(ChangeAvailability(operative=True, evse=9), at=0))


def test_what_cannot_be_seen_ends_with_the_answer() -> None:
    for order in (Unlock(evse=1), RawCall(action="X", payload=b"{}")):
        assert not has_visible_effect(order)
        assert not already_so(Station16(World()).state, sent(order, at=0))
