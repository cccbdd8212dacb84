"""Who may charge: tokens, and the judgement on one that is presented.

Whoever calls has looked the token up and knows whether it is charging elsewhere; the rules
here only judge. A version's own words for the verdict are chosen by its adapter.
"""

from enum import StrEnum
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from ogniwo.base.units import Instant


class TokenType(StrEnum):
    RFID = "rfid"
    APP = "app"  # made by us; "Central" on the wire
    EMAID = "emaid"
    KEYCODE = "keycode"
    MAC = "mac"
    LOCAL = "local"
    DIRECT_PAYMENT = "direct_payment"
    NO_AUTHORIZATION = "no_authorization"


class TokenStatus(StrEnum):
    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    INVALID = "invalid"
    STOP_ONLY = "stop_only"  # a master pass: ends sessions, begins none (C16)


class Token(Struct, frozen=True, kw_only=True):
    """A token on file. ``uid`` is normalised: see ``normalise_uid``."""

    uid: str
    type: TokenType
    status: TokenStatus = TokenStatus.ACCEPTED
    group: str | None = None
    expires_at: Instant | None = None
    driver_id: int | None = None
    driver_since: Instant | None = None  # what it charged before is not this driver's to see
    concurrent: bool = False  # may charge at several EVSEs at once
    org_id: int = 1
    created_at: Instant = 0


class IdToken(Struct, frozen=True):
    """A token as a station presents it; 1.6 says nothing of its type."""

    uid: str
    type: TokenType | None = None

    @property
    def told(self) -> str:
        """As events and logs may say it: a key code opens doors, so it is never written there."""
        return "(key code)" if self.type is TokenType.KEYCODE else self.uid


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    CONCURRENT = "concurrent"


class Authorisation(Struct, frozen=True):
    verdict: Verdict
    group: str | None = None
    expires_at: Instant | None = None

    @property
    def accepted(self) -> bool:
        return self.verdict is Verdict.ACCEPTED


@lru_cache(maxsize=65_536)  # asked several times for every start and stop
def normalise_uid(uid: str) -> str:
    """The form under which a token is stored and found: readers differ in case and separators.

    Only hexadecimal uids lose their separators, so that an app's token keeps its dashes.
    """
    trimmed = uid.strip().upper()
    bare = trimmed.replace(":", "").replace("-", "").replace(" ", "")
    return bare if bare and all(char in "0123456789ABCDEF" for char in bare) else trimmed


def filed(presented: IdToken) -> IdToken:
    """The token by the name under which it is on file: what a session keeps of it."""
    return IdToken(normalise_uid(presented.uid), presented.type)


_FROM_STATUS = {
    TokenStatus.ACCEPTED: Verdict.ACCEPTED,
    TokenStatus.BLOCKED: Verdict.BLOCKED,
    TokenStatus.EXPIRED: Verdict.EXPIRED,
    TokenStatus.INVALID: Verdict.INVALID,
    TokenStatus.STOP_ONLY: Verdict.ACCEPTED,
}


def verdict_alone(status: TokenStatus) -> Verdict:
    """For a station that judges by itself, and would let a master pass begin a session."""
    return Verdict.BLOCKED if status is TokenStatus.STOP_ONLY else _FROM_STATUS[status]


def as_of_station(on_file: Token, master_group: str | None) -> Token:
    """Where its group is the one of the master passes, a token is one (C16)."""
    if master_group is None or on_file.group is None:
        return on_file
    if on_file.status is not TokenStatus.ACCEPTED or on_file.group.lower() != master_group.lower():
        return on_file
    return replace(on_file, status=TokenStatus.STOP_ONLY)


def may_stop(owner: IdToken, group: str | None, presented: IdToken, on_file: Token | None) -> bool:
    """May this token end a session that another began? Its own, its group's, any as master pass.

    A token is never compared with a group, though both are text: a card may bear a group's name.
    """
    if normalise_uid(owner.uid) == normalise_uid(presented.uid):
        return True
    if on_file is None:
        return False
    if on_file.status is TokenStatus.STOP_ONLY:
        return True
    return group is not None and on_file.group == group


def authorise(
    presented: IdToken,
    on_file: Token | None,
    *,
    now: Instant,
    charging_elsewhere: bool = False,
    starting: bool = False,
) -> Authorisation:
    """Judge a presented token (C01 to C06, C16). The group is told whatever the verdict is.

    ``starting``: energy is to flow because of it, so that a master pass is refused.
    """
    if presented.type is TokenType.NO_AUTHORIZATION:
        return Authorisation(Verdict.ACCEPTED)  # C02.FR.02: the start button
    if on_file is None or (presented.type not in {None, on_file.type}):
        return Authorisation(Verdict.UNKNOWN)
    verdict = _FROM_STATUS[on_file.status]
    if verdict is Verdict.ACCEPTED:
        if on_file.expires_at is not None and on_file.expires_at <= now:
            verdict = Verdict.EXPIRED
        elif starting and on_file.status is TokenStatus.STOP_ONLY:
            verdict = Verdict.BLOCKED
        elif charging_elsewhere and not on_file.concurrent:
            verdict = Verdict.CONCURRENT
    return Authorisation(verdict, on_file.group, on_file.expires_at)
