from pathlib import Path

from ogniwo.app.filters import Cut
from ogniwo.domain.quirks import USUAL
from ogniwo.gateway.admission import ConnectionAttempt
from ogniwo.gateway.directory import TOLD_PER_MINUTE_MAX, StationDirectory
from ogniwo.gateway.refusal import RefusalReason
from tests.app.desk import Desk, desk


def directory(it: Desk) -> StationDirectory:
    return StationDirectory(
        records=it.records,
        writer=it.writer,
        spawn=it.tasks,
        clock=it.clock,
        ids=it.ids,
        adopt=it.stations.adopt,
        quirks=lambda _: USUAL,
        told=lambda _: None,
    )


def refused(it: Desk, identity: str) -> ConnectionAttempt:
    return ConnectionAttempt(
        at_us=it.clock.now_us() // 60_000_000 * 60_000_000,
        reason=RefusalReason.UNKNOWN_STATION,
        status=404,
        detail="",
        peer="127.0.0.1:1",
        tls=False,
        identity=identity,
    )


async def told(it: Desk) -> int:
    return len(await it.storage.read_models.recent_events(1_000))


async def test_the_same_refusal_again_is_counted_and_told_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        station_directory = directory(it)
        for _ in range(5):
            station_directory.record_attempt(refused(it, "S"))
        await it.register("fence")  # stored after what was submitted before
        (counted,) = (await it.storage.read_models.attempts(Cut())).items
        assert counted.count == 5
        assert await told(it) == 1


async def test_a_flood_of_made_up_names_does_not_fill_the_events(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        station_directory = directory(it)
        for number in range(TOLD_PER_MINUTE_MAX * 3):
            station_directory.record_attempt(refused(it, f"S{number}"))
        await it.register("fence")  # stored after what was submitted before
        assert await told(it) == TOLD_PER_MINUTE_MAX
        it.clock.advance(60)
        station_directory.record_attempt(refused(it, "later"))
        await it.register("fence2")
        assert await told(it) == TOLD_PER_MINUTE_MAX + 1
