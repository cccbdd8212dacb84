"""Which sequence numbers of a transaction have arrived: ranges, kept short however many came.

OCPP 2.x numbers a transaction's events, from 0 or from a running counter of the EVSE (E01,
E02), so the first number seen need not be the first sent.
"""

import re
from typing import Final

Ranges = tuple[tuple[int, int], ...]  # inclusive, ascending, never touching

# Where every number leaves a gap (a counter of two EVSEs) the oldest gaps are forgotten; they are
# kept with every reading. The younger ones still say that something is missing.
RANGES_MAX: Final = 64

_RANGE: Final = re.compile(r"(-?\d+)-(-?\d+)")  # 2.0.1 does not forbid negative numbers


def contains(ranges: Ranges, number: int) -> bool:
    return any(low <= number <= high for low, high in reversed(ranges))


def add(ranges: Ranges, number: int) -> Ranges:
    """The ranges with one number more; the usual next number is O(1)."""
    if ranges and number == ranges[-1][1] + 1:
        return (*ranges[:-1], (ranges[-1][0], number))
    if contains(ranges, number):
        return ranges
    joined: list[tuple[int, int]] = []
    for low, high in sorted((*ranges, (number, number))):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    if len(joined) > RANGES_MAX:
        joined[:2] = [(joined[0][0], joined[1][1])]
    return tuple(joined)


def complete(ranges: Ranges, *, first: int | None, last: int | None) -> bool:
    """Has every number from the start's to the end's arrived?"""
    if first is None or last is None:
        return False
    return any(low <= first and last <= high for low, high in ranges)


def to_text(ranges: Ranges) -> str:
    return ",".join([f"{low}-{high}" for low, high in ranges])


def from_text(text: str) -> Ranges:
    return tuple((int(low), int(high)) for low, high in _RANGE.findall(text))
