"""Keys to the HTTP API, as they are stored: of programs, of people's browsers, one-time links."""

from msgspec import Struct

from ogniwo.base.units import Instant
from ogniwo.domain.people import Right, Role, Sites


class ApiToken(Struct, frozen=True, kw_only=True):
    """A key to the HTTP API; only the hash of its secret is kept.

    ``kind``: "api" for programs; "browser", a sign-in; "code", a one-time link. What it may is
    said by its person, by the key it was ``opened_by``, by its scopes, or else by its role.
    """

    id: int
    secret_hash: bytes
    label: str
    created_at: Instant
    expires_at: Instant | None = None
    kind: str = "api"
    person_id: int | None = None
    opened_by: int | None = None
    role: Role = Role.ADMIN
    scopes: frozenset[Right] | None = None
    sites: Sites | None = None
    last_used_at: Instant | None = None
    org_id: int = 1


class ApiTokenUsed(Struct, frozen=True, kw_only=True):
    """It may have been removed meanwhile: then it stays so."""

    token_id: int
    at: Instant
    expires_at: Instant | None


class ApiTokenRemoved(Struct, frozen=True):
    """Refused (RowRefusedError) when it is gone already: what works once works once."""

    secret_hash: bytes


class KeysOfPersonRemoved(Struct, frozen=True):
    """Signed out everywhere, and no link is good any more."""

    person_id: int


class ApiTokensPruned(Struct, frozen=True):
    """Those that expired before ``before`` are forgotten."""

    before: Instant
