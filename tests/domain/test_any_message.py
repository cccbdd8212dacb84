"""Messages without rhyme or reason: all answered, nothing raised, nothing billed below nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ogniwo.domain.session import SessionState
from tests.domain.says2x import CARD, VERSIONS_2X, Station2x
from tests.domain.says16 import Station16
from tests.domain.world import StationUnderTest, World

bounded = settings(max_examples=150)

REGISTERS = (-1, 0, 1, 999, 1_000, 5_000, 2**31 - 1, 2**40)


def check_books(station: StationUnderTest) -> None:
    for session in station.sessions:
        assert (session.energy_wh or 0) >= 0
        assert session.ended_at is None or session.ended_at >= session.started_at
        closed = session.state is SessionState.CLOSED
        assert (session.closed_at is not None) is closed
        assert not closed or session.energy_wh is not None
        assert session.running is (session.ended_at is None)
    running = [it for it in station.state.open.values() if it.running]
    assert len({it.transaction_id for it in running}) == len(running)


@bounded
@given(st.data())
def test_no_sequence_of_1_6_messages_raises_or_spoils_the_books(data: st.DataObject) -> None:
    world = World()
    station = Station16(world)
    numbers = st.sampled_from([-1, 0, 1, 2, 3, None, 2**31])
    registers = st.sampled_from(REGISTERS)
    times = st.sampled_from(["1970-01-01T00:00:00Z", "", world.at(0), world.at(-600), world.at(60)])
    for _ in range(data.draw(st.integers(1, 12))):
        world.wait(data.draw(st.sampled_from([0, 1, 600, 90_000])))
        connector = data.draw(st.integers(0, 2))
        at = data.draw(times)
        match data.draw(st.integers(0, 4)):
            case 0:
                wh = data.draw(registers)
                station.start(wh, connector=connector, timestamp=at)
            case 1:
                station.stop(data.draw(numbers), data.draw(registers), timestamp=at)
            case 2:
                values = [station.meter_value(data.draw(registers), at=at) for _ in range(2)]
                number = data.draw(numbers)
                told = {"connectorId": connector, "transactionId": number, "meterValue": values}
                station.call("MeterValues", told)
            case 3:
                words = ["Available", "Charging", "Finishing", "Faulted", "SuspendedEV"]
                station.status_is(data.draw(st.sampled_from(words)), connector or 1)
            case _:
                station.restart_server()
        check_books(station)


@bounded
@given(st.data())
def test_no_sequence_of_2x_messages_raises_or_spoils_the_books(data: st.DataObject) -> None:
    world = World()
    world.token("04A1B2C3")
    station = Station2x(world, data.draw(st.sampled_from(VERSIONS_2X)))
    times = st.sampled_from([None, "1970-01-01T00:00:00Z", world.at(-600), world.at(60)])
    states = st.sampled_from([None, "Idle", "EVConnected", "Charging", "SuspendedEV"])
    contexts = st.sampled_from([None, "Transaction.Begin", "Transaction.End", "Sample.Clock"])
    for _ in range(data.draw(st.integers(1, 12))):
        world.wait(data.draw(st.sampled_from([0, 1, 600, 90_000])))
        evse = data.draw(st.integers(1, 2))
        if data.draw(st.integers(0, 4)) == 0:
            words = ["Available", "Occupied", "Faulted", "Reserved"]
            station.status_is(data.draw(st.sampled_from(words)), evse)
            continue
        if data.draw(st.integers(0, 9)) == 0:
            station.restart_server()
        told = data.draw(states)
        payload = station.event_payload(
            data.draw(st.sampled_from(["Started", "Updated", "Ended"])),
            data.draw(st.integers(0, 4)),
            data.draw(st.sampled_from([None, *REGISTERS])),
            transaction=data.draw(st.sampled_from(["A", "B", "C"])),
            at=data.draw(times),
            context=data.draw(contexts),
            info={} if told is None else {"chargingState": told},
        )
        if data.draw(st.booleans()):
            payload["evse"] = {"id": evse}
        if data.draw(st.booleans()):
            payload["idToken"] = CARD
        answer = station.call("TransactionEvent", payload)
        assert ("idTokenInfo" in answer) is ("idToken" in payload)
        check_books(station)
