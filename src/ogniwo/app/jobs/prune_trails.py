"""Forget messages, readings, streams and what no station holds any more when their time is over.

Sessions and bills stay for good.
"""

import asyncio
from typing import Final

from ogniwo.app.ports import Retention
from ogniwo.base.clock import Clock
from ogniwo.base.units import seconds

EVERY_S: Final = 3_600
PAUSE_S: Final = 0.1  # between two steps: stations come first
STEPS_MAX: Final = 10_000  # then the next hour's turn; a database that was never pruned takes some

_DAY_S: Final = 24 * 3_600


class PruneTrails:
    def __init__(
        self,
        retention: Retention,
        clock: Clock,
        *,
        messages_days: int,
        samples_days: int,
        telemetry_days: int,
    ) -> None:
        self._retention = retention
        self._clock = clock
        self._messages_us = seconds(messages_days * _DAY_S)
        self._samples_us = seconds(samples_days * _DAY_S)
        self._telemetry_us = seconds(telemetry_days * _DAY_S)

    async def run(self) -> None:
        now = self._clock.now_us()
        for _ in range(STEPS_MAX):
            more = await self._retention.prune_trails(
                messages_before=now - self._messages_us, samples_before=now - self._samples_us
            )
            more |= await self._retention.prune_holdings(before=now - self._telemetry_us)
            if not more:
                return
            await asyncio.sleep(PAUSE_S)
