"""Forget old refused connections: the internet knocks at every open port, for ever."""

from typing import Final

from ogniwo.app.ports import AttemptsPruned, Writer
from ogniwo.base.clock import Clock
from ogniwo.base.units import seconds

EVERY_S = 3_600
KEPT_S: Final = 30 * 24 * 3_600
KEPT_MAX: Final = 10_000  # rows; a flood of made-up names fills the list, not the disk


class PruneAttempts:
    def __init__(self, writer: Writer, clock: Clock, *, kept_max: int = KEPT_MAX) -> None:
        self._writer = writer
        self._clock = clock
        self._kept_max = kept_max

    async def run(self) -> None:
        before = self._clock.now_us() - seconds(KEPT_S)
        await self._writer.write([AttemptsPruned(before, self._kept_max)])
