"""The one place that asks the machine what time it is; everything else is handed a ``Clock``."""

import time
from typing import Final, Protocol

from ogniwo.base.units import Instant

_NS_PER_US: Final = 1_000
_NS_PER_MS: Final = 1_000_000


class Clock(Protocol):
    def now_us(self) -> Instant:
        """Wall time, microseconds since the epoch, UTC: for what is recorded."""
        ...

    def now_ms(self) -> int:
        """Monotonic milliseconds from an arbitrary zero: for deadlines only."""
        ...


class SystemClock:
    def now_us(self) -> Instant:
        return time.time_ns() // _NS_PER_US

    def now_ms(self) -> int:
        return time.monotonic_ns() // _NS_PER_MS
