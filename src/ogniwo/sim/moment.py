"""A simulated moment as the messages want it."""

from datetime import datetime

from ogniwo.base.units import US_PER_SECOND, from_instant


def moment(at_s: int) -> datetime:
    return from_instant(at_s * US_PER_SECOND)
