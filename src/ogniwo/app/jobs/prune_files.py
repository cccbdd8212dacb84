"""Remove what stations uploaded when its time is over, each node from its own disk."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from ogniwo.base.clock import Clock
from ogniwo.base.units import Instant, seconds

EVERY_S: Final = 3_600
_DAY_S: Final = 24 * 3_600

Remove = Callable[[Instant], Awaitable[Sequence[tuple[int, int]]]]
"""Those received before then; answers with the station and the number of each."""


class PruneFiles:
    def __init__(
        self,
        remove: Remove,
        forgotten: Callable[[int, int], Awaitable[None]],
        clock: Clock,
        *,
        days: int,
    ) -> None:
        self._remove = remove
        self._forgotten = forgotten
        self._clock = clock
        self._kept_us = seconds(days * _DAY_S)

    async def run(self) -> None:
        for station_id, number in await self._remove(self._clock.now_us() - self._kept_us):
            await self._forgotten(station_id, number)
