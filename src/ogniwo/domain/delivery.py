"""How much of a session's energy had flowed by a moment: a day's or a quarter's share of it.

The register is read now and then; between two readings energy is taken to flow evenly. Shares
are cut out of the session's settled energy, so those of all parts of its time add up to it.
"""

from msgspec import Struct

from ogniwo.base.units import Instant


class Reading(Struct, frozen=True):
    """Energy since the session's begin, as read at a moment."""

    at: Instant
    energy_wh: int


def delivered_by(
    moment: Instant,
    *,
    begun_at: Instant,
    whole: Reading,
    before: Reading | None = None,
    after: Reading | None = None,
) -> int:
    """``whole``: all of it, and when the last of it flowed; the others are next to the moment."""
    if moment <= begun_at:
        return 0
    if moment >= whole.at:
        return whole.energy_wh
    left = before or Reading(begun_at, 0)
    right = after if after is not None and after.at <= whole.at else whole
    span = right.at - left.at
    part = 0 if span <= 0 else (right.energy_wh - left.energy_wh) * (moment - left.at) // span
    return min(max(left.energy_wh + part, 0), whole.energy_wh)
