"""Identifiers: 63-bit integers that grow with time, unique per node, drawn without a database.

Layout, high bits first: 41 bits of milliseconds since 2024, 10 bits of node, 12 bits of
sequence. Rows that arrive together lie together on disk, and "newest first" is a key scan.
"""

from collections.abc import Callable
from typing import Final, Protocol

from ogniwo.base.errors import invariant
from ogniwo.base.units import US_PER_MS, Instant

EPOCH_MS: Final = 1_704_067_200_000  # 2024-01-01T00:00:00Z
NODE_BITS: Final = 10
SEQUENCE_BITS: Final = 12
NODE_MAX: Final = (1 << NODE_BITS) - 1
_SEQUENCE_MASK: Final = (1 << SEQUENCE_BITS) - 1


class Ids(Protocol):
    def next(self) -> int: ...


class TimeOrderedIds:
    """Strictly growing even when the clock stands still or steps back."""

    def __init__(self, now_us: Callable[[], Instant], *, node: int = 0, after: int = 0) -> None:
        invariant(0 <= node <= NODE_MAX, "node number out of range", node=node)
        self._now_us = now_us
        self._node_bits = node << SEQUENCE_BITS
        # "milliseconds and sequence" as one counter; ``after`` is the highest id on disk, so a
        # clock set back between two runs cannot repeat one.
        self._last = _tick(after)

    def next(self) -> int:
        tick = (self._now_us() // US_PER_MS - EPOCH_MS) << SEQUENCE_BITS
        if tick <= self._last:
            tick = self._last + 1
        self._last = tick
        sequence = tick & _SEQUENCE_MASK
        return (tick - sequence) << NODE_BITS | self._node_bits | sequence


def instant_of(identifier: int) -> Instant:
    """When an identifier was drawn, to the millisecond."""
    return ((identifier >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS) * US_PER_MS


def first_id_at(at: Instant) -> int:
    """The smallest identifier that could have been drawn at or after ``at``: a scan's start."""
    return max(0, at // US_PER_MS - EPOCH_MS) << (NODE_BITS + SEQUENCE_BITS)


def _tick(identifier: int) -> int:
    milliseconds = identifier >> (NODE_BITS + SEQUENCE_BITS)
    return (milliseconds << SEQUENCE_BITS) | (identifier & _SEQUENCE_MASK)
