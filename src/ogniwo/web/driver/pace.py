"""How often somebody may do something: counted by whatever names them, forgotten after a while.

Each node counts for itself, so many nodes allow as many times as much: it is a brake, no lock.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

KEYS_MAX: Final = 20_000  # about 4 MB; the oldest are forgotten first


class Pace:
    """At most ``times`` in ``per_s`` seconds for each key."""

    def __init__(self, times: int, per_s: float) -> None:
        self._times = times
        self._per_s = per_s
        self._seen: OrderedDict[Hashable, list[float]] = OrderedDict()

    def allows(self, *key: Hashable) -> bool:
        """Counts it, unless it is too much already."""
        now_s = asyncio.get_running_loop().time()
        recent = [at for at in self._seen.pop(key, []) if now_s - at < self._per_s]
        allowed = len(recent) < self._times
        self._seen[key] = [*recent, now_s] if allowed else recent
        while len(self._seen) > KEYS_MAX:
            self._seen.popitem(last=False)
        return allowed
