"""Write when stations were last heard, in bulk now and then instead of with every heartbeat."""

from collections.abc import Callable

from ogniwo.app.ports import LastSeen, Writer
from ogniwo.base.clock import Clock
from ogniwo.base.units import Instant

EVERY_S = 30

HarvestSeen = Callable[[Instant], list[tuple[int, Instant]]]
"""The stations (id, when) heard after the given instant."""


class WriteLastSeen:
    def __init__(self, harvest: HarvestSeen, writer: Writer, clock: Clock) -> None:
        self._harvest = harvest
        self._writer = writer
        self._clock = clock
        self._written_until: Instant = 0

    async def run(self) -> None:
        now = self._clock.now_us()
        seen = self._harvest(self._written_until)
        if seen:
            await self._writer.write([LastSeen(station_id=one, at=at) for one, at in seen])
        self._written_until = now
