"""Simulated time: it runs ``speed`` times as fast as the machine's and starts where it is told.

Inside ``sim`` a moment is a whole number of seconds since the epoch (``at_s``), which is what many
real stations write in their messages too: the energy between two timestamps is then exact.
"""

from ogniwo.base.clock import Clock, SystemClock
from ogniwo.base.errors import UsageError
from ogniwo.base.units import MS_PER_SECOND, US_PER_SECOND


class SimClock:
    """Stands still at ``start_s`` until ``begin`` is called."""

    def __init__(
        self, *, speed: float = 1.0, start_s: int | None = None, machine: Clock | None = None
    ) -> None:
        if not speed > 0:
            raise UsageError("The speed of a simulation must be greater than zero.")
        self._machine = machine or SystemClock()
        self._zero_ms: int | None = None
        self.speed = speed
        self.start_s = self._machine.now_us() // US_PER_SECOND if start_s is None else start_s

    def begin(self) -> None:
        if self._zero_ms is None:
            self._zero_ms = self._machine.now_ms()

    def now_s(self) -> int:
        return int(self.exactly_s())

    def exactly_s(self) -> float:
        return self.start_s + self.elapsed_s() * self.speed

    def elapsed_s(self) -> float:
        """Real seconds since ``begin``."""
        if self._zero_ms is None:
            return 0.0
        return (self._machine.now_ms() - self._zero_ms) / MS_PER_SECOND

    def real_s(self, span_s: float) -> float:
        """How long a simulated span lasts for people."""
        return span_s / self.speed
