"""Whatever the network does to the order of reports, the books end the same."""

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from ogniwo.domain.session import Session, SessionState
from tests.domain.says2x import CARD, Station2x
from tests.domain.says16 import Station16
from tests.domain.world import Answer, World

bounded = settings(max_examples=150)

STATES = ("EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE", "Idle")


class Transaction(NamedTuple):
    """A generated 2.x transaction: its events in the order in which they happened."""

    events: list[Answer]
    start_wh: int
    energy_wh: int
    lasts_s: int


@st.composite
def transactions(draw: st.DrawFn) -> Transaction:
    world = World()
    station = Station2x(world)
    wh = start_wh = draw(st.integers(0, 10_000_000))
    first = draw(st.integers(0, 3))
    count = draw(st.integers(0, 7))
    events: list[Answer] = []
    for place in range(count + 2):
        kind = ("Started", "Updated", "Ended")[(place > 0) + (place == count + 1)]
        context = {"Started": "Transaction.Begin", "Ended": "Transaction.End"}.get(kind)
        meter = wh if kind != "Updated" or draw(st.booleans()) else None
        more: dict[str, object] = {"evse": {"id": 1, "connectorId": 1}} if place == 0 else {}
        if place == min(1, count):
            more["idToken"] = CARD
        info = {"chargingState": draw(st.sampled_from(STATES))} if kind == "Updated" else {}
        payload = station.event_payload(kind, first + place, meter, context=context, info=info)
        events.append(payload | more)
        step_s = draw(st.sampled_from([1, 60, 900]))
        world.wait(step_s)
        wh += draw(st.integers(0, step_s * 6))
    energy_wh = int(events[-1]["meterValue"][0]["sampledValue"][0]["value"]) - start_wh
    return Transaction(events, start_wh, energy_wh, (world.now - World().now) // 1_000_000)


def played(events: list[Answer], lasts_s: int) -> Session:
    world = World()
    world.token("04A1B2C3")
    world.wait(lasts_s)
    station = Station2x(world)
    station.status_is("Occupied")
    for place, payload in enumerate(events):
        world.wait(1)
        station.call("TransactionEvent", payload)
        if place % 5 == 4:
            station.restart_server()
    return station.session


def book(session: Session) -> tuple[object, ...]:
    """What a bill and a record are made of."""
    return (
        session.state,
        session.energy_wh,
        session.started_at,
        session.ended_at,
        session.meter_start_wh,
        session.meter_stop_wh,
        session.token,
        session.verdict,
        session.evse,
        session.connector,
        session.seq,
        session.flags,
    )


@bounded
@given(transactions(), st.data())
def test_any_order_and_any_repeats_of_2x_events_lead_to_the_same_books(
    transaction: Transaction, data: st.DataObject
) -> None:
    events = transaction.events
    in_order = played(events, transaction.lasts_s)
    assert in_order.state is SessionState.CLOSED
    assert in_order.energy_wh == transaction.energy_wh
    assert in_order.flags == frozenset()
    repeats = data.draw(st.lists(st.sampled_from(events), max_size=6))
    shuffled = data.draw(st.permutations([*events, *repeats]))
    assert book(played(shuffled, transaction.lasts_s)) == book(in_order)


@bounded
@given(transactions(), st.data())
def test_lost_events_never_make_a_bill_higher_and_nothing_raises(
    transaction: Transaction, data: st.DataObject
) -> None:
    kept = data.draw(st.lists(st.sampled_from(transaction.events), min_size=1, unique_by=id))
    session = played(kept, transaction.lasts_s)
    assert session.energy_wh is None or 0 <= session.energy_wh <= transaction.energy_wh
    complete = len(kept) == len(transaction.events)
    assert (session.state is SessionState.CLOSED) is complete


@bounded
@given(
    start_wh=st.integers(0, 2**31 - 1),
    steps=st.lists(st.integers(0, 3_000), max_size=8),
    data=st.data(),
)
def test_repeats_of_1_6_messages_never_change_the_books(
    start_wh: int, steps: list[int], data: st.DataObject
) -> None:
    def played_16(times: list[int]) -> tuple[object, ...]:
        world = World()
        station = Station16(world)
        wh, began_at = start_wh, world.at(0)
        number = 0
        for _ in range(times[0]):
            number = station.start(start_wh, timestamp=began_at)["transactionId"]
        values = []
        for step, repeats in zip(steps, times[2:], strict=True):
            world.wait(600)
            wh += step
            values.append(station.meter_value(wh))
            told = {"connectorId": 1, "transactionId": number, "meterValue": values[-1:]}
            for _ in range(repeats):
                station.call("MeterValues", told)
            if repeats == 3:
                station.restart_server()
        at = world.at(0)
        for _ in range(times[1]):
            station.stop(number, wh, timestamp=at, transactionData=values)
        for _ in range(times[0] - 1):
            station.start(start_wh, timestamp=began_at)
        return (*book(station.session), station.session.samples, len(station.samples()))

    once = played_16([1] * (len(steps) + 2))
    often = st.lists(st.integers(1, 3), min_size=len(steps) + 2, max_size=len(steps) + 2)
    assert played_16(data.draw(often)) == once
    assert once[:2] == (SessionState.CLOSED, sum(steps))
