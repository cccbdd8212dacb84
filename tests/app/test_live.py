"""What moves reaches whoever follows, over the bus, whichever node it moved on."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import cast

from ogniwo.app.feed import Feed
from ogniwo.app.live import LiveBatch
from ogniwo.app.publishing import WATCHED, Publishing
from ogniwo.base.units import Instant
from ogniwo.bus.local import LocalBus
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.session import Progress, Session
from ogniwo.domain.station import Connector, Status
from tests.app.desk import Desk, desk

PATIENCE_S = 5.0


class Nobody:
    def connected_since(self, identity: str) -> Instant | None:
        return None

    def last_seen_at(self, identity: str) -> Instant | None:
        return None

    def connected_count(self) -> int:
        return 0


@asynccontextmanager
async def a_stream(it: Desk) -> AsyncIterator[tuple[Publishing, AsyncIterator[LiveBatch]]]:
    bus = LocalBus(0)
    publishing = Publishing(bus, Nobody())
    it.mailboxes.watch(publishing.written, *WATCHED)
    feed = Feed(it.storage.read_models, bus, node=0)
    await feed.listen()
    follow = cast("AsyncGenerator[LiveBatch, None]", feed.follow(None))
    async with aclosing(follow) as batches:
        assert await anext(batches) == LiveBatch()
        yield publishing, batches
    await bus.close()


async def batch_with(batches: AsyncIterator[LiveBatch], what: str) -> LiveBatch:
    async with asyncio.timeout(PATIENCE_S):
        async for batch in batches:
            if getattr(batch, what):
                return batch
    raise AssertionError("the stream ended")


def a_session(it: Desk, station_id: int, energy_wh: int) -> Session:
    return Session(
        id=7, station_id=station_id, transaction_id="1", evse=1, connector=1, stay_id=7,
        started_at=1, received_at=1, energy_wh=energy_wh, start_digest=0,
    )  # fmt: skip


async def test_a_burst_of_readings_becomes_the_newest_of_them(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it, a_stream(it) as (publishing, batches):
        async with it.mailboxes.turn("S") as mailbox:
            station_id = mailbox.state.station.id
            await it.mailboxes.commit(mailbox, [a_session(it, station_id, 0)])
            for energy_wh in (10, 20, 30):
                session = a_session(it, station_id, energy_wh)
                await it.mailboxes.commit(mailbox, [Progress(session)])
        await publishing.publish()
        (told,) = (await batch_with(batches, "sessions")).sessions
        assert (told.station_id, told.energy_wh) == ("S", 30)


async def test_a_station_is_told_as_it_is_and_its_events_are_read_from_the_database(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "S") as it, a_stream(it) as (publishing, batches):
        async with it.mailboxes.turn("S") as mailbox:
            station_id = mailbox.state.station.id
            faulted = Connector(
                station_id=station_id, evse=1, connector=1, status=Status.FAULTED, changed_at=1
            )
            told = Event(
                id=it.ids.next(), kind=EventKind.STATION_CONNECTED, at=1, station_id=station_id
            )
            await it.mailboxes.commit(mailbox, [faulted, told])
        await publishing.publish()
        batch = await batch_with(batches, "stations")
        assert [(one.id, [evse.status for evse in one.evses]) for one in batch.stations] == [
            ("S", ["faulted"])
        ]
        events = batch.events or (await batch_with(batches, "events")).events
        assert [(one.id, one.station_id) for one in events] == [(str(told.id), "S")]


async def test_events_of_which_no_notice_came_are_found_all_the_same(tmp_path: Path) -> None:
    async with desk(tmp_path) as it, a_stream(it) as (_, batches):
        event = Event(id=it.ids.next(), kind=EventKind.CONNECTION_REFUSED, at=1)
        await it.storage.writer.write([event])
        (told,) = (await batch_with(batches, "events")).events
        assert told.id == str(event.id)
