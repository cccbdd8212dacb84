"""The bus when its server, its connection or another node goes away, and when it comes back."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ogniwo.app.bus import (
    Answered,
    Asked,
    Bus,
    BusAwayError,
    Done,
    EventsWritten,
    NodeFailedError,
    NodeGoneError,
    StationTaken,
    WaitAsked,
)
from ogniwo.base.clock import SystemClock
from ogniwo.base.errors import OgniwoError
from ogniwo.base.tasks import Tasks
from ogniwo.bus import client, link
from ogniwo.bus.nats_bus import NatsBus
from tests.bus.buses import Cluster, until
from tests.bus.pretender import pretending
from tests.bus.sayings import a_batch, a_removal, an_order, echo
from tests.house.tree import ROOT
from tests.services.nats import NatsServer, running_nats

BACK_WITHIN_S = 15.0


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    """One that the test may stop and start."""
    with running_nats(tmp_path) as server:
        yield server


async def test_without_a_server_questions_fail_at_once_and_since_when_is_told(
    nats: NatsServer,
) -> None:
    began_ms = SystemClock().now_ms()
    async with Cluster(url=nats.url).asker_and_answerer() as (asker, answerer):
        await answerer.serve(echo)
        nats.kill()
        await until(lambda: asker.away_since_ms is not None)

        async with asyncio.timeout(1):
            for _ in range(100):
                with pytest.raises(BusAwayError):
                    await asker.ask(7, an_order(), timeout_s=50)
                asker.tell(EventsWritten())
        assert asker.away_since_ms is not None
        assert began_ms <= asker.away_since_ms <= SystemClock().now_ms()


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_questions_and_subscriptions_are_back_with_the_server(
    nats: NatsServer, how: str
) -> None:
    heard: list[StationTaken] = []
    async with Cluster(url=nats.url).asker_and_answerer() as (asker, answerer):
        await answerer.serve(echo)
        await asker.listen(StationTaken, heard.append)
        for round_number in range(2):
            getattr(nats, how)()
            await until(lambda: asker.away_since_ms is not None)
            answerer.tell(StationTaken(identity="lost", epoch=0, owner=7))
            nats.start()
            await both_back(asker, answerer)

            assert await asker.ask(7, a_removal(), timeout_s=5) == Done()
            answerer.tell(StationTaken(identity="CS-1", epoch=round_number, owner=7))
            await until(lambda: len(heard) > round_number)  # noqa: B023 - called before the next
            # What was told while there was no server never arrives.
            assert [it.epoch for it in heard] == list(range(round_number + 1))
            assert heard[-1].identity == "CS-1"


async def test_a_node_starts_without_a_server_and_finds_it_later(
    nats: NatsServer, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[EventsWritten] = []
    nats.stop()
    async with Cluster(url=nats.url).asker_and_answerer() as (asker, answerer):
        await answerer.serve(echo)
        await asker.listen(EventsWritten, heard.append)
        with pytest.raises(BusAwayError):
            await asker.ask(7, a_removal(), timeout_s=50)
        nats.start()
        await both_back(asker, answerer)

        assert await asker.ask(7, a_removal(), timeout_s=5) == Done()
        answerer.tell(EventsWritten())
        await until(lambda: bool(heard))
    told = logged(capsys)
    assert [line.count("bus_away") for line in told if "bus_away" in line] == [1, 1]  # each node
    assert len([line for line in told if "bus_back" in line]) == 2


async def test_an_episode_without_a_server_is_two_lines_in_the_log(
    nats: NatsServer, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Cluster(url=nats.url).node(1) as bus:
        nats.stop()
        await until(lambda: bus.away_since_ms is not None)
        await asyncio.sleep(1.5)  # several attempts
        nats.start()
        await until(lambda: bus.away_since_ms is None, within_s=BACK_WITHIN_S)
    told = [line for line in logged(capsys) if "bus_" in line]

    assert [word for line in told for word in line.split() if word.startswith("bus_")] == [
        "bus_connected",
        "bus_away",
        "bus_back",
    ]
    assert f"127.0.0.1:{nats.port}" in told[1]


async def test_without_a_server_a_node_still_answers_and_hears_itself(nats: NatsServer) -> None:
    heard: list[EventsWritten] = []
    nats.stop()
    async with Cluster(url=nats.url).node(7) as bus:
        await bus.serve(echo)
        await bus.listen(EventsWritten, heard.append)
        bus.tell(EventsWritten())

        assert await bus.ask(7, a_removal(), timeout_s=5) == Done()
        await until(lambda: bool(heard))
        assert bus.away_since_ms is not None


async def test_who_waits_for_an_answer_when_the_server_goes_is_told_at_once(
    nats: NatsServer, short_grace: None
) -> None:
    """The question may have been done: that is not the error for what was not."""
    started = asyncio.Event()

    async def handle(asked: Asked) -> Answered:
        started.set()
        await asyncio.Event().wait()
        return Done()

    async with Cluster(url=nats.url).asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            asking = group.create_task(failure(asker, an_order()))
            await started.wait()
            nats.kill()
        assert isinstance(asking.result(), NodeFailedError)
        assert "lost before node 7 had answered" in str(asking.result())


async def test_a_bus_closes_soon_while_there_is_no_server(nats: NatsServer) -> None:
    nats.stop()
    async with asyncio.timeout(10), Cluster(url=nats.url).node(7) as bus:
        await bus.serve(echo)


async def test_a_server_that_greets_and_then_says_nothing_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(link, "SETTLE_S_MAX", 0.2)

    async with (
        pretending(pings_answered=1) as server,
        Cluster(url=f"nats://{server.address}").node(7) as bus,
    ):
        assert bus.away_since_ms is not None
        with pytest.raises(BusAwayError):
            await bus.ask(1, an_order(), timeout_s=50)
    assert len([line for line in logged(capsys) if "bus_away" in line]) == 1


async def test_a_question_that_nobody_waits_for_any_more_is_not_sent(nats: NatsServer) -> None:
    asked: list[Asked] = []

    async def handle(it: Asked) -> Answered:
        asked.append(it)
        return Done()

    async with Cluster(url=nats.url).asker_and_answerer() as (asker, answerer):
        await answerer.serve(handle)
        nats.freeze()
        batch = a_batch(stations=400)
        for _ in range(link.NOTICES_MAX):
            asker.tell(batch)  # megabytes: what follows them waits
        await asyncio.sleep(0.2)
        with pytest.raises(NodeFailedError):
            await asker.ask(7, an_order(), timeout_s=0.1)
        nats.thaw()
        assert await asker.ask(7, a_removal(), timeout_s=10) == Done()
    assert asked == [a_removal()]


async def test_a_bus_closes_soon_while_the_server_says_nothing(nats: NatsServer) -> None:
    async with Cluster(url=nats.url).node(7) as bus:
        await bus.serve(echo)
        nats.freeze()
        batch = a_batch(stations=400)
        for _ in range(link.NOTICES_MAX):
            bus.tell(batch)  # megabytes that nobody takes
        await asyncio.sleep(0.1)
        async with asyncio.timeout(10):
            await bus.close()


async def test_a_bus_whose_tasks_were_stopped_before_it_closes_all_the_same(
    nats: NatsServer,
) -> None:
    tasks = Tasks()
    bus = await NatsBus.connect(nats.url, node=7, spawn=tasks, clock=SystemClock())
    await bus.serve(echo)
    await tasks.stop()
    async with asyncio.timeout(5):
        await bus.close()
    with pytest.raises(BusAwayError):
        await bus.ask(1, an_order(), timeout_s=50)


async def test_what_was_being_sent_when_the_server_died_holds_nothing_up(
    nats: NatsServer,
) -> None:
    async with Cluster(url=nats.url).asker_and_answerer() as (asker, answerer):
        await answerer.serve(echo)
        for _ in range(20):
            answerer.tell(a_batch(events=2_000))
        nats.kill()
        answerer.tell(a_batch(events=2_000))
        await until(lambda: answerer.away_since_ms is not None)
        nats.start()
        await both_back(asker, answerer)

        assert await asker.ask(7, a_removal(), timeout_s=5) == Done()


async def test_a_server_that_says_nothing_more_is_given_up_and_telling_it_never_waits(
    nats: NatsServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(client, "PING_S", 0.5)
    async with Cluster(url=nats.url).asker_and_answerer() as (asker, answerer):
        await answerer.serve(echo)
        nats.freeze()
        batch = a_batch(stations=400)
        for _ in range(2 * link.NOTICES_MAX):
            answerer.tell(batch)  # megabytes: more than the socket takes
        await until(lambda: answerer.away_since_ms is not None)
        await until(lambda: asker.away_since_ms is not None)
        with pytest.raises(BusAwayError):
            await asker.ask(7, an_order(), timeout_s=50)
        nats.thaw()
        await both_back(asker, answerer)

        assert await asker.ask(7, a_removal(), timeout_s=5) == Done()
    assert len([line for line in logged(capsys) if "bus_notice_dropped" in line]) == 1


async def test_a_node_takes_the_server_that_is_left(nats: NatsServer, tmp_path: Path) -> None:
    with running_nats(tmp_path) as other:
        cluster = Cluster(url=f"{nats.url},{other.url}")
        other.stop()
        async with cluster.asker_and_answerer() as (asker, answerer):
            await answerer.serve(echo)
            assert await asker.ask(7, a_removal(), timeout_s=5) == Done()
            other.start()
            nats.stop()
            await until(lambda: asker.away_since_ms is not None)
            await both_back(asker, answerer)

            assert await asker.ask(7, a_removal(), timeout_s=5) == Done()


async def test_a_node_that_is_killed_is_gone(nats: NatsServer) -> None:
    cluster = Cluster(url=nats.url)
    async with cluster.node(1) as bus, node_process(cluster, 5) as process:
        assert await bus.ask(5, a_removal(), timeout_s=5) == Done()
        async with asyncio.timeout(15), asyncio.TaskGroup() as group:
            wait = WaitAsked(command_id=1, timeout_s=50)
            waiting = group.create_task(failure(bus, wait, node=5, timeout_s=1))
            await said(process, b"waiting\n")
            process.kill()
            await process.wait()
            error = None
            while not isinstance(error, NodeGoneError):  # the server may take a moment to see it
                error = await failure(bus, a_removal(), node=5, timeout_s=0.2)
            assert "node 5" in str(error)
        assert isinstance(waiting.result(), NodeFailedError)


# -- used above -------------------------------------------------------------------------------


async def both_back(*buses: Bus) -> None:
    await until(lambda: all(it.away_since_ms is None for it in buses), within_s=BACK_WITHIN_S)


async def failure(
    bus: Bus, asked: Asked, *, node: int = 7, timeout_s: float = 500
) -> Exception | None:
    try:
        await bus.ask(node, asked, timeout_s=timeout_s)
    except OgniwoError as error:
        return error
    return None


def logged(capsys: pytest.CaptureFixture[str]) -> list[str]:
    told = capsys.readouterr()
    return (told.out + told.err).splitlines()


@asynccontextmanager
async def node_process(cluster: Cluster, number: int) -> AsyncIterator[asyncio.subprocess.Process]:
    assert cluster.url is not None
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bus.node",
        cluster.url,
        cluster.prefix,
        str(number),
        cwd=ROOT,
        stdout=PIPE,
    )
    try:
        await said(process, b"serving\n")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def said(process: asyncio.subprocess.Process, line: bytes) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(20):
        assert await process.stdout.readline() == line
