"""What people and programs ask of the application, and short answers: shared with the web."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from ogniwo.app.views import ApiTokenView
from ogniwo.base.units import Instant
from ogniwo.domain.access import TokenStatus, TokenType
from ogniwo.domain.people import Right, Role, Sites
from ogniwo.domain.station import Registration


class StationChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change about a station; a field that is left out stays as it is."""

    name: Annotated[str, Meta(max_length=200)] | UnsetType | None = UNSET
    site_id: str | UnsetType | None = UNSET
    registration: Registration | UnsetType = UNSET
    password: Annotated[str, Meta(min_length=8, max_length=64)] | UnsetType | None = UNSET
    security_profile: Annotated[int, Meta(ge=0, le=3)] | UnsetType = UNSET
    assume_version: str | UnsetType | None = UNSET
    pinned_version: str | UnsetType | None = UNSET
    blocked: bool | UnsetType = UNSET
    strict: bool | UnsetType = UNSET
    max_power_w: Annotated[int, Meta(ge=1, le=10_000_000)] | UnsetType | None = UNSET


SiteName = Annotated[str, Meta(min_length=1, max_length=200)]
Line = Annotated[str, Meta(max_length=200)]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1, e.g. PL.")]
Latitude = Annotated[float, Meta(ge=-90, le=90, description="Degrees north, WGS 84.")]
Longitude = Annotated[float, Meta(ge=-180, le=180, description="Degrees east, WGS 84.")]
SiteLimit = Annotated[
    int, Meta(ge=1, le=1_000_000_000, description="Of the grid connection, W; for information.")
]
Zone = Annotated[str, Meta(max_length=60, description="IANA, e.g. Europe/Warsaw.")]
Note = Annotated[str, Meta(max_length=2_000)]


class SiteInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place where stations stand."""

    name: SiteName
    time_zone: Zone = "Europe/Warsaw"
    address: Line | None = None
    postal_code: Line | None = None
    city: Line | None = None
    country: Country | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    limit_w: SiteLimit | None = None
    note: Note | None = None


class SiteChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change about a site; a field that is left out stays as it is."""

    name: SiteName | UnsetType = UNSET
    time_zone: Zone | UnsetType = UNSET
    address: Line | UnsetType | None = UNSET
    postal_code: Line | UnsetType | None = UNSET
    city: Line | UnsetType | None = UNSET
    country: Country | UnsetType | None = UNSET
    latitude: Latitude | UnsetType | None = UNSET
    longitude: Longitude | UnsetType | None = UNSET
    limit_w: SiteLimit | UnsetType | None = UNSET
    note: Note | UnsetType | None = UNSET


class TokenInput(Struct, frozen=True, kw_only=True):
    """A token to put on file; of one that is there, what is not named stays as it is."""

    uid: str
    type: TokenType | UnsetType = UNSET
    status: TokenStatus | UnsetType = UNSET
    group: str | UnsetType | None = UNSET
    expires_at: Instant | UnsetType | None = UNSET
    concurrent: bool | UnsetType = UNSET
    driver_id: int | UnsetType | None = UNSET


class RawAnswer(Struct, frozen=True, kw_only=True):
    """How a raw OCPP call ended: ``payload`` is the station's answer as JSON text."""

    state: str
    payload: bytes | None = None
    error: str | None = None


class Principal(Struct, frozen=True, kw_only=True):
    """Whoever is calling; ``label`` becomes the author of what it does."""

    token_id: str
    label: str
    rights: frozenset[Right]
    role: Role | None = None  # None: these rights and no role's
    sites: Sites | None = None  # None: everywhere
    owner: str = ""  # under which preferences are kept
    person_id: int | None = None  # None: a program
    name: str = ""
    language: str | None = None

    @property
    def sees_people(self) -> bool:
        """May it know who is let in, and what becomes of them?"""
        return self.sites is None and Right.ADMINISTER in self.rights


class PersonInput(Struct, frozen=True, kw_only=True):
    """Somebody to let in; without a password by an invitation."""

    login: str
    name: str = ""
    role: Role
    sites: Sites | None = None
    language: str | None = None
    password: str | None = None
    must_change: bool = True  # the password was chosen by another


class PersonChanges(Struct, frozen=True, kw_only=True):
    """What to change about somebody; what is left out stays as it is."""

    name: str | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    sites: Sites | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    blocked: bool | UnsetType = UNSET
    password: str | UnsetType = UNSET


class ApiTokenInput(Struct, frozen=True, kw_only=True):
    """A key for a program: with the rights of a role, or with these alone."""

    label: str
    role: Role = Role.VIEWER
    rights: frozenset[Right] | None = None
    sites: Sites | None = None
    expires_at: Instant | None = None


class NewApiToken(Struct, frozen=True, kw_only=True):
    """``token`` is the secret: nobody can be told it again."""

    token: str
    key: ApiTokenView


class Trouble(Struct, frozen=True, kw_only=True):
    """Why the service is not ready: a stable code, and a sentence that says what to do."""

    code: str
    detail: str
