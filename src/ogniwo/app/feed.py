"""The live stream: durable events read by a cursor, and the newest of what moves between them.

What moves comes over the bus from the nodes that have the stations; that there are new events
is told there too, and asked for now and then in case a notice was lost.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from ogniwo.app.bus import Bus, EventsWritten
from ogniwo.app.live import LiveBatch, SessionLive, StationLive
from ogniwo.app.ports import ReadModels

BATCH_S: Final = 0.25
EVENTS_MAX: Final = 500  # read at a time
LOOK_EVERY_S: Final = 2.0  # notices may be lost; a follower is never later than this


class Feed:
    def __init__(self, models: ReadModels) -> None:
        self._models = models
        self._changed = asyncio.Event()
        self._events_wait = False
        self._sessions: dict[str, SessionLive] = {}
        self._stations: dict[str, StationLive] = {}

    async def listen(self, bus: Bus) -> None:
        await bus.listen(LiveBatch, self._moved)
        await bus.listen(EventsWritten, self._written)

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
        sessions, self._sessions = self._sessions, {}
        stations, self._stations = self._stations, {}
        events = []
        if self._events_wait:
            self._events_wait = False  # what is told from now on is read the next time
            events = await self._models.events(after=cursor, limit=EVENTS_MAX)
            if len(events) == EVENTS_MAX:
                self._written(EventsWritten())
        return LiveBatch(
            events=events, sessions=list(sessions.values()), stations=list(stations.values())
        )

    def _moved(self, batch: LiveBatch) -> None:
        self._sessions |= {it.id: it for it in batch.sessions}
        self._stations |= {it.id: it for it in batch.stations}
        self._changed.set()

    def _written(self, _notice: EventsWritten) -> None:
        self._events_wait = True
        self._changed.set()
