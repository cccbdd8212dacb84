"""Copies of reference data are let go when what they were made from is changed, on any node.

Each write to such data adds a row to the change table in its own transaction; every node reads
on there now and then, and at once when a notice says so.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ogniwo.app.bus import Bus, ReferenceChanged
from ogniwo.app.ports import Change, Records
from ogniwo.base import log
from ogniwo.base.errors import OgniwoError

EVERY_S: Final = 0.5  # blocked here is blocked everywhere within a second, notice or not
CHANGES_AT_ONCE: Final = 1_000

Forget = Callable[[str], None]

_log = log.get("app.reference")


class ReferenceTail:
    def __init__(self, records: Records, forget: dict[str, Forget]) -> None:
        """``forget``: for each kind of change, what lets its copy go."""
        self._records = records
        self._forget = forget
        self._told = asyncio.Event()
        self._position = 0
        self._stuck = False

    async def start(self, bus: Bus) -> None:
        self._position = await self._records.latest_change()
        await bus.listen(ReferenceChanged, lambda _: self._told.set())

    async def run(self) -> None:
        """Lives as long as the node."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), EVERY_S)
            self._told.clear()
            await self._read_on()

    async def _read_on(self) -> None:
        try:
            while changes := await self._records.changes(self._position, CHANGES_AT_ONCE):
                for change in changes:
                    self._let_go(change)
                self._position = changes[-1].id
        except OgniwoError as error:  # nothing is decided meanwhile: the database is away
            if not self._stuck:
                _log.warning("changes_not_read", reason=str(error))
            self._stuck = True
        else:
            self._stuck = False

    def _let_go(self, change: Change) -> None:
        forget = self._forget.get(change.kind)
        if forget is not None:
            forget(change.key)
