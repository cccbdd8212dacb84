"""Drivers: who they are, what they have in hand at a charging point, and what they tell of it.

A driver is no operator: nothing here opens the API. Rows whose fields are their table's columns.
"""

import re
from enum import StrEnum
from typing import Final

from msgspec import Struct

from ogniwo.base.errors import UsageError
from ogniwo.base.units import Instant
from ogniwo.domain.access import Token, TokenType

EMAIL_LENGTH_MAX: Final = 254
UID_LENGTH: Final = 20  # what OCPP 1.6 can carry
UID_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 letters: none is mistaken for another
SHOWN_OF_UID: Final = 4

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class DriverState(StrEnum):
    INVITED = "invited"  # on file, without a password yet
    ACTIVE = "active"
    BLOCKED = "blocked"


class Driver(Struct, frozen=True, kw_only=True):
    """``author`` put it on file: an operator's label, or ``SELF`` who registered."""

    id: int
    email: str
    state: DriverState
    name: str | None = None
    password_hash: str | None = None
    author: str
    created_at: Instant
    org_id: int = 1


SELF: Final = "self"


class KeyKind(StrEnum):
    BROWSER = "browser"  # a driver's sign-in
    INVITE = "invite"  # a one-time link to set a password


class DriverKey(Struct, frozen=True, kw_only=True):
    """What a driver's browser or link holds; only the hash of its secret is kept."""

    secret_hash: bytes
    driver_id: int
    kind: KeyKind
    created_at: Instant
    expires_at: Instant


class Charge(Struct, frozen=True, kw_only=True):
    """What a visitor of a charging point's page has begun there, from asking to unplugging.

    ``driver_id`` or ``guest_hash`` (of the secret in the guest's browser) says whose it is; both
    are empty once the account is gone. Without ``command_id`` a card began it at the station.
    """

    id: int
    station_id: int
    evse: int
    token_uid: str
    created_at: Instant
    plug_by: Instant  # the station waits for the cable until then
    driver_id: int | None = None
    guest_hash: bytes | None = None
    command_id: int | None = None
    session_id: int | None = None
    stop_command_id: int | None = None
    stop_asked_at: Instant | None = None
    closed_at: Instant | None = None
    org_id: int = 1

    @property
    def is_guests(self) -> bool:
        return self.driver_id is None and self.guest_hash is not None


class Wish(Struct, frozen=True, kw_only=True):
    """What a driver wants of a charge: its planner reads it, and its energy ends it."""

    charge_id: int
    departure_at: Instant | None = None
    energy_wh: int | None = None
    at: Instant


class Favourite(Struct, frozen=True, kw_only=True):
    driver_id: int
    station_id: int
    evse: int
    created_at: Instant


class EvseCode(Struct, frozen=True, kw_only=True):
    """The code that an operator gave a charging point; ``code_key`` is how it is found."""

    station_id: int
    evse: int
    code: str
    code_key: str
    author: str
    at: Instant


class ProblemKind(StrEnum):
    BROKEN = "broken"
    NOT_STARTING = "not_starting"
    CABLE_STUCK = "cable_stuck"
    OCCUPIED = "occupied"  # by a car that does not charge
    DANGER = "danger"
    OTHER = "other"


class ProblemReport(Struct, frozen=True, kw_only=True):
    id: int
    station_id: int
    evse: int
    kind: ProblemKind
    text: str
    created_at: Instant
    driver_id: int | None = None
    session_id: int | None = None
    closed_at: Instant | None = None
    closed_by: str | None = None
    note: str | None = None
    org_id: int = 1


class Removed(Struct, frozen=True):
    """The row of this kind and key is no more."""

    kind: type[Struct]
    key: tuple[int | str | bytes, ...]


DriverRow = Driver | DriverKey | Charge | Wish | Favourite | EvseCode | ProblemReport | Removed


def filed_email(text: str) -> str:
    """The form under which an address is stored and found. Errors: UsageError."""
    email = text.strip().lower()
    if len(email) > EMAIL_LENGTH_MAX or _EMAIL.fullmatch(email) is None or not email.isprintable():
        raise UsageError("write the e-mail address like name@example.com")
    return email


def app_token(uid: str, *, driver_id: int | None, at: Instant) -> Token:
    """What a remote start presents for somebody who has no card in hand."""
    since = None if driver_id is None else at
    return Token(
        uid=uid, type=TokenType.APP, driver_id=driver_id, driver_since=since, created_at=at
    )


def uid_from(entropy: bytes) -> str:
    """Never all hexadecimal, so that it is not taken for the number of a card."""
    drawn = "".join(UID_ALPHABET[it % len(UID_ALPHABET)] for it in entropy[: UID_LENGTH - 1])
    return f"W{drawn}"


def masked(uid: str) -> str:
    """As its owner may see it on a screen that others see too."""
    return "•••• " + uid[-SHOWN_OF_UID:] if len(uid) > SHOWN_OF_UID else "••••"
