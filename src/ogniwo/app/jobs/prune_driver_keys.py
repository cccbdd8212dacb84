"""Forget the sign-ins and links of drivers that have expired."""

from typing import Final

from ogniwo.app.driving.ports import DriverRecords
from ogniwo.app.ports import Writer
from ogniwo.base.clock import Clock
from ogniwo.domain.drivers import DriverKey, Removed

EVERY_S: Final = 3_600


class PruneDriverKeys:
    def __init__(self, records: DriverRecords, writer: Writer, clock: Clock) -> None:
        self._records = records
        self._writer = writer
        self._clock = clock

    async def run(self) -> None:
        expired = await self._records.expired_keys(before=self._clock.now_us())
        if expired:
            await self._writer.write([Removed(DriverKey, (it,)) for it in expired])
