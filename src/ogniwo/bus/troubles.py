"""What goes wrong on the bus again and again, told once a minute with how often it was."""

from typing import Final

from ogniwo.base import log
from ogniwo.base.clock import Clock

QUIET_MS: Final = 60_000

_log = log.get("bus")


class Troubles:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told_ms: dict[str, int] = {}
        self._untold: dict[str, int] = {}

    def had(self, event: str, **facts: object) -> None:
        times = self._untold.get(event, 0) + 1
        now_ms = self._clock.now_ms()
        told_ms = self._told_ms.get(event)
        if told_ms is not None and now_ms - told_ms < QUIET_MS:
            self._untold[event] = times
            return
        self._told_ms[event] = now_ms
        self._untold[event] = 0
        _log.warning(event, times=times, **facts)
