"""People, and what they and programs may do: rights, roles that have them, and where they hold.

How somebody proves who he is, is decided elsewhere.
"""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from ogniwo.base.errors import OgniwoError, UsageError
from ogniwo.base.units import Instant

Sites = frozenset[int]
"""Ids of the sites that somebody is limited to; where it may be ``None``: everywhere."""


class Right(StrEnum):
    """Each of them is another's work; a way to change something names the one it takes."""

    READ = "read"
    SERVE = "serve"  # look after stations: order, let in, set as templates want
    LIMIT = "limit"  # say how much power flows
    OPERATE = "operate"  # run the network: stations, sites, tokens, templates, raw calls
    SETTLE = "settle"  # put sessions in order and take their figures away
    ADMINISTER = "administer"  # say who may do what


class Role(StrEnum):
    VIEWER = "viewer"
    TECHNICIAN = "technician"
    ENERGY_MANAGER = "energy_manager"
    FINANCE = "finance"
    OPERATOR = "operator"
    ADMIN = "admin"


ALL_RIGHTS: Final = frozenset(Right)
RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.VIEWER: frozenset({Right.READ}),
    Role.TECHNICIAN: frozenset({Right.READ, Right.SERVE}),
    Role.ENERGY_MANAGER: frozenset({Right.READ, Right.LIMIT}),
    Role.FINANCE: frozenset({Right.READ, Right.SETTLE}),
    Role.OPERATOR: ALL_RIGHTS - {Right.ADMINISTER},
    Role.ADMIN: ALL_RIGHTS,
}


def roles_with(wanted: Collection[Right]) -> list[Role]:
    """Those that have at least one of these rights."""
    return [role for role, rights in RIGHTS.items() if rights & set(wanted)]


class NotPermittedError(OgniwoError):
    """Whoever asks may not do this, though others may."""

    def __init__(self, text: str, *, roles: Collection[Role] = ()) -> None:
        super().__init__(text)
        self.roles = tuple(roles)


def check_right(held: frozenset[Right], *wanted: Right) -> None:
    """One of them is enough. Errors: NotPermittedError."""
    if held.isdisjoint(wanted):
        roles = roles_with(wanted)
        named = " or ".join(sorted(wanted))
        raise NotPermittedError(
            f"this takes the right {named!r}, which the role {', '.join(roles[:-1])} or {roles[-1]}"
            " has: ask somebody who has it, or an administrator for the role",
            roles=roles,
        )


LOGIN_PATTERN: Final = r"^[a-z0-9][a-z0-9._@+-]{0,99}$"


def is_login(text: str) -> bool:
    return re.fullmatch(LOGIN_PATTERN, text) is not None


def check_login(login: str) -> None:
    """Errors: UsageError."""
    if not is_login(login):
        raise UsageError(
            "a login has at most 100 small letters, digits and . _ @ + -, a letter or digit first"
        )


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who signs in; a row that is added. Without ``password_hash`` not yet."""

    id: int
    login: str
    role: Role
    name: str = ""
    sites: Sites | None = None
    language: str | None = None
    password_hash: str | None = None
    must_change: bool = False  # the password was set by another
    blocked: bool = False
    version: int = 1
    created_at: Instant = 0
    signed_in_at: Instant | None = None
    org_id: int = 1

    @property
    def rules(self) -> bool:
        """Can this person let others in, and oneself back in? One such must always be left."""
        may = self.role is Role.ADMIN and self.sites is None
        return may and not self.blocked and self.password_hash is not None


class PersonChanged(Struct, frozen=True):
    """Refused (RowRefusedError) when another changed the person since: see ``version``.

    ``signed_in_at`` is not changed by it.
    """

    person: Person


class PersonSignedIn(Struct, frozen=True, kw_only=True):
    person_id: int
    at: Instant


class PersonRemoved(Struct, frozen=True):
    """With all keys of that person. Refused when there is none."""

    person_id: int


class AdminKept(Struct, frozen=True):
    """Refused unless this person ``rules``, at the moment in which it is stored."""

    person_id: int
