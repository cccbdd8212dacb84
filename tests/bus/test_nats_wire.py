"""What the bus makes of strangers, other versions, other clusters, and of too much."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from ogniwo.app.bus import (
    Answered,
    Asked,
    CommandTold,
    Done,
    EventsWritten,
    NodeFailedError,
    NodeGoneError,
    OrderAsked,
    StationTaken,
    WaitAsked,
)
from ogniwo.app.live import LiveBatch
from ogniwo.base.errors import RefusedError
from ogniwo.bus import link
from ogniwo.bus.envelope import VERSION, open_answer, seal
from ogniwo.bus.questions import QUESTIONS_MAX
from tests.bus.buses import Cluster, until
from tests.bus.sayings import a_batch, a_command, a_raw_order, a_removal, an_order, echo
from tests.bus.wiretap import wiretap
from tests.services.nats import running_nats

SMALL_BYTES = 16_384
GARBAGE = (
    b"",
    b"\x00",
    b"{}",
    b"\xff" * 100,
    bytes((VERSION,)),
    bytes((VERSION,)) + b"\xc1",
    bytes((VERSION,)) + b"\x91" * 100_000,
    bytes((VERSION,)) + msgspec.msgpack.encode({"type": "order", "identity": 7}),
    bytes((VERSION,)) + msgspec.msgpack.encode({"type": "order"}) + b"\x00",
)


async def test_clusters_with_different_prefixes_do_not_hear_each_other(over_nats: Cluster) -> None:
    heard: list[object] = []
    stranger = Cluster(url=over_nats.url)
    async with over_nats.asker_and_answerer() as (asker, answerer), stranger.node(1) as outsider:
        await answerer.serve(echo)
        await asker.listen(EventsWritten, heard.append)
        with pytest.raises(NodeGoneError):
            await outsider.ask(7, a_removal(), timeout_s=5)
        outsider.tell(EventsWritten())
        answerer.tell(EventsWritten())
        await until(lambda: bool(heard))
        assert await asker.ask(7, a_removal(), timeout_s=5) == Done()

        assert len(heard) == 1


@pytest.mark.parametrize("payload", GARBAGE, ids=range(len(GARBAGE)))
async def test_a_question_that_cannot_be_read_is_refused_in_words(
    over_nats: Cluster, payload: bytes
) -> None:
    async with (
        over_nats.asker_and_answerer() as (asker, answerer),
        wiretap(over_nats) as stranger,
    ):
        await answerer.serve(echo)
        told = msgspec.msgpack.decode((await stranger.ask(7, payload))[1:])

        assert (told["type"], told["code"]) == ("refused", "not_understood")
        assert "node 7" in told["text"]
        assert await asker.ask(7, a_removal(), timeout_s=5) == Done()


async def test_garbage_among_the_notices_ends_nothing_and_is_logged_once(
    over_nats: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[object] = []
    async with (
        over_nats.asker_and_answerer() as (asker, answerer),
        wiretap(over_nats) as stranger,
    ):
        await asker.listen(StationTaken, heard.append)
        await asker.listen(LiveBatch, heard.append)
        for payload in GARBAGE:
            await stranger.say("notice.taken", payload)
            await stranger.say("notice.live", payload)
            await stranger.say("notice.nonsense", payload)
        await stranger.settled()
        notice = StationTaken(identity="CS-1", epoch=1, owner=7)
        answerer.tell(notice)
        await until(lambda: notice in heard)

        # An object without a known field is a batch in which nothing happened.
        assert [it for it in heard if it != LiveBatch()] == [notice]
    told = capsys.readouterr()
    assert (told.out + told.err).count("bus_notice_unreadable") == 1


@pytest.mark.parametrize("payload", GARBAGE, ids=range(len(GARBAGE)))
async def test_an_answer_that_cannot_be_read_is_an_error_of_ours(
    over_nats: Cluster, payload: bytes
) -> None:
    async with over_nats.node(1) as bus, wiretap(over_nats) as stranger:
        await stranger.answer_for(9, payload)
        with pytest.raises((NodeFailedError, RefusedError), match="node 9"):
            await bus.ask(9, a_removal(), timeout_s=5)


async def test_an_older_node_refuses_a_newer_question_in_words(over_nats: Cluster) -> None:
    newer = bytes((VERSION + 1,)) + seal(a_removal())[1:]
    async with over_nats.node(7) as bus, wiretap(over_nats) as stranger:
        await bus.serve(echo)
        answer = open_answer(await stranger.ask(7, newer))

    assert f"version {VERSION + 1}" in repr(answer)
    assert "same version of Ogniwo" in repr(answer)


async def test_an_answer_of_another_version_means_that_nothing_was_done(
    over_nats: Cluster,
) -> None:
    async with over_nats.node(1) as bus, wiretap(over_nats) as stranger:
        await stranger.answer_for(9, bytes((VERSION + 1,)) + b"whatever comes then")
        with pytest.raises(RefusedError, match="same version of Ogniwo") as raised:
            await bus.ask(9, a_removal(), timeout_s=5)

    assert raised.value.code == "bus_versions"


async def test_a_field_that_only_newer_nodes_know_is_passed_over(over_nats: Cluster) -> None:
    content = msgspec.to_builtins(a_removal()) | {"reason": "a word of tomorrow"}
    async with over_nats.node(7) as bus, wiretap(over_nats) as stranger:
        await bus.serve(echo)
        answer = await stranger.ask(7, bytes((VERSION,)) + msgspec.msgpack.encode(content))

    assert open_answer(answer) == Done()


async def test_a_question_without_a_return_address_ends_nothing(over_nats: Cluster) -> None:
    asked: list[Asked] = []

    async def handle(it: Asked) -> Answered:
        asked.append(it)
        return Done()

    async with over_nats.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        async with wiretap(over_nats) as stranger:
            await stranger.say("node.7.order", seal(an_order()))
            await stranger.settled()
        assert await asker.ask(7, a_removal(), timeout_s=5) == Done()
    assert asked == [an_order(), a_removal()]


async def test_a_live_batch_beyond_what_the_server_takes_arrives_in_parts(tmp_path: Path) -> None:
    heard: list[LiveBatch] = []
    batch = a_batch(events=700, sessions=900, stations=1_100)
    with running_nats(tmp_path, f"max_payload: {SMALL_BYTES}") as nats:
        cluster = Cluster(url=nats.url)
        async with (
            cluster.asker_and_answerer() as (asker, answerer),
            wiretap(cluster) as stranger,
        ):
            parts = await stranger.hear("notice.live")
            await asker.listen(LiveBatch, heard.append)
            answerer.tell(batch)
            await until(lambda: sum(len(it.stations) for it in heard) == 1_100)

    assert [it for one in heard for it in one.events] == batch.events
    assert [it for one in heard for it in one.sessions] == batch.sessions
    assert [it for one in heard for it in one.stations] == batch.stations
    assert max(len(it) for it in parts) <= SMALL_BYTES


async def test_what_is_too_large_for_the_server_is_refused_with_what_to_do(tmp_path: Path) -> None:
    async def handle(asked: Asked) -> Answered:
        if isinstance(asked, OrderAsked):
            answer = b"x" * 2 * SMALL_BYTES
            return CommandTold(command=msgspec.structs.replace(a_command(), answer=answer))
        return Done()

    with running_nats(tmp_path, f"max_payload: {SMALL_BYTES}") as nats:
        async with Cluster(url=nats.url).asker_and_answerer() as (asker, answerer):
            await answerer.serve(handle)
            with pytest.raises(RefusedError, match=r"the question has .* raise max_payload"):
                await asker.ask(7, a_raw_order(b"x" * 2 * SMALL_BYTES), timeout_s=5)
            with pytest.raises(NodeFailedError, match=r"node 7: its answer has .* max_payload"):
                await asker.ask(7, an_order(), timeout_s=5)
            assert await asker.ask(7, a_removal(), timeout_s=5) == Done()


async def test_a_single_item_that_is_too_large_is_dropped_and_the_rest_arrives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[LiveBatch] = []
    batch = a_batch(events=2)
    batch.events[1].data["reason"] = "x" * 2 * SMALL_BYTES
    with running_nats(tmp_path, f"max_payload: {SMALL_BYTES}") as nats:
        async with Cluster(url=nats.url).asker_and_answerer() as (asker, answerer):
            await asker.listen(LiveBatch, heard.append)
            answerer.tell(batch)
            answerer.tell(a_batch(sessions=1))
            await until(lambda: len(heard) == 2)

    assert heard == [a_batch(events=1), a_batch(sessions=1)]
    assert "bus_notice_dropped" in "".join(capsys.readouterr())


async def test_a_node_with_too_much_to_do_says_so_at_once_and_waiting_is_apart(
    over_nats: Cluster,
) -> None:
    go_on = asyncio.Event()
    asked: list[Asked] = []

    async def handle(it: Asked) -> Answered:
        asked.append(it)
        if not isinstance(it, WaitAsked):
            await go_on.wait()
        return Done()

    async with over_nats.asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        async with asyncio.TaskGroup() as group:
            held = [
                group.create_task(asker.ask(7, an_order(), timeout_s=50))
                for _ in range(QUESTIONS_MAX)
            ]
            await until(lambda: len(asked) == QUESTIONS_MAX)
            async with asyncio.timeout(5):
                with pytest.raises(RefusedError, match="nothing was done") as raised:
                    await asker.ask(7, an_order(), timeout_s=50)
                wait = WaitAsked(command_id=1, timeout_s=1)
                assert await asker.ask(7, wait, timeout_s=5) == Done()
            go_on.set()
        assert raised.value.code == "node_busy"
        assert {it.result() for it in held} == {Done()}
        assert await asker.ask(7, an_order(), timeout_s=5) == Done()


async def test_a_node_that_hears_too_slowly_loses_notices_and_is_told_once(
    over_nats: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(link, "HEARD_MAX", 1)
    heard: list[object] = []
    async with over_nats.asker_and_answerer() as (asker, answerer):
        await answerer.serve(echo)
        await asker.listen(EventsWritten, heard.append)
        for _ in range(200):
            answerer.tell(EventsWritten())
        await until(lambda: bool(heard))
        assert await asker.ask(7, a_removal(), timeout_s=5) == Done()
    assert "".join(capsys.readouterr()).count("bus_too_slow") == 1
    assert len(heard) < 200
