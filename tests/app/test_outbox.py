import pytest

from ogniwo.app.outbox import Outbox, QueueFullError
from ogniwo.base.limits import CALLS_QUEUED_MAX
from ogniwo.domain.access import IdToken
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.orders import (
    AnyOrder,
    RemoteStart,
    RemoteStop,
    Reset,
    Trigger,
    TriggerMessage,
    Unlock,
)


def command(number: int, order: AnyOrder) -> Command:
    return Command(
        id=number,
        station_id=1,
        order=order,
        state=CommandState.QUEUED,
        author="test",
        created_at=0,
        deadline_at=1,
    )


def test_stopping_a_car_comes_first_then_starting_and_unlocking_then_the_rest_in_order() -> None:
    outbox = Outbox("S")
    orders: list[AnyOrder] = [
        Reset(),
        Trigger(message=TriggerMessage.HEARTBEAT),
        RemoteStart(token=IdToken("A")),
        Unlock(evse=1),
        RemoteStop(transaction_id="1"),
        Reset(),
        RemoteStop(transaction_id="2"),
    ]
    for number, order in enumerate(orders, 1):
        outbox.put(command(number, order))
    taken = [outbox.take() for _ in orders]
    assert [it.id for it in taken if it] == [5, 7, 3, 4, 1, 2, 6]
    assert outbox.take() is None
    assert len(outbox) == 0


def test_an_order_may_be_taken_back_and_the_rest_keeps_its_order() -> None:
    outbox = Outbox("S")
    for number in range(1, 8):
        outbox.put(command(number, Reset()))
    removed = [outbox.remove(number) for number in (1, 4, 7, 4, 99)]
    assert [it and it.id for it in removed] == [1, 4, 7, None, None]
    left = [outbox.take() for _ in range(len(outbox))]
    assert [it.id for it in left if it] == [2, 3, 5, 6]


def test_a_full_queue_refuses_with_advice() -> None:
    outbox = Outbox("garage-7")
    for number in range(CALLS_QUEUED_MAX):
        with outbox.place():
            pass
        outbox.put(command(number, Reset()))
    with pytest.raises(QueueFullError, match="garage-7") as refused, outbox.place():
        pass
    assert refused.value.code == "queue_full"
    outbox.take()
    with outbox.place():
        pass
