from pathlib import Path
from typing import Final

from ogniwo.app.filters import Cut, MessageFilter
from ogniwo.app.jobs.prune_trails import PruneTrails
from ogniwo.base.ids import first_id_at
from ogniwo.base.units import seconds
from ogniwo.domain.station import Station
from ogniwo.domain.trace import Answered, Direction, Message
from tests.app.desk import Desk, desk

DAY_S: Final = 24 * 3_600


def message(it: Desk, *, days_ago: float, number: int = 0) -> Message:
    at = it.clock.now_us() - seconds(days_ago * DAY_S)
    return Message(
        id=first_id_at(at) + number,
        prev=None,
        station_id=1,
        session_id=None,
        direction=Direction.UP,
        action="Heartbeat",
        message_id=f"m{number}",
        at=at,
        latency_us=1,
        call=b"{}",
        answer=b"{}",
        answered=Answered.RESULT,
    )


def job(it: Desk, *, messages_days: int = 30) -> PruneTrails:
    return PruneTrails(
        it.storage.retention,
        it.clock,
        messages_days=messages_days,
        samples_days=90,
        telemetry_days=30,
    )


async def left(it: Desk) -> list[str]:
    page = await it.storage.read_models.messages(MessageFilter(), Cut())
    return [one.id for one in page.items]


async def test_messages_are_kept_for_the_days_that_were_set(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        old, new = message(it, days_ago=9), message(it, days_ago=7)
        await it.writer.write([Station(id=1, identity="S"), old, new])

        await job(it).run()
        assert await left(it) == [str(new.id), str(old.id)]

        await job(it, messages_days=8).run()
        assert await left(it) == [str(new.id)]


async def test_more_than_one_step_of_old_messages_goes_in_one_run(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        old = [message(it, days_ago=40, number=number) for number in range(1_500)]
        await it.writer.write([Station(id=1, identity="S"), *old])

        await job(it).run()

        assert await left(it) == []
