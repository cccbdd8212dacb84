"""What is read of drivers and their charges, and the shapes that are shown of them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from ogniwo.app.filters import Cut
from ogniwo.app.views import Page
from ogniwo.base.units import Instant
from ogniwo.domain.access import Token
from ogniwo.domain.drivers import (
    Charge,
    Driver,
    DriverKey,
    EvseCode,
    Favourite,
    ProblemReport,
    Wish,
)
from ogniwo.domain.people import Sites
from ogniwo.domain.session import Session


class DriverView(Struct, frozen=True, kw_only=True):
    """A driver as operators see it."""

    id: str
    email: str
    name: str | None
    state: str
    self_registered: bool
    tokens: list[str]
    created_at: datetime


class InvitedDriver(DriverView, frozen=True, kw_only=True):
    """``invite_url`` sets a password, once, until ``invite_expires_at``."""

    invite_url: str | None
    invite_expires_at: datetime | None


class WishView(Struct, frozen=True, kw_only=True):
    """What the driver wants of a session; reaching ``energy_wh`` ends it."""

    session_id: str
    departure_at: datetime | None
    energy_wh: int | None
    set_at: datetime | None
    stop_command_id: str | None


class ProblemReportView(Struct, frozen=True, kw_only=True):
    id: str
    station_id: str
    evse_id: int
    kind: str
    text: str
    driver_id: str | None
    session_id: str | None
    created_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    note: str | None


class Place(Struct, frozen=True, kw_only=True):
    """A charging point as its page must know it."""

    station_id: int
    identity: str
    evse: int
    name: str | None
    site_id: int | None
    site_name: str | None
    address: str | None
    time_zone: str
    plugged_at: Instant | None  # since when it is as it is


class PastSession(Struct, frozen=True, kw_only=True):
    """A session as its driver sees it."""

    session: Session
    identity: str
    station_name: str | None
    time_zone: str


class OpenCharge(Struct, frozen=True, kw_only=True):
    charge: Charge
    identity: str
    session: Session | None


class DriverRecords(Protocol):
    async def driver(self, driver_id: int) -> Driver | None: ...

    async def driver_called(self, email: str) -> Driver | None: ...

    async def drivers(self, query: str | None, cut: Cut) -> Page[DriverView]:
        """Newest first; ``query``: part of the address or the name."""
        ...

    async def key(self, secret_hash: bytes) -> DriverKey | None: ...

    async def keys_of(self, driver_id: int) -> list[DriverKey]: ...

    async def expired_keys(self, *, before: Instant) -> list[bytes]:
        """Hashes of some of those that ended before."""
        ...

    async def tokens_of(self, driver_id: int) -> list[Token]: ...

    async def favourites(self, driver_id: int) -> list[tuple[Favourite, Place]]: ...

    async def past(self, tokens: Sequence[Token], *, since: Instant, cut: Cut) -> Page[PastSession]:
        """Sessions with these tokens, each since it became its driver's; newest first."""
        ...

    async def past_one(self, session_id: int) -> PastSession | None: ...

    async def charges_of(self, driver_id: int) -> list[Charge]: ...

    async def place(self, identity: str, evse: int) -> Place | None: ...

    async def code(self, code_key: str) -> tuple[str, EvseCode] | None:
        """The station's identity with it."""
        ...

    async def code_left(self, code_key: str) -> EvseCode | None:
        """The one that a station had which was removed since."""
        ...

    async def codes_of(self, identity: str) -> list[EvseCode]: ...

    async def identities_of_site(self, site_id: int) -> list[str]: ...

    async def charge(self, charge_id: int) -> Charge | None: ...

    async def charges_at(self, station_id: int, evse: int, *, since: Instant) -> list[Charge]:
        """Newest first."""
        ...

    async def charge_of_session(self, session_id: int) -> Charge | None: ...

    async def session_of(self, charge: Charge) -> Session | None:
        """The one it led to, linked or not yet."""
        ...

    async def running_sessions(self, uids: Collection[str]) -> list[Session]: ...

    async def charges_to_follow(self, *, stop_again: Instant) -> list[OpenCharge]:
        """Open ones of which there is something to do: no session is known, it has ended, or the

        wanted energy is reached and no stop was asked for since ``stop_again``.
        """
        ...

    async def wish(self, charge_id: int) -> Wish | None: ...

    async def reports_of(self, driver_id: int) -> list[ProblemReport]: ...

    async def report(self, report_id: int, *, sites: Sites | None) -> ProblemReport | None:
        """None also for one of a station elsewhere."""
        ...

    async def reports(
        self, *, open_only: bool, sites: Sites | None, cut: Cut
    ) -> Page[ProblemReportView]:
        """Newest first."""
        ...
