"""Whether the wall clock has gone on evenly: else it cannot tell how long something was silent.

What was noted before it was set is compared with a time after it; so for as long as a silence
must last nobody is judged by it.
"""

from typing import Final

from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.units import MS_PER_SECOND, US_PER_MS, US_PER_SECOND, seconds

STEP_S: Final = 60  # less changes no silence that matters, and a slow clock drifts by less

_log = log.get("app")


class EvenTime:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead_us = self._ahead()
        self._set_at_ms: int | None = None

    def lasts(self, span_s: int) -> bool:
        """Nobody has set the clock within that time; to be asked more often than that."""
        ahead_us = self._ahead()
        by_us, self._ahead_us = ahead_us - self._ahead_us, ahead_us
        now_ms = self._clock.now_ms()
        if abs(by_us) > seconds(STEP_S):
            _log.warning("clock_was_set", by_s=by_us // US_PER_SECOND)
            self._set_at_ms = now_ms
        return self._set_at_ms is None or now_ms - self._set_at_ms >= span_s * MS_PER_SECOND

    def _ahead(self) -> int:
        """Of the machine's own time, from an arbitrary zero."""
        return self._clock.now_us() - self._clock.now_ms() * US_PER_MS
