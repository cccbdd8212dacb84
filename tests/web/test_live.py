"""The live stream: nothing durable is missed, what moves is told calmly, and it ends in time."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from ogniwo.app.live import EvseLive, LiveBatch, SessionLive, StationLive
from ogniwo.web import live
from ogniwo.web.coalesce import Coalescer
from ogniwo.web.frames import Following
from ogniwo.web.live import FRAMES_WAITING_MAX, LiveHub
from tests.web.world import Network, Room, an_event, open_room

EVENTS = "/api/v1/events"


def a_move(number: int = 700, **values: object) -> SessionLive:
    return SessionLive(id=str(number), station_id="CP-1", state="charging", **values)  # type: ignore[arg-type] # the tests tell


async def told(response: httpx.Response) -> AsyncIterator[tuple[str, str | None, object]]:
    """(kind, id, data) of each server-sent event."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "data" in fields:
            yield fields["event"], fields.get("id"), json.loads(fields["data"])
            fields = {}
        else:
            fields = {}


async def take(
    room: Room, count: int, *, last_id: str | None = None, resync: bool = False, **query: str
) -> list[tuple[str, str | None, object]]:
    headers = {"last-event-id": last_id} if last_id else {}
    found = []
    async with (
        room.program() as client,
        client.stream("GET", EVENTS, headers=headers, params=query) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        async for one in told(response):
            if one[0] == "resync" and not resync:
                continue
            found.append(one)
            if len(found) == count:
                break
    return found


async def test_an_event_arrives_with_its_id_and_its_words() -> None:
    async with open_room() as room, asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(take(room, 1, lang="pl"))
        await room.followed()
        room.network.happens(an_event(7, "station_disconnected"))

        ((kind, event_id, data),) = await taking

        assert (kind, event_id) == ("event", "7")
        assert isinstance(data, dict)
        assert data["words"] == "utracono połączenie"
        assert data["station_id"] == "CP-1"


async def test_who_comes_back_with_an_id_misses_nothing_and_gets_nothing_twice() -> None:
    async with open_room() as room, asyncio.TaskGroup() as tasks:
        for number in range(1, 1_203):
            room.network.all_events.append(an_event(number))
        taking = tasks.create_task(take(room, 1_205, last_id="2"))
        await room.followed()
        room.network.happens(*(an_event(number) for number in range(1_203, 1_208)))

        ids = [event_id for _, event_id, _ in await taking]

        assert ids == [str(number) for number in range(3, 1_208)]


async def test_what_was_heard_from_a_node_that_is_ahead_of_ours_is_not_told_again() -> None:
    async with open_room() as room, asyncio.TaskGroup() as tasks:
        while not room.network.followers:  # noqa: ASYNC110 - a feed tells nobody that it was asked
            await asyncio.sleep(0.01)
        room.network.all_events = [an_event(number) for number in (1, 2, 3)]
        taking = tasks.create_task(take(room, 1, last_id="3"))
        await room.followed()
        for number in (1, 2, 3, 4):
            event = an_event(number)
            room.network.batches.put_nowait(LiveBatch(events=[event]))

        assert [event_id for _, event_id, _ in await taking] == ["4"]


async def test_the_place_to_go_on_may_be_in_the_address_too() -> None:
    async with open_room() as room:
        room.network.all_events = [an_event(1), an_event(2)]

        assert [event_id for _, event_id, _ in await take(room, 1, after="1")] == ["2"]


async def test_a_place_that_is_none_is_told_apart() -> None:
    async with open_room() as room, room.program() as client:
        answer = await client.get(EVENTS, headers={"last-event-id": "yesterday"})

        assert answer.status_code == 400


async def test_what_moves_is_told_in_one_list_each() -> None:
    async with open_room() as room, asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(take(room, 2))
        await room.followed()
        station = StationLive(id="CP-1", connected=True, evses=[EvseLive(id=1, status="charging")])
        room.network.batches.put_nowait(
            LiveBatch(sessions=[a_move(700, energy_wh=1), a_move(701)], stations=[station])
        )

        (first, no_id, sessions), (second, _, stations) = await taking

        assert (first, second, no_id) == ("sessions", "stations", None)
        assert isinstance(sessions, list)
        assert [one["id"] for one in sessions] == ["700", "701"]
        assert isinstance(stations, list)
        assert stations[0]["evses"][0]["status"] == "charging"


async def test_many_clients_share_one_reader_of_the_feed() -> None:
    async with open_room() as room, asyncio.TaskGroup() as tasks:
        taking = [tasks.create_task(take(room, 1)) for _ in range(5)]
        while room.hub.clients < 5:  # noqa: ASYNC110 - the hub tells nobody of its clients
            await asyncio.sleep(0.01)
        room.network.happens(an_event(1))
        await asyncio.gather(*taking)

        assert room.network.followers == 1


async def test_a_client_that_leaves_is_forgotten() -> None:
    async with open_room() as room:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(take(room, 1))
            await room.followed()
            room.network.happens(an_event(1))
        for _ in range(200):
            if room.hub.clients == 0:
                break
            await asyncio.sleep(0.01)

        assert room.hub.clients == 0


async def test_open_streams_do_not_hold_up_the_end() -> None:
    async with asyncio.TaskGroup() as tasks:
        async with open_room() as room:
            taking = tasks.create_task(take(room, 99))
            await room.followed()
            began_s = time.monotonic()

        assert await taking == []
        assert time.monotonic() - began_s < 3


async def test_a_feed_that_fails_is_followed_again_from_the_last_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "FEED_RETRY_S", 0.01)

    class Failing(Network):
        asked: list[int | None]

        async def follow(self, after: int | None) -> AsyncIterator[LiveBatch]:
            self.asked.append(after)
            if len(self.asked) == 1:
                yield LiveBatch(events=[an_event(5)])
                raise ConnectionError("the database went away")
            while True:
                yield await self.batches.get()

    network = Failing()
    network.asked = []
    async with open_room(network):
        while len(network.asked) < 2:  # noqa: ASYNC110 - a feed tells nobody that it was asked
            await asyncio.sleep(0.01)

    assert network.asked == [0, 5]


async def _next(stream: AsyncIterator[bytes]) -> bytes:
    return await anext(stream)


async def test_a_client_that_does_not_read_is_let_go() -> None:
    network = Network()
    hub = LiveHub(network, network)
    stream = hub.stream(Following())
    await anext(stream)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(hub.run())
        waiting = tasks.create_task(_next(stream))
        while hub.clients == 0:  # noqa: ASYNC110 - the hub tells nobody of its clients
            await asyncio.sleep(0.01)
        network.batches.put_nowait(LiveBatch(events=[an_event(1)]))
        assert b"id: 1\n" in await waiting

        flood = [an_event(number) for number in range(2, FRAMES_WAITING_MAX + 3)]
        network.batches.put_nowait(LiveBatch(events=flood))
        while hub.clients:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        running.cancel()

    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_quiet_stream_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.05)
    async with (
        open_room() as room,
        room.program() as client,
        client.stream("GET", EVENTS) as answer,
    ):
        lines = answer.aiter_lines()
        seen = [await anext(lines) for _ in range(6)]

        assert ": still here" in seen


async def test_only_so_many_streams_may_be_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CLIENTS_MAX", 0)
    async with open_room() as room, room.program() as client:
        answer = await client.get(EVENTS)

        assert answer.status_code == 503
        assert answer.headers["retry-after"]


def test_what_moves_fast_is_told_at_most_once_a_second() -> None:
    coalescer = Coalescer()
    told_at = []
    for tick in range(40):  # ten seconds of readings every quarter of a second
        coalescer.add(LiveBatch(sessions=[a_move(energy_wh=tick)]))
        if batch := coalescer.take(tick / 4).sessions:
            told_at.append((tick / 4, batch[0].energy_wh))

    assert told_at == [(float(second), 4 * second) for second in range(10)]


def test_the_last_state_is_told_even_when_nothing_follows() -> None:
    coalescer = Coalescer()
    coalescer.add(LiveBatch(sessions=[a_move(energy_wh=1)]))
    coalescer.take(0.0)
    coalescer.add(LiveBatch(sessions=[a_move(energy_wh=2)]))

    assert coalescer.take(0.25).sessions == []
    assert coalescer.waiting
    assert [one.energy_wh for one in coalescer.take(1.0).sessions] == [2]
    assert not coalescer.waiting


def test_changes_of_two_evses_of_a_station_are_both_told() -> None:
    coalescer = Coalescer()
    for number, status in ((2, "charging"), (1, "faulted"), (2, "finishing")):
        evse = EvseLive(id=number, status=status)
        coalescer.add(LiveBatch(stations=[StationLive(id="CP-1", connected=True, evses=[evse])]))

    (station,) = coalescer.take(0.0).stations

    assert [(evse.id, evse.status) for evse in station.evses] == [(1, "faulted"), (2, "finishing")]


def test_events_are_never_held_back_or_merged() -> None:
    coalescer = Coalescer()
    coalescer.add(LiveBatch(events=[an_event(1), an_event(2)]))
    coalescer.add(LiveBatch(events=[an_event(3)]))

    assert [event.id for event in coalescer.take(0.0).events] == ["1", "2", "3"]
