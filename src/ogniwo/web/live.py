"""The live stream: one reader of the feed, any number of clients, each frame encoded once.

A client that resumes first gets from the database what it missed. One that reads too slowly is
let go; it comes back with its last event's id and misses nothing. ``close`` ends every stream,
which must happen before the server stops: it would wait for them for ever.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ogniwo.app.overview_views import OverviewView
from ogniwo.app.ports import StorageAwayError
from ogniwo.app.tail import WANT_EVERY_S
from ogniwo.app.views import EventView
from ogniwo.base import log
from ogniwo.domain.events import EventKind
from ogniwo.domain.people import Sites
from ogniwo.web.coalesce import Coalescer
from ogniwo.web.frames import (
    EVENTS,
    MESSAGES,
    MOVING,
    OVERVIEW,
    RESYNC,
    Following,
    Frame,
    event_frame,
    frames_of,
    narrowed,
    plain_frame,
)
from ogniwo.web.ports import Feed, LiveBatch, Queries

BATCH_S: Final = 0.25  # how long changes gather before they are sent together
KEEP_ALIVE_S: Final = 5.0  # below every proxy's patience; so often we ask who still may listen
STREAM_S_MAX: Final = 3_600.0  # then the client comes again and is checked again
FRAMES_WAITING_MAX: Final = 512  # of one client; more means that it does not read
CLIENTS_MAX: Final = 500
REPLAY_ROWS: Final = 500
FEED_RETRY_S: Final = 1.0
OVERVIEW_S: Final = 1.0
OVERVIEW_REST: Final = 10.0  # times as long as it took
# After these a station may be of another site.
MOVES: Final = frozenset({EventKind.STATION_CREATED.value, EventKind.REGISTRATION_CHANGED.value})

_log = log.get("web")


Still = Callable[[], Awaitable[bool]]
"""Does the key still say of the client what it said when the stream began?"""


class _Client(Struct, eq=False):
    who: Following
    frames: asyncio.Queue[Frame | None]  # None: the stream is over
    overview: OverviewView | None = None  # as last told, but for its time

    def put(self, frames: list[Frame]) -> bool:
        """False when it was let go because it does not read."""
        wanted = [frame for frame in frames if self._follows(frame.topic)]
        if self.frames.qsize() + len(wanted) >= FRAMES_WAITING_MAX:
            self.end()
            return False
        for frame in wanted:
            self.frames.put_nowait(frame)
        return True

    def _follows(self, topic: str) -> bool:
        topics = self.who.topics
        return topic in topics or (topic == RESYNC and not topics.isdisjoint(MOVING))

    def end(self) -> None:
        while not self.frames.empty():
            self.frames.get_nowait()
        self.frames.put_nowait(None)


class LiveHub:
    """``run`` is the one task behind all streams; whoever starts the server owns it."""

    def __init__(self, feed: Feed, queries: Queries) -> None:
        self._feed = feed
        self._queries = queries
        self._clients: set[_Client] = set()
        self._stations: dict[Sites, frozenset[str]] = {}  # of those limited to these sites
        self._leaving: dict[Sites, frozenset[str]] = {}  # that they are told of once more
        self._coalescer = Coalescer()
        self._arrived = asyncio.Event()
        self._told: int | None = None  # the last event that clients were told
        self._closed = False

    @property
    def full(self) -> bool:
        return self._closed or len(self._clients) >= CLIENTS_MAX

    @property
    def clients(self) -> int:
        return len(self._clients)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read(), name="live-read")
            tasks.create_task(self._send(), name="live-send")
            tasks.create_task(self._keep_wanting(), name="live-want")
            tasks.create_task(self._tell_overviews(), name="live-overview")

    def close(self) -> None:
        self._closed = True
        for client in self._clients:
            client.end()

    async def stream(
        self,
        who: Following,
        after: int | None = None,
        *,
        again: bool = False,
        still: Still | None = None,
    ) -> AsyncIterator[bytes]:
        """The body of one client's response, as long as it ``still`` may listen.

        ``again``: it was here before and went away.
        """
        queries = self._queries.within(who.sites)
        yield b"retry: 2000\n: connected\n\n"  # the headers leave now, not with the first event
        heard: set[str] = set()
        if EVENTS not in who.topics:
            after = None
        if after is not None:
            async for event in _missed(queries, after, who):
                after = int(event.id)
                if text := event_frame(event).text(who):
                    yield text
        await self._look_up(who.sites)
        client = _Client(who, asyncio.Queue())
        self._clients.add(client)
        self._want_messages()
        told = self._told
        if again:
            client.put([_resync("came back")])
        try:
            if after is not None:  # what was stored between the replay's end and joining
                async for event in _missed(queries, after, who):
                    after = int(event.id)
                    if text := event_frame(event).text(who):
                        yield text
                heard = await _between(queries, told, after, who)
            async for text in self._follow(client, heard, still):
                yield text
        finally:
            self._clients.discard(client)

    async def _follow(
        self, client: _Client, heard: set[str], still: Still | None
    ) -> AsyncIterator[bytes]:
        if self._closed:
            return
        now = asyncio.get_running_loop().time
        asked_s, end_s = now(), now() + STREAM_S_MAX
        while now() < end_s:
            if still is not None and now() - asked_s >= KEEP_ALIVE_S:
                asked_s = now()
                if not await still():
                    return
            try:
                frame = await asyncio.wait_for(client.frames.get(), KEEP_ALIVE_S)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if frame is None:
                return
            if frame.event_id not in heard and (text := frame.text(client.who)):
                yield text

    async def _look_up(self, sites: Sites | None) -> None:
        if sites is not None:
            now = await self._queries.within(sites).identities()
            left = self._stations.get(sites, now) - now
            self._leaving[sites] = self._leaving.get(sites, left) | left
            self._stations[sites] = now

    async def _look_again(self) -> None:
        """Stations moved: of everybody who is limited anew, and of nobody who has gone."""
        limited = {it.who.sites for it in self._clients if it.who.sites is not None}
        for sites in self._stations.keys() - limited:
            del self._stations[sites]
        for sites in limited:
            await self._look_up(sites)

    async def _read(self) -> None:
        after: int | None = None
        failing = failed = False
        while True:
            try:
                if after is None:
                    after = self._told = await self._queries.latest_event_id()
                async for batch in self._feed.follow(after):
                    if failed or batch.missed:
                        self._tell_all([_resync("missed")])
                    failing = failed = False
                    if self._stations and any(it.kind in MOVES for it in batch.events):
                        await self._look_again()
                    self._coalescer.add(batch)
                    self._arrived.set()
                    if batch.events:
                        after = int(batch.events[-1].id)
            except StorageAwayError as error:
                if not failing:
                    _log.warning("live_feed_waits", reason=str(error))
                failing = True
            except Exception:  # noqa: BLE001 - pages must outlive any fault of the source
                _log.exception("live_feed_failed", after=after)
            failed = True
            await asyncio.sleep(FEED_RETRY_S)

    async def _send(self) -> None:
        now = asyncio.get_running_loop().time
        while True:
            await self._arrived.wait()
            if not self._coalescer.waiting:
                self._arrived.clear()
                continue
            batch = self._coalescer.take(now())
            if batch.events:
                self._told = int(batch.events[-1].id)
            self._tell(batch)
            await asyncio.sleep(BATCH_S)

    def _tell(self, batch: LiveBatch) -> None:
        frames: dict[Sites | None, list[Frame]] = {None: frames_of(batch)}
        for sites, identities in self._stations.items():
            seen = identities | self._leaving.pop(sites, frozenset())
            frames[sites] = frames_of(narrowed(batch, seen))
        slow = {it for it in self._clients if not it.put(frames.get(it.who.sites, []))}
        self._clients -= slow

    def _tell_all(self, frames: list[Frame]) -> None:
        self._clients -= {client for client in self._clients if not client.put(frames)}

    async def _keep_wanting(self) -> None:
        while True:
            self._want_messages()
            await asyncio.sleep(WANT_EVERY_S)

    async def _tell_overviews(self) -> None:
        """Once a second at most, and never more than a small part of the time is spent on it."""
        now = asyncio.get_running_loop().time
        while True:
            began_s = now()
            try:
                await self._tell_overviews_once()
            except StorageAwayError:
                pass  # the feed tells of it
            except Exception:  # noqa: BLE001 - pages must outlive any fault of the source
                _log.exception("live_overview_failed")
            await asyncio.sleep(max(OVERVIEW_S, OVERVIEW_REST * (now() - began_s)))

    async def _tell_overviews_once(self) -> None:
        """The same to all who may see the same and whose day begins together."""
        groups: dict[tuple[Sites | None, str], list[_Client]] = defaultdict(list)
        for client in self._clients:
            if OVERVIEW in client.who.topics:
                groups[client.who.sites, client.who.time_zone].append(client)
        for (sites, time_zone), clients in groups.items():
            found = await self._queries.within(sites).overview(time_zone, curve=False)
            frame, same = plain_frame(OVERVIEW, found), replace(found, at=found.since)
            for client in clients:
                if client.overview != same:
                    client.overview = same
                    client.put([frame])

    def _want_messages(self) -> None:
        """Say whose messages are followed here: nodes tell them only for so long."""
        who = [client.who for client in self._clients if MESSAGES in client.who.topics]
        stations = {it.station_id for it in who if it.station_id is not None}
        if who:
            everybody = any(it.station_id is None for it in who)
            self._feed.want_messages(None if everybody else stations)


def _resync(reason: str) -> Frame:
    """What moved may have been missed: take a snapshot anew."""
    return plain_frame(RESYNC, {"reason": reason})


async def _missed(queries: Queries, after: int, who: Following) -> AsyncIterator[EventView]:
    while events := await queries.events(after=after, limit=REPLAY_ROWS, people=who.people):
        for event in events:
            yield event
        after = int(events[-1].id)
        if len(events) < REPLAY_ROWS:
            return


async def _between(queries: Queries, told: int | None, after: int, who: Following) -> set[str]:
    """What this client knows and the hub, a moment behind the database, has still to tell.

    It may know it from another node. Nothing, when the hub is ahead.
    """
    ahead: set[str] = set()
    if told is not None and told != after:
        async for event in _missed(queries, told, who):
            ahead.add(event.id)
            if event.id == str(after):
                return ahead
    return set()
