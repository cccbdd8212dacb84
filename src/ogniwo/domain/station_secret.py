"""How a station proves itself, and how that changes while nobody knows what the station keeps.

A password that is sent to a station lets it in from then on, beside the one on file. Which of
them it kept, its answer does not prove: it may lose power before it stored the new one, or its
answer may be lost. So both let it in until it uses one, or says that it did not take it.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ogniwo.base.limits import PREVIOUS_SECRET_S
from ogniwo.base.units import Instant, seconds

NONE_NEEDED: Final = b""  # beside a first password: the station came without one until now
NEVER: Final = 2**62
BESIDE_MAX: Final = 8  # orders may fail again and again: the oldest is forgotten then


class Beside(Struct, frozen=True):
    """Another secret that lets in: an older one until a moment, a newer one until it is used."""

    secret_hash: bytes
    until: Instant | None = None

    @property
    def newer(self) -> bool:
        return self.until is None


class StationSecret(Struct, frozen=True, kw_only=True):
    """How a station proves itself. ``secret_hash`` is keyed; the secret itself is never kept."""

    station_id: int
    secret_hash: bytes | None
    security_profile: int = 0  # the least that is let in
    assume_version: str | None = None  # for stations that offer no subprotocol
    pinned_version: str | None = None
    blocked: bool = False
    beside: tuple[Beside, ...] = ()  # oldest first
    raising_to: int | None = None  # let in already, and the least once it came with it

    def older(self, now: Instant) -> tuple[bytes, ...]:
        return tuple(
            it.secret_hash for it in self.beside if it.until is not None and now < it.until
        )

    def newer(self) -> tuple[bytes, ...]:
        return tuple(it.secret_hash for it in self.beside if it.newer)


class Secured(Struct, frozen=True, kw_only=True):
    """What an order changes about how its station proves itself."""

    password: str | None = None
    profile: int | None = None
    at_once: bool = True  # taken, the station uses the password from its next connection on


def offered(secret: StationSecret, new: bytes | None, profile: int | None) -> StationSecret:
    """It goes out to the station, which may take it without our hearing of it."""
    if new is not None and new != secret.secret_hash:
        beside = (*_without(secret, new), Beside(new))
        secret = replace(secret, beside=beside[-BESIDE_MAX:])
    if profile is not None and profile > secret.security_profile:
        secret = replace(secret, raising_to=profile)
    return secret


def taken(secret: StationSecret, new: bytes, now: Instant) -> StationSecret:
    """The station says that it uses the new one: those before go on for a while."""
    if new == secret.secret_hash:
        return secret
    end = now + seconds(PREVIOUS_SECRET_S)
    before = [replace(it, until=_sooner(it.until, end)) for it in _without(secret, new)]
    if secret.secret_hash is not None:
        before.append(Beside(secret.secret_hash, end))
    elif secret.security_profile == 0:  # until it is raised, some stations send none
        before.append(Beside(NONE_NEEDED, NEVER))
    return replace(secret, secret_hash=new, beside=tuple(before))


def refused(secret: StationSecret, new: bytes | None, profile: int | None) -> StationSecret:
    if new is not None:
        secret = replace(secret, beside=_without(secret, new))
    return replace(secret, raising_to=None) if secret.raising_to == profile else secret


def proved(secret: StationSecret, used: bytes | None, profile: int | None) -> StationSecret:
    """The station came with this secret, at this profile: what was before lets in no more."""
    if used is not None and used == secret.secret_hash:
        secret = replace(secret, beside=tuple(it for it in secret.beside if it.newer))
    elif used in secret.newer():
        place = [it.secret_hash for it in secret.beside].index(used)
        later = tuple(it for it in secret.beside[place + 1 :] if it.newer)
        secret = replace(secret, secret_hash=used, beside=later)
    if profile is not None and profile > secret.security_profile:
        risen = secret.raising_to if (secret.raising_to or 0) > profile else None
        secret = replace(secret, security_profile=profile, raising_to=risen)
    return secret


def _without(secret: StationSecret, new: bytes) -> tuple[Beside, ...]:
    return tuple(it for it in secret.beside if it.secret_hash != new)


def _sooner(until: Instant | None, end: Instant) -> Instant:
    return end if until is None else min(until, end)
