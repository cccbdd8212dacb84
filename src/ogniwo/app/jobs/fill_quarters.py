"""What each site delivered in each quarter of an hour: the curve of the day.

A quarter is reckoned again for an hour after its end, so that readings which come a little late
still count in it; what comes later is in the day's total and not in the curve.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from ogniwo.app.overview import QUARTER_US
from ogniwo.app.overview_views import Shares
from ogniwo.app.ports import Row, Writer
from ogniwo.base.clock import Clock
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.site import QuartersPruned, SiteQuarter

EVERY_S: Final = 60
AGAIN: Final = 4  # quarters
KEEP_US: Final = seconds(400 * 86_400)  # a year and the days to compare it with


class Models(Protocol):
    async def delivered(self, since: Instant, until: Instant) -> Mapping[int | None, Shares]: ...


class FillQuarters:
    def __init__(self, models: Models, writer: Writer, clock: Clock) -> None:
        self._models = models
        self._writer = writer
        self._clock = clock
        self._filled: Instant | None = None  # up to here

    async def run(self) -> None:
        now = self._clock.now_us()
        until = now // QUARTER_US * QUARTER_US
        if self._filled == until:
            return
        rows: list[Row] = [QuartersPruned(now - KEEP_US)]
        for number in range(AGAIN, 0, -1):
            at = until - number * QUARTER_US
            shares = await self._models.delivered(at, at + QUARTER_US)
            rows += [
                SiteQuarter(
                    at=at,
                    site_id=site_id or 0,
                    energy_wh=share.energy_wh,
                    sessions=share.sessions,
                )
                for site_id, share in shares.items()
            ]
        await self._writer.write(rows)
        self._filled = until
