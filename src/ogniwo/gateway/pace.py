"""How fast one station may talk: a generous budget of frames, beyond which we read later.

Nothing is ever dropped for being early: a station that comes back after a week empties its
queue as fast as it likes, up to the burst, and is then held at the sustained rate.
"""

from dataclasses import dataclass
from typing import Final

from ogniwo.base.errors import invariant
from ogniwo.base.units import MS_PER_SECOND


@dataclass(frozen=True, slots=True)
class FrameBudget:
    burst: int = 2_000  # a long offline queue at once
    per_second: int = 100

    def __post_init__(self) -> None:
        invariant(0 < self.per_second <= MS_PER_SECOND, "rate out of range", rate=self.per_second)


FRAME_BUDGET: Final = FrameBudget()


class FramePace:
    """A token bucket kept as one number: when, at the sustained rate, all frames would be paid."""

    __slots__ = ("_frame_ms", "_head_start_ms", "_paid_ms")

    def __init__(self, budget: FrameBudget) -> None:
        self._frame_ms = MS_PER_SECOND // budget.per_second
        self._head_start_ms = budget.burst * self._frame_ms
        self._paid_ms = 0

    def spend(self, now_ms: int) -> bool:
        """Count one frame; true means that the budget is used up: wait ``ahead_ms``."""
        self._paid_ms = max(self._paid_ms, now_ms) + self._frame_ms
        return self._paid_ms - now_ms > self._head_start_ms

    def ahead_ms(self, now_ms: int) -> int:
        """How long to wait before the next frame is read."""
        return max(0, self._paid_ms - now_ms - self._head_start_ms)
