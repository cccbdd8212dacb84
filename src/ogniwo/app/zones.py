"""Time zones by their names."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ogniwo.base.errors import UsageError


def zone_called(name: str) -> ZoneInfo:
    """Errors: UsageError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"there is no time zone {name[:60]!r}: write it like Europe/Warsaw"
        ) from error
