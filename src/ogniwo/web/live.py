"""The live stream: one reader of the feed, any number of clients, each frame encoded once.

A client that resumes first gets from the database what it missed. One that reads too slowly is
let go; it comes back with its last event's id and misses nothing. ``close`` ends every stream,
which must happen before the server stops: it would wait for them for ever.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from ogniwo.app.ports import StorageAwayError
from ogniwo.app.views import EventView
from ogniwo.base import log
from ogniwo.web.coalesce import Coalescer
from ogniwo.web.ports import Feed, LiveBatch, Queries
from ogniwo.web.texts import Language
from ogniwo.web.words.events import words_of_event

BATCH_S: Final = 0.25  # how long changes gather before they are sent together
KEEP_ALIVE_S: Final = 15.0  # below every proxy's patience
STREAM_S_MAX: Final = 3_600.0  # then the client comes again and is checked again
FRAMES_WAITING_MAX: Final = 512  # of one client; more means that it does not read
CLIENTS_MAX: Final = 500
REPLAY_ROWS: Final = 500
FEED_RETRY_S: Final = 1.0

_log = log.get("web")


class EventWithWords(EventView, frozen=True, kw_only=True):
    """A durable event and what it means, in the language asked for."""

    words: str | None = None


def with_words(event: EventView, language: Language) -> EventWithWords:
    return EventWithWords(**asdict(event), words=words_of_event(event, language))


class Frame:
    """One server-sent event; its text is made once for each language, not for each client."""

    __slots__ = ("_make", "_texts", "event_id")

    def __init__(self, make: Callable[[Language], bytes], event_id: str | None = None) -> None:
        self.event_id = event_id
        self._make = make
        self._texts: dict[Language, bytes] = {}

    def text(self, language: Language) -> bytes:
        if (text := self._texts.get(language)) is None:
            text = self._texts[language] = self._make(language)
        return text


def frames_of(batch: LiveBatch) -> list[Frame]:
    frames = [event_frame(event) for event in batch.events]
    for kind, changed in (("sessions", batch.sessions), ("stations", batch.stations)):
        if changed:
            frames.append(_wordless(_sse(kind, msgspec.json.encode(changed))))
    return frames


def _wordless(text: bytes) -> Frame:
    return Frame(lambda _: text)


def event_frame(event: EventView) -> Frame:
    def make(language: Language) -> bytes:
        return _sse("event", msgspec.json.encode(with_words(event, language)), event.id)

    return Frame(make, event.id)


def _sse(kind: str, data: bytes, event_id: str | None = None) -> bytes:
    head = f"id: {event_id}\nevent: {kind}\ndata: " if event_id else f"event: {kind}\ndata: "
    return head.encode() + data + b"\n\n"


class _Client(Struct, eq=False):
    frames: asyncio.Queue[Frame | None]  # None: the stream is over

    def put(self, frames: list[Frame]) -> bool:
        """False when it was let go because it does not read."""
        if self.frames.qsize() + len(frames) >= FRAMES_WAITING_MAX:
            self.end()
            return False
        for frame in frames:
            self.frames.put_nowait(frame)
        return True

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

    def close(self) -> None:
        self._closed = True
        for client in self._clients:
            client.end()

    async def stream(self, after: int | None, language: Language) -> AsyncIterator[bytes]:
        """The body of one client's response."""
        yield b"retry: 2000\n: connected\n\n"  # the headers leave now, not with the first event
        heard: set[str] = set()
        if after is not None:
            async for event in self._missed(after):
                after = int(event.id)
                yield event_frame(event).text(language)
        client = _Client(asyncio.Queue())
        self._clients.add(client)
        told = self._told
        try:
            if after is not None:  # what was stored between the replay's end and joining
                async for event in self._missed(after):
                    after = int(event.id)
                    yield event_frame(event).text(language)
                heard = await self._between(told, after)
            async for text in self._follow(client, heard, language):
                yield text
        finally:
            self._clients.discard(client)

    async def _follow(
        self, client: _Client, heard: set[str], language: Language
    ) -> AsyncIterator[bytes]:
        if self._closed:
            return
        now = asyncio.get_running_loop().time
        end_s = now() + STREAM_S_MAX
        while now() < end_s:
            try:
                frame = await asyncio.wait_for(client.frames.get(), KEEP_ALIVE_S)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if frame is None:
                return
            if frame.event_id not in heard:
                yield frame.text(language)

    async def _missed(self, after: int) -> AsyncIterator[EventView]:
        while events := await self._queries.events(after=after, limit=REPLAY_ROWS):
            for event in events:
                yield event
            after = int(events[-1].id)
            if len(events) < REPLAY_ROWS:
                return

    async def _between(self, told: int | None, after: int) -> set[str]:
        """What this client knows and we, a moment behind the database, have still to tell.

        It may know it from another node. Nothing, when we are the ones who are ahead.
        """
        ahead: set[str] = set()
        if told is not None and told != after:
            async for event in self._missed(told):
                ahead.add(event.id)
                if event.id == str(after):
                    return ahead
        return set()

    async def _read(self) -> None:
        after: int | None = None
        failing = False
        while True:
            try:
                if after is None:
                    after = self._told = await self._queries.latest_event_id()
                async for batch in self._feed.follow(after):
                    failing = False
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
            await asyncio.sleep(FEED_RETRY_S)

    async def _send(self) -> None:
        now = asyncio.get_running_loop().time
        while True:
            await self._arrived.wait()
            if not self._coalescer.waiting:
                self._arrived.clear()
                continue
            batch = self._coalescer.take(now())
            frames = frames_of(batch)
            if batch.events:
                self._told = int(batch.events[-1].id)
            self._clients -= {client for client in self._clients if not client.put(frames)}
            await asyncio.sleep(BATCH_S)
