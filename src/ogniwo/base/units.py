"""Time and quantities as this house writes them: integers, with the unit in the name.

An ``Instant`` is microseconds since 1970-01-01T00:00:00Z. Floats and time zones
exist only at the edges: where a station's text is read and where people are shown a time.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

Instant = int

US_PER_MS: Final = 1_000
US_PER_SECOND: Final = 1_000_000
SECONDS_PER_HOUR: Final = 3_600
MS_PER_SECOND: Final = 1_000

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_PER_DAY: Final = 24 * SECONDS_PER_HOUR


def to_instant(moment: datetime) -> Instant:
    """Microseconds UTC; a moment without a zone is taken as UTC (the caller flags it)."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - _EPOCH
    return (since.days * _SECONDS_PER_DAY + since.seconds) * US_PER_SECOND + since.microseconds


def from_instant(at: Instant) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def seconds(count: float) -> int:
    """A span of seconds in microseconds, so that it can be added to an ``Instant``."""
    return round(count * US_PER_SECOND)


def to_rfc3339(at: Instant) -> str:
    """``2026-05-17T08:30:00.123Z``: UTC, milliseconds, the form every API answer uses."""
    return from_instant(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
