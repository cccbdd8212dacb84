"""Energy, power and time as a driver reads them, in the driver's language."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ogniwo.base.units import Instant, from_instant, seconds
from ogniwo.web.texts import Catalogue

NONE: Final = "–"
_FIRM: Final = "\u00a0"  # a number and its unit stay on one line
_MINUTE_S: Final = 60
_HOUR_S: Final = 3_600


def energy(texts: Catalogue, wh: int | None) -> str:
    return NONE if wh is None else f"{texts.number(wh / 1000, 1 if wh >= 100_000 else 2)}{_FIRM}kWh"


def power(texts: Catalogue, w: int | None) -> str:
    return NONE if w is None else f"{texts.number(w / 1000, 1)}{_FIRM}kW"


def share(soc: float | None) -> str:
    return NONE if soc is None else f"{round(soc)}{_FIRM}%"


def span(us: int) -> str:
    """``1 h 05 min``; seconds only below a minute."""
    whole_s = max(0, us // seconds(1))
    if whole_s < _MINUTE_S:
        return f"{whole_s}{_FIRM}s"
    hours, minutes = whole_s // _HOUR_S, whole_s % _HOUR_S // _MINUTE_S
    return f"{hours}{_FIRM}h {minutes:02}{_FIRM}min" if hours else f"{minutes}{_FIRM}min"


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def local(at: Instant, zone: str) -> datetime:
    return from_instant(at).astimezone(zone_of(zone))


def moment(at: Instant, zone: str) -> str:
    """``17.05.2026, 10:30``: day first in both languages, as on a receipt."""
    return local(at, zone).strftime("%d.%m.%Y, %H:%M")


def clock(at: Instant, zone: str) -> str:
    return local(at, zone).strftime("%H:%M")
