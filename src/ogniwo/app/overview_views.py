"""The shapes of the network in figures."""

from datetime import datetime

from msgspec import Struct


class Figures(Struct, frozen=True, kw_only=True):
    """Of all stations, or of those on one site."""

    stations: int = 0
    connected: int = 0
    never_seen: int = 0
    connectors: dict[str, int] = {}  # by status
    faulted: int = 0  # stations and connectors that say so
    active_sessions: int = 0
    power_w: int = 0
    energy_today_wh: int = 0
    sessions_today: int = 0  # that began


class SiteFigures(Figures, frozen=True, kw_only=True):
    """``site_id`` is null for the stations that stand on none."""

    site_id: str | None


class QuarterView(Struct, frozen=True, kw_only=True):
    """A quarter of an hour; ``power_w`` is the mean of it."""

    at: datetime
    energy_wh: int
    power_w: int
    sessions: int


class OverviewView(Figures, frozen=True, kw_only=True):
    at: datetime
    time_zone: str
    since: datetime  # when today began
    quarters: list[QuarterView] = []


class Found(Struct, frozen=True, kw_only=True):
    """What the database says: figures of each site, and shares to remember."""

    sites: dict[int | None, Figures]
    before: dict[int, int]  # of a session: Wh by midnight


class Shares(Struct, frozen=True, kw_only=True):
    """What a site delivered in a span of time, and in how many sessions."""

    energy_wh: int
    sessions: int
