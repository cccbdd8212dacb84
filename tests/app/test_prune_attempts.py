from pathlib import Path

from ogniwo.app.filters import Cut
from ogniwo.app.jobs.prune_attempts import PruneAttempts
from ogniwo.base.units import seconds
from ogniwo.domain.attempts import ConnectionAttempt
from tests.app.desk import Desk, desk

DAY_S = 24 * 3_600


def attempt(it: Desk, identity: str, *, days_ago: float) -> ConnectionAttempt:
    return ConnectionAttempt(
        id=it.ids.next(),
        identity=identity,
        reason="unknown_station",
        detail="",
        http_status=404,
        peer="127.0.0.1:1",
        path="/",
        subprotocols="",
        user_agent=None,
        at=it.clock.now_us() - seconds(days_ago * DAY_S),
    )


async def left(it: Desk) -> list[str]:
    return [one.identity for one in (await it.storage.read_models.attempts(Cut())).items]


async def test_refused_connections_are_forgotten_after_a_month(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        old, new = attempt(it, "old", days_ago=31), attempt(it, "new", days_ago=29)
        await it.writer.write([old, new])
        await PruneAttempts(it.writer, it.clock).run()
        assert await left(it) == ["new"]


async def test_of_a_flood_the_newest_are_kept(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        flood = [attempt(it, f"S{days}", days_ago=days) for days in range(10)]
        await it.writer.write(flood)
        await PruneAttempts(it.writer, it.clock, kept_max=4).run()
        assert await left(it) == ["S0", "S1", "S2", "S3"]


async def test_where_nothing_was_refused_there_is_nothing_to_forget(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        await PruneAttempts(it.writer, it.clock).run()
        assert await left(it) == []
