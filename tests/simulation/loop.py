"""An event loop whose time is not the machine's: it jumps to the next moment something is due.

Where nothing is due any more nobody could ever wake up; that is an error and not a wait.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from ogniwo.base.units import US_PER_SECOND, Instant

T = TypeVar("T")

BEGIN_US = 1_774_224_000 * US_PER_SECOND  # 2026-03-23T00:00:00Z; summer time begins in the week


class StandstillError(Exception):
    """Everybody waits and nothing will happen."""


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise StandstillError
        self.now_s += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s


class WorldClock:
    """The true time of the simulated world; everybody else's clock may be wrong."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now_us(self) -> Instant:
        return BEGIN_US + round(self._loop.time() * US_PER_SECOND)

    def now_ms(self) -> int:
        return int(self._loop.time() * 1_000)


class WrongClock:
    """A machine's clock: monotonic time is sound, wall time is off and may jump."""

    def __init__(self, true: WorldClock, off_us: int = 0) -> None:
        self._true = true
        self.off_us = off_us

    def now_us(self) -> Instant:
        return self._true.now_us() + self.off_us

    def now_ms(self) -> int:
        return self._true.now_ms()


def run(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
