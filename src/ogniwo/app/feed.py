"""The live stream: durable events read by a cursor, and the newest of what moves between them.

What moves comes over the bus from the nodes that have the stations; that there are new events
is told there too, and asked for now and then in case a notice was lost.
"""

import asyncio
from collections.abc import AsyncIterator, Set
from typing import Final

from msgspec.structs import replace

from ogniwo.app.bus import Bus, EventsWritten, TailWanted
from ogniwo.app.live import (
    AttemptLive,
    CommandLive,
    LiveBatch,
    MessageLive,
    SessionLive,
    StationLive,
)
from ogniwo.app.read_models import ReadModels

BATCH_S: Final = 0.25
EVENTS_MAX: Final = 500  # read at a time
MESSAGES_MAX: Final = 500  # of a batch: nobody reads more
LOOK_EVERY_S: Final = 2.0  # notices may be lost; a follower is never later than this


class Feed:
    def __init__(self, models: ReadModels, bus: Bus, *, node: int) -> None:
        self._models = models
        self._bus = bus
        self._node = node
        self._changed = asyncio.Event()
        self._events_wait = False
        self._was_away = False
        self._clear()

    async def listen(self) -> None:
        await self._bus.listen(LiveBatch, self._moved)
        await self._bus.listen(EventsWritten, self._written)

    def want_messages(self, stations: Set[str] | None) -> None:
        """Of these stations (None: of all), for a moment: ask again as long as you want them."""
        wanted = None if stations is None else sorted(stations)
        self._bus.tell(TailWanted(node=self._node, stations=wanted))

    async def follow(self, after: int | None) -> AsyncIterator[LiveBatch]:
        """For one follower at a time. Batches may be empty."""
        cursor = await self._models.latest_event_id() if after is None else after
        self._events_wait = True
        self._changed.set()
        while True:
            await self._something_changed()
            batch = await self._batch(cursor)
            if batch.events:
                cursor = int(batch.events[-1].id)
            yield batch
            await asyncio.sleep(BATCH_S)

    async def _something_changed(self) -> None:
        try:
            await asyncio.wait_for(self._changed.wait(), LOOK_EVERY_S)
        except TimeoutError:
            self._events_wait = True
        self._changed.clear()

    async def _batch(self, cursor: int) -> LiveBatch:
        # Taken together and first: what changes while the events are read comes next time.
        moved = LiveBatch(
            sessions=list(self._sessions.values()),
            stations=list(self._stations.values()),
            commands=list(self._commands.values()),
            attempts=list(self._attempts.values()),
            messages=self._messages,
            skipped=self._skipped,
            missed=self._came_back(),
        )
        self._clear()
        if not self._events_wait:
            return moved
        self._events_wait = False  # what is told from now on is read the next time
        events = await self._models.events(after=cursor, limit=EVENTS_MAX, people=True)
        if len(events) == EVENTS_MAX:
            self._written(EventsWritten())
        return replace(moved, events=events)

    def _clear(self) -> None:
        self._sessions: dict[str, SessionLive] = {}
        self._stations: dict[str, StationLive] = {}
        self._commands: dict[str, CommandLive] = {}
        self._attempts: dict[str, AttemptLive] = {}
        self._messages: list[MessageLive] = []
        self._skipped = 0

    def _came_back(self) -> bool:
        """Did the bus come back? What moved meanwhile was not heard."""
        before, self._was_away = self._was_away, self._bus.away_since_ms is not None
        return before and not self._was_away

    def _moved(self, batch: LiveBatch) -> None:
        self._sessions |= {it.id: it for it in batch.sessions}
        self._stations |= {it.id: it for it in batch.stations}
        self._commands |= {it.id: it for it in batch.commands}
        self._attempts |= {it.key: it for it in batch.attempts}
        room = MESSAGES_MAX - len(self._messages)
        self._messages += batch.messages[:room]
        self._skipped += batch.skipped + max(0, len(batch.messages) - room)
        self._changed.set()

    def _written(self, _notice: EventsWritten) -> None:
        self._events_wait = True
        self._changed.set()
