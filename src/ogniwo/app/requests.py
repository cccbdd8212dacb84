"""What people and programs ask of the application, and short answers: shared with the web."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from ogniwo.base.units import Instant
from ogniwo.domain.access import TokenStatus, TokenType
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


class TokenInput(Struct, frozen=True, kw_only=True):
    """A token to put on file, its uid normalised; one with the same uid is replaced."""

    uid: str
    type: TokenType = TokenType.RFID
    status: TokenStatus = TokenStatus.ACCEPTED
    group: str | None = None
    expires_at: Instant | None = None
    concurrent: bool = False


class RawAnswer(Struct, frozen=True, kw_only=True):
    """How a raw OCPP call ended: ``payload`` is the station's answer as JSON text."""

    state: str
    payload: bytes | None = None
    error: str | None = None


class Principal(Struct, frozen=True, kw_only=True):
    """Whoever is calling; ``label`` becomes the author of what it does."""

    token_id: str
    label: str


class Trouble(Struct, frozen=True, kw_only=True):
    """Why the service is not ready: a stable code, and a sentence that says what to do."""

    code: str
    detail: str
