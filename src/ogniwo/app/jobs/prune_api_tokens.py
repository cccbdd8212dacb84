"""Forget sign-ins and one-time links that have expired."""

from typing import Final

from ogniwo.app.keys import ApiTokensPruned
from ogniwo.app.ports import Writer
from ogniwo.base.clock import Clock

EVERY_S: Final = 3_600


class PruneApiTokens:
    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock

    async def run(self) -> None:
        await self._writer.write([ApiTokensPruned(self._clock.now_us())])
