"""Who may come in: one pure decision over a handshake and what is on file for the station.

Whoever calls it fetches the file and answers the station. That a station already holds a
socket is no reason to refuse it: half-open sockets are common and the newest one wins.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ogniwo.base.limits import IDENTITY_LENGTH_MAX
from ogniwo.base.units import Instant
from ogniwo.gateway.deflate import Deflate, choose_deflate
from ogniwo.gateway.handshake import Handshake
from ogniwo.gateway.refusal import EXPLANATIONS, RefusalReason

DIALECTS: Final = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")  # "ocpp2.0" was withdrawn
PROFILE_NONE: Final = 0
PROFILE_TLS: Final = 2  # from this one on the connection must be encrypted
PROFILE_CERTIFICATE: Final = 3  # the client certificate stands in for the password

_KEY_BYTES: Final = range(16, 21)  # OCPP 1.6 security: AuthorizationKey, 16 to 20 bytes
_KEY_DIGITS: Final = range(32, 41)


class UnknownStations(StrEnum):
    """What to do with a station that nobody registered."""

    REFUSE = "refuse"
    QUARANTINE = "quarantine"  # refused as well, but shown to the operator for acceptance
    ACCEPT = "accept"


class Flag(StrEnum):
    """What was odd about an admission that went well."""

    SECRET_IN_OTHER_FORM = "secret_in_other_form"  # hex for bytes or the other way round
    SECRET_PREVIOUS = "secret_previous"  # the one before the last change
    SECRET_NOT_NEEDED = "secret_not_needed"  # sent, but none is on file to check
    SUBPROTOCOL_ASSUMED = "subprotocol_assumed"
    ABOVE_PROFILE = "above_profile"  # TLS although the profile on file asks for none


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What is on file for one station; the secret only as a keyed hash (``hash_secret``)."""

    identity: str
    secret_hash: bytes | None = None
    previous_secret_hash: bytes | None = None  # while a change of secret is not yet proved
    security_profile: int = PROFILE_NONE
    assume_version: str | None = None  # for stations that name no subprotocol
    pinned_version: str | None = None
    blocked: bool = False
    deflate: bool = True  # off for clients whose compression is broken
    ping: bool = True  # off for stations that die of a ping


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionPolicy:
    server_key: bytes = field(repr=False)
    unknown_stations: UnknownStations = UnknownStations.QUARANTINE
    dialects: tuple[str, ...] = DIALECTS
    identity_length_max: int = IDENTITY_LENGTH_MAX
    realm: str = "ogniwo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    identity: str
    dialect: str  # one of DIALECTS; belongs to this socket, never to the station
    tls: bool
    security_profile: int  # the one this connection reaches
    deflate: Deflate | None
    ping: bool
    flags: frozenset[Flag]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    reason: RefusalReason
    detail: str = ""

    @property
    def status(self) -> int:
        return EXPLANATIONS[self.reason].status

    @property
    def sentence(self) -> str:
        return EXPLANATIONS[self.reason].sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionAttempt:
    """The record of a refusal, for the operator; it never holds a password."""

    at_us: Instant
    reason: RefusalReason
    status: int
    detail: str
    peer: str  # "" when the connection ended before it was known
    tls: bool
    identity: str = ""  # as long as the request named none, like all that follows
    path_raw: str = ""
    query: str = ""
    subprotocols_offered: tuple[str, ...] = ()
    user_agent: str = ""


def hash_secret(server_key: bytes, identity: str, secret: bytes) -> bytes:
    """Keyed, not slow: the secrets are long and generated, and 100,000 stations reconnect at once.

    ``secret`` is the text in UTF-8 or the bytes behind its hex digits; either form matches both.
    """
    message = identity.encode("utf-8") + b"\x00" + secret
    return hmac.new(server_key, message, hashlib.sha256).digest()


def decide_admission(
    handshake: Handshake, credentials: Credentials | None, policy: AdmissionPolicy
) -> Admitted | Refused:
    if handshake.fault is not None:
        return Refused(reason=handshake.fault.reason, detail=handshake.fault.detail)
    if credentials is None:
        return Refused(reason=RefusalReason.UNKNOWN_STATION)
    if credentials.security_profile >= PROFILE_TLS and not handshake.tls:
        return Refused(
            reason=RefusalReason.SECURITY_PROFILE,
            detail=f"profile {credentials.security_profile} is on file, this connection is plain",
        )
    if credentials.security_profile >= PROFILE_CERTIFICATE:
        secret = _check_certificate(handshake, credentials)
    else:
        secret = _check_secret(handshake, credentials, policy.server_key)
    if isinstance(secret, Refused):
        return secret
    if credentials.blocked:
        return Refused(reason=RefusalReason.STATION_BLOCKED)
    dialect = _choose_dialect(handshake, credentials, policy.dialects)
    if isinstance(dialect, Refused):
        return dialect
    flags = set(secret)
    if not handshake.subprotocols_offered:
        flags.add(Flag.SUBPROTOCOL_ASSUMED)
    if handshake.tls and credentials.security_profile < PROFILE_TLS:
        flags.add(Flag.ABOVE_PROFILE)
    return Admitted(
        identity=credentials.identity,
        dialect=dialect,
        tls=handshake.tls,
        security_profile=_profile_of(handshake, credentials),
        deflate=choose_deflate(handshake.extensions) if credentials.deflate else None,
        ping=credentials.ping,
        flags=frozenset(flags),
    )


def _profile_of(handshake: Handshake, credentials: Credentials) -> int:
    if credentials.security_profile >= PROFILE_CERTIFICATE:
        return PROFILE_CERTIFICATE
    if credentials.secret_hash is None:
        return PROFILE_NONE
    return PROFILE_TLS if handshake.tls else 1


def _choose_dialect(
    handshake: Handshake, credentials: Credentials, known: tuple[str, ...]
) -> str | Refused:
    pinned = credentials.pinned_version
    usable = known if pinned is None else (pinned,)
    offered = handshake.subprotocols_offered
    if not offered:
        if credentials.assume_version is not None:
            return credentials.assume_version
        return Refused(reason=RefusalReason.NO_SUBPROTOCOL)
    for version in offered:
        if version in usable:
            return version
    return Refused(
        reason=RefusalReason.NO_COMMON_SUBPROTOCOL,
        detail=f"offered {', '.join(offered)[:128]}; usable {', '.join(usable)}",
    )


def _check_certificate(
    handshake: Handshake, credentials: Credentials
) -> tuple[Flag, ...] | Refused:
    """Compared exactly: a name that almost fits belongs to somebody else."""
    shown = handshake.client_cn
    if shown is None:
        detail = handshake.certificate_fault or "no client certificate was shown"
        return Refused(reason=RefusalReason.CERTIFICATE_MISSING, detail=detail)
    if shown != credentials.identity:
        detail = f"the common name is {shown[:64]!r}"
        return Refused(reason=RefusalReason.CERTIFICATE_OF_ANOTHER, detail=detail)
    return ()


def _check_secret(
    handshake: Handshake, credentials: Credentials, server_key: bytes
) -> tuple[Flag, ...] | Refused:
    on_file = credentials.secret_hash
    sent = handshake.basic
    if on_file is None:
        if credentials.security_profile > PROFILE_NONE:
            return Refused(reason=RefusalReason.NO_SECRET_ON_FILE)
        return (Flag.SECRET_NOT_NEEDED,) if sent is not None else ()
    if handshake.basic_unreadable:
        return Refused(reason=RefusalReason.CREDENTIALS_UNREADABLE)
    if sent is None:
        return Refused(reason=RefusalReason.CREDENTIALS_MISSING)
    if not hmac.compare_digest(sent.user, credentials.identity.encode("utf-8")):
        return Refused(
            reason=RefusalReason.CREDENTIALS_OF_ANOTHER, detail=f"user {sent.user[:64]!r}"
        )
    hashes = [hash_secret(server_key, credentials.identity, form) for form in _forms(sent.password)]
    if (form := _match(hashes, on_file)) is not None:
        return (Flag.SECRET_IN_OTHER_FORM,) if form else ()
    previous = credentials.previous_secret_hash
    if previous is not None and _match(hashes, previous) is not None:
        return (Flag.SECRET_PREVIOUS,)
    return Refused(reason=RefusalReason.WRONG_SECRET)


def _match(hashes: list[bytes], on_file: bytes) -> int | None:
    """The place of the hash that fits; every one is compared, whatever the earlier ones said."""
    found = [place for place, one in enumerate(hashes) if hmac.compare_digest(one, on_file)]
    return found[0] if found else None


def _forms(password: bytes) -> Iterator[bytes]:
    """The password as sent, then what it could be the bytes or the hex digits of.

    OCPP 1.6 sets the key as hex and sends it as bytes; real stations also send the digits.
    """
    yield password
    if len(password) in _KEY_BYTES:
        yield password.hex().encode("ascii")
        yield password.hex().upper().encode("ascii")
    if len(password) in _KEY_DIGITS and (decoded := _unhex(password)) is not None:
        yield decoded
        yield password.lower()
        yield password.upper()


def _unhex(digits: bytes) -> bytes | None:
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:  # UnicodeDecodeError is one too
        return None
