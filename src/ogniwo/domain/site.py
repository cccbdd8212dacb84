"""A site: a place with a grid connection, a time zone, and stations on it."""

from msgspec import Struct

from ogniwo.base.units import Instant


class Site(Struct, frozen=True, kw_only=True):
    """What is on file about a place; where it is and what it may draw is known or not."""

    id: int
    org_id: int = 1
    name: str
    time_zone: str  # IANA, e.g. Europe/Warsaw
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None  # ISO 3166-1, two letters
    latitude: float | None = None  # degrees, WGS 84
    longitude: float | None = None
    limit_w: int | None = None  # of the grid connection, as told by the operator
    note: str | None = None
    created_at: Instant = 0


class SiteQuarter(Struct, frozen=True, kw_only=True):
    """What a site delivered in a quarter of an hour; site 0: the stations on none."""

    at: Instant
    site_id: int
    energy_wh: int
    sessions: int


class QuartersPruned(Struct, frozen=True):
    before: Instant
