"""The trace as it grows: told to whoever follows it, and not even looked at when nobody does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ogniwo.app import tail
from ogniwo.app.bus import TailWanted
from ogniwo.app.live import LiveBatch, MessageLive
from ogniwo.app.tail import MESSAGES_MAX, WANTED_S, Tail
from ogniwo.bus.local import LocalBus
from tests.app.desk import Desk, MovingClock, desk
from tests.storage.trade import a_message


class Followed:
    def __init__(self, it: Desk) -> None:
        self.desk = it
        self.bus = LocalBus(0)
        self.clock = MovingClock()
        self.tail = Tail(self.bus, it.mailboxes, self.clock)
        self.heard: list[MessageLive] = []
        self.skipped = 0

    async def want(self, *stations: str, node: int = 1, all_of_them: bool = False) -> None:
        self.bus.tell(TailWanted(node=node, stations=None if all_of_them else list(stations)))
        await asyncio.sleep(0)

    async def cross(self, identity: str, *numbers: int, call: bytes = b"{}") -> None:
        async with self.desk.mailboxes.turn(identity) as mailbox:
            station = mailbox.state.station
            rows = [a_message(number, station, call=call) for number in numbers]
            await self.desk.mailboxes.commit(mailbox, rows)

    async def told(self) -> list[str]:
        await self.tail.publish()
        await asyncio.sleep(0)
        ids = [it.id for it in self.heard]
        self.heard.clear()
        return ids

    def hear(self, batch: LiveBatch) -> None:
        self.heard += batch.messages
        self.skipped += batch.skipped


@asynccontextmanager
async def followed(folder: Path, *identities: str) -> AsyncIterator[Followed]:
    async with desk(folder, *identities) as it:
        followed = Followed(it)
        await followed.tail.listen()
        await followed.bus.listen(LiveBatch, followed.hear)
        yield followed
        await followed.bus.close()


async def test_messages_of_the_stations_wanted_are_told(tmp_path: Path) -> None:
    async with followed(tmp_path, "A", "B") as it:
        await it.cross("A", 1)
        assert await it.told() == []

        await it.want("A")
        await it.cross("A", 2)
        await it.cross("B", 3)
        assert await it.told() == ["2"]

        await it.want(node=2, all_of_them=True)
        await it.cross("A", 4)
        await it.cross("B", 5)
        assert await it.told() == ["4", "5"]


async def test_what_nobody_asks_for_any_more_is_not_observed(tmp_path: Path) -> None:
    async with followed(tmp_path, "A") as it:
        await it.want("A")
        await it.cross("A", 1)
        assert await it.told() == ["1"]

        it.clock.advance(WANTED_S + 1)
        assert await it.told() == []
        await it.cross("A", 2)
        await it.want("A")
        assert await it.told() == []


async def test_a_flood_is_told_in_part_and_its_rest_counted(tmp_path: Path) -> None:
    async with followed(tmp_path, "A") as it:
        await it.want("A")
        await it.cross("A", *range(1, MESSAGES_MAX + 8))

        assert len(await it.told()) == MESSAGES_MAX
        assert it.skipped == 7


async def test_a_long_text_is_left_out_and_said_so(tmp_path: Path) -> None:
    async with followed(tmp_path, "A") as it:
        await it.want("A")
        await it.cross("A", 1, call=b"x" * (tail.TEXT_BYTES_MAX + 1))
        await it.tail.publish()
        await asyncio.sleep(0)

        assert [(one.cut, one.call, one.answer) for one in it.heard] == [(True, b"", None)]
