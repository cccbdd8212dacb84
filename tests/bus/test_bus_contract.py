"""What every bus does for those who ask, answer, tell and listen."""

import asyncio
import gc
from collections.abc import Awaitable

import pytest

from ogniwo.app.bus import (
    Answered,
    Asked,
    Bus,
    BusAwayError,
    CommandTold,
    Done,
    EventsWritten,
    NodeFailedError,
    NodeGoneError,
    ReferenceChanged,
    StationChangeAsked,
    StationTaken,
    WaitAsked,
)
from ogniwo.app.live import LiveBatch
from ogniwo.app.outbox import QueueFullError
from ogniwo.app.requests import StationChanges
from ogniwo.base.errors import MissingError, OgniwoError, RefusedError, UsageError, invariant
from ogniwo.domain.orders import Reset, ResetKind
from tests.bus.buses import Cluster, until
from tests.bus.sayings import a_batch, a_command, a_raw_order, a_removal, an_order, echo

BARE_MINIMUM_S = 0.05


@pytest.mark.parametrize(
    "asked",
    [
        an_order(),
        an_order(order=Reset(kind=ResetKind.ON_IDLE, evse=3)),
        a_raw_order(b'{"vendorId":"\xc5\xbc","data":"\x00"}'),
        WaitAsked(command_id=2**62, timeout_s=1.5),
        StationChangeAsked(
            identity="CS/ż",
            changes=StationChanges(name=None, blocked=True, max_power_w=22_000),
            author="ania",
        ),
        a_removal(),
    ],
    ids=lambda it: type(it).__name__,
)
async def test_a_question_arrives_as_it_was_asked(cluster: Cluster, asked: Asked) -> None:
    heard = []

    async def handle(asked: Asked) -> Answered:
        heard.append(asked)
        return Done()

    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)

        assert await asker.ask(7, asked, timeout_s=5) == Done()
        assert heard == [asked]


async def test_an_answer_arrives_as_it_was_given(cluster: Cluster) -> None:
    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(echo)

        answer = await asker.ask(7, an_order("CS-12"), timeout_s=5)

        assert answer == CommandTold(command=a_command(12))


@pytest.mark.parametrize(
    "error",
    [
        RefusedError("not_possible", "the station has no EVSE 9"),
        MissingError("station", "CS-1"),
        UsageError("give an EVSE"),
    ],
    ids=lambda it: type(it).__name__,
)
async def test_what_the_other_node_refuses_is_raised_here_word_for_word(
    cluster: Cluster, error: OgniwoError
) -> None:
    async def handle(asked: Asked) -> Answered:
        raise error

    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        with pytest.raises(type(error)) as raised:
            await asker.ask(7, an_order(), timeout_s=5)

    assert str(raised.value) == str(error)
    assert vars(raised.value) == vars(error)


async def test_a_rule_of_its_own_kind_is_still_a_refusal_with_its_code(cluster: Cluster) -> None:
    error = QueueFullError.__new__(QueueFullError)
    RefusedError.__init__(error, "queue_full", "32 orders wait")

    async def handle(asked: Asked) -> Answered:
        raise error

    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        with pytest.raises(RefusedError, match="32 orders wait") as raised:
            await asker.ask(7, an_order(), timeout_s=5)

    assert raised.value.code == "queue_full"


@pytest.mark.parametrize("kind", ["error", "invariant"])
async def test_a_bug_over_there_is_one_sentence_here_and_a_line_in_its_log(
    cluster: Cluster, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def handle(asked: Asked) -> Answered:
        invariant(kind == "error", "secret thing", secret="4711")
        raise ZeroDivisionError("secret 4711")

    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        with pytest.raises(NodeFailedError) as raised:
            await asker.ask(7, an_order(), timeout_s=5)

    told = capsys.readouterr()
    assert "4711" not in str(raised.value)
    assert "node 7" in str(raised.value)
    assert raised.value.__cause__ is None
    assert "bus_question_failed" in told.out + told.err
    assert "4711" in told.out + told.err


async def test_any_other_error_of_ours_is_told_in_its_words(cluster: Cluster) -> None:
    async def handle(asked: Asked) -> Answered:
        raise OgniwoError("the database is away")

    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        with pytest.raises(NodeFailedError, match="node 7: the database is away"):
            await asker.ask(7, an_order(), timeout_s=5)


async def test_an_unknown_node_is_gone_at_once(cluster: Cluster) -> None:
    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(echo)
        async with asyncio.timeout(5):
            with pytest.raises(NodeGoneError, match="node 8"):
                await asker.ask(8, an_order(), timeout_s=50)


async def test_a_node_that_does_not_serve_yet_is_gone(cluster: Cluster) -> None:
    async with cluster.asker_and_answerer() as (asker, _):
        async with asyncio.timeout(5):
            with pytest.raises(NodeGoneError, match="node 7"):
                await asker.ask(7, an_order(), timeout_s=50)


async def test_an_answer_that_takes_too_long_is_a_failure_of_that_node(cluster: Cluster) -> None:
    never = asyncio.Event()

    async def handle(asked: Asked) -> Answered:
        await never.wait()
        return Done()

    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        with pytest.raises(NodeFailedError, match=r"node 7 did not answer within 0\.05 s"):
            await asker.ask(7, an_order(), timeout_s=BARE_MINIMUM_S)
        never.set()


async def test_many_questions_at_a_time_each_get_their_own_answer(cluster: Cluster) -> None:
    all_there = asyncio.Barrier(500)

    async def handle(asked: Asked) -> Answered:
        await all_there.wait()  # nobody is answered before everybody was heard
        return await echo(asked)

    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        answers = await asyncio.gather(
            *(asker.ask(7, an_order(f"CS-{number}"), timeout_s=20) for number in range(500))
        )

    assert answers == [CommandTold(command=a_command(number)) for number in range(500)]


async def test_a_notice_reaches_every_listener_the_teller_too(cluster: Cluster) -> None:
    heard: list[tuple[str, object]] = []
    notice = StationTaken(identity="CS-1", epoch=4, owner=7)

    async with cluster.asker_and_answerer() as (one, other):
        await one.listen(StationTaken, lambda it: heard.append(("one", it)))
        await one.listen(StationTaken, lambda it: heard.append(("one again", it)))
        await other.listen(StationTaken, lambda it: heard.append(("other", it)))
        other.tell(notice)
        assert heard == []  # not before the teller is done with what it does
        await until(lambda: len(heard) >= 3)

    assert sorted(heard, key=lambda it: it[0]) == [
        ("one", notice),
        ("one again", notice),
        ("other", notice),
    ]


async def test_a_live_batch_arrives_as_it_was_told(cluster: Cluster) -> None:
    heard: list[LiveBatch] = []
    batch = a_batch(events=2, sessions=2, stations=2)

    async with cluster.asker_and_answerer() as (one, other):
        await one.listen(LiveBatch, heard.append)
        other.tell(batch)
        await until(lambda: bool(heard))

    assert heard == [batch]


async def test_notices_of_one_node_arrive_in_order(cluster: Cluster) -> None:
    heard: list[int] = []

    async with cluster.asker_and_answerer() as (one, other):
        await one.listen(StationTaken, lambda it: heard.append(it.epoch))
        for epoch in range(2_000):
            other.tell(StationTaken(identity="CS-1", epoch=epoch, owner=7))
            if epoch % 100 == 99:
                await until(lambda: len(heard) > epoch - 100)  # noqa: B023 - called before the next
        await until(lambda: len(heard) == 2_000)

    assert heard == list(range(2_000))


async def test_a_listener_hears_its_kind_only(cluster: Cluster) -> None:
    heard: list[object] = []

    async with cluster.asker_and_answerer() as (one, other):
        await one.listen(ReferenceChanged, heard.append)
        other.tell(EventsWritten())
        other.tell(a_batch(events=1))
        other.tell(ReferenceChanged())
        await until(lambda: bool(heard))

    assert heard == [ReferenceChanged()]


async def test_a_listener_that_fails_does_not_deafen_the_others(cluster: Cluster) -> None:
    heard: list[object] = []

    def fail(notice: EventsWritten) -> None:
        raise ZeroDivisionError

    async with cluster.asker_and_answerer() as (one, other):
        await one.listen(EventsWritten, fail)
        await one.listen(EventsWritten, heard.append)
        other.tell(EventsWritten())
        await until(lambda: len(heard) == 1)
        other.tell(EventsWritten())
        await until(lambda: len(heard) == 2)


async def test_a_bus_in_order_is_not_away(cluster: Cluster) -> None:
    async with cluster.asker_and_answerer() as (one, other):
        assert one.away_since_ms is None
        assert other.away_since_ms is None


async def test_nobody_waits_for_a_node_that_closes_while_questions_run(
    cluster: Cluster, short_grace: None
) -> None:
    started = asyncio.Event()

    async def handle(asked: Asked) -> Answered:
        started.set()
        await asyncio.Event().wait()
        return Done()

    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        async with asyncio.timeout(20):
            async with asyncio.TaskGroup() as group:
                asking = group.create_task(failure(asker.ask(7, an_order(), timeout_s=500)))
                await started.wait()
                await answerer.close()
            assert isinstance(asking.result(), NodeFailedError)
            assert "ending" in str(asking.result())


async def test_an_asker_that_closes_waits_no_longer(cluster: Cluster, short_grace: None) -> None:
    started = asyncio.Event()

    async def handle(asked: Asked) -> Answered:
        started.set()
        await asyncio.Event().wait()
        return Done()

    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        async with asyncio.timeout(10):
            async with asyncio.TaskGroup() as group:
                asking = group.create_task(failure(asker.ask(7, an_order(), timeout_s=500)))
                await started.wait()
                await asker.close()
            assert isinstance(asking.result(), NodeFailedError)


async def test_a_question_under_way_is_answered_before_its_node_ends(over_nats: Cluster) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def handle(asked: Asked) -> Answered:
        started.set()
        await go_on.wait()
        return Done()

    async with over_nats.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(asker.ask(7, an_order(), timeout_s=50))
            await started.wait()
            closing = group.create_task(answerer.close())
            await until_gone(asker)
            go_on.set()
            await closing
        assert asking.result() == Done()


async def test_a_closed_bus_asks_and_tells_nothing_and_says_so(cluster: Cluster) -> None:
    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(echo)
        await asker.close()
        asker.tell(EventsWritten())
        with pytest.raises(BusAwayError, match="ending"):
            await asker.ask(7, an_order(), timeout_s=5)
        await asker.close()  # a second time changes nothing


async def test_an_asker_that_gives_up_leaves_nothing_behind(cluster: Cluster) -> None:
    started = asyncio.Event()

    async def handle(asked: Asked) -> Answered:
        started.set()
        await asyncio.sleep(BARE_MINIMUM_S)
        return Done()

    async with cluster.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(asker.ask(7, an_order(), timeout_s=50))
            await started.wait()
            asking.cancel()
        assert await asker.ask(7, an_order(), timeout_s=5) == Done()
    gc.collect()  # an error that nobody fetched would be told now


async def failure(asking: Awaitable[Answered]) -> Exception | None:
    try:
        await asking
    except OgniwoError as error:
        return error
    return None


async def until_gone(asker: Bus) -> None:
    while True:
        try:
            await asker.ask(7, an_order(), timeout_s=BARE_MINIMUM_S)
        except NodeGoneError:
            return
        except NodeFailedError:
            continue
