"""Files whose time is over: removed from the disk, and no longer listed."""

from collections.abc import Sequence

from ogniwo.app.jobs.prune_files import PruneFiles
from ogniwo.base.clock import SystemClock
from ogniwo.base.units import Instant, seconds


async def test_what_was_removed_is_listed_no_longer() -> None:
    asked: list[Instant] = []
    gone: list[tuple[int, int]] = []

    async def remove(before: Instant) -> Sequence[tuple[int, int]]:
        asked.append(before)
        return [(7, 70), (8, 80)]

    async def forgotten(station_id: int, number: int) -> None:
        gone.append((station_id, number))

    clock = SystemClock()
    await PruneFiles(remove, forgotten, clock, days=30).run()

    assert gone == [(7, 70), (8, 80)]
    assert abs(clock.now_us() - asked[0] - seconds(30 * 86_400)) < seconds(60)
