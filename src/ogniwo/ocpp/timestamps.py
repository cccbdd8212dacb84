"""Read the times that stations write: ISO 8601 with the usual liberties taken."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

CHARS_MAX: Final = 64  # twice what the longest honest one takes; bounds the matching as well

_ISO: Final = re.compile(
    r"""\s*
    (\d{4})-(\d{1,2})-(\d{1,2})          # date
    [Tt\s_]\s*
    (\d{1,2}):(\d{2})(?::(\d{2}))?       # time, some without seconds
    (?:[.,](\d+))?                       # any number of decimals
    \s*(Z|z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?
    \s*""",
    re.VERBOSE | re.ASCII,
)


def read_timestamp(text: str) -> tuple[datetime, bool] | None:
    """The instant and whether its zone was written; one that was not is taken as UTC.

    The year is not judged: 0001 and 1970 are what a station without a clock honestly says.
    """
    found = _ISO.fullmatch(text) if len(text) <= CHARS_MAX else None
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        instant = datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            min(int(second or 0), 59),  # a leap second has no place in a datetime
            int((fraction or "0")[:6].ljust(6, "0")),
            tzinfo=_zone(zone),
        )
    except ValueError:  # the 31st of February, an offset of 99 hours
        return None
    return instant, zone is not None


def _zone(text: str | None) -> timezone:
    if text is None or text[0] not in "+-":
        return UTC
    hours, minutes = int(text[1:3]), int(text[3:].strip(":") or 0)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)
