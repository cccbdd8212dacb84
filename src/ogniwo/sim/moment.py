"""Simulated moments on the wire."""

from datetime import datetime

from ogniwo.base.units import US_PER_SECOND, from_instant, to_instant


def moment(at_s: int) -> datetime:
    return from_instant(at_s * US_PER_SECOND)


def seconds_of(when: datetime | None) -> int | None:
    return None if when is None else to_instant(when) // US_PER_SECOND
