"""One deadline wheel per gateway, so that no link needs a timer or a second task.

Deadlines are kept by the tick they fall into and may be up to one tick late; that is exact
enough for pings and call timeouts, which are seconds, and costs one list entry each.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.units import MS_PER_SECOND

Deadline = Callable[[int], int | None]
"""Called with the time when due; answers when to be called again, or None for never.

There is no way to cancel: a deadline that is no longer wanted answers None when its time comes.
"""

TICK_MS: Final = 500

_log = log.get("gateway")


class DeadlineWheel:
    def __init__(self, clock: Clock, *, tick_ms: int = TICK_MS) -> None:
        self._clock = clock
        self._tick_ms = tick_ms
        self._slots: dict[int, list[Deadline]] = {}

    def add(self, due_ms: int, deadline: Deadline) -> None:
        # Rounded up: a deadline is never early.
        self._slots.setdefault(-(-due_ms // self._tick_ms), []).append(deadline)

    def advance(self) -> None:
        """Call what is due by now."""
        now_ms = self._clock.now_ms()
        for slot in sorted(slot for slot in self._slots if slot * self._tick_ms <= now_ms):
            for deadline in self._slots.pop(slot):
                self._call(deadline, now_ms)

    async def run(self) -> None:
        """For ever; the owner of the gateway runs this as its one timer task."""
        while True:
            await asyncio.sleep(self._tick_ms / MS_PER_SECOND)
            self.advance()

    def _call(self, deadline: Deadline, now_ms: int) -> None:
        try:
            again_ms = deadline(now_ms)
        except Exception:  # noqa: BLE001 - one broken link must not stop the others' deadlines
            _log.exception("deadline_failed")
            return
        if again_ms is not None:
            # At least one tick ahead, or a deadline that repeats itself at once would spin.
            self.add(max(again_ms, now_ms + 1), deadline)
