"""Who may come in: one pure decision over a handshake and what is on file for the station.

Whoever calls it fetches the file and answers the station. That a station already holds a
socket is no reason to refuse it: half-open sockets are common and the newest one wins.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from ogniwo.base.limits import IDENTITY_LENGTH_MAX
from ogniwo.base.units import Instant
from ogniwo.gateway.deflate import Deflate, choose_deflate
from ogniwo.gateway.handshake import Handshake
from ogniwo.gateway.refusal import EXPLANATIONS, RefusalReason

DIALECTS: Final = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")  # "ocpp2.0" was withdrawn
PROFILE_NONE: Final = 0
PROFILE_PASSWORD: Final = 1
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
    # While a change of secret is not yet proved; an empty one: it may come without.
    previous_secret_hashes: tuple[bytes, ...] = ()
    offered_secret_hashes: tuple[bytes, ...] = ()  # the station may have taken it
    security_profile: int = PROFILE_NONE
    raising_to: int | None = None  # the profile that it was told to use, and may use already
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
    secret_used: bytes | None = field(default=None, repr=False)  # its hash, if it settles a change
    raised_to: int | None = None  # for the first time


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
    proof = _prove(handshake, credentials, policy.server_key)
    if isinstance(proof, Refused):
        return proof
    if credentials.blocked:
        return Refused(reason=RefusalReason.STATION_BLOCKED)
    dialect = _choose_dialect(handshake, credentials, policy.dialects)
    if isinstance(dialect, Refused):
        return dialect
    flags = set(proof.flags)
    if not handshake.subprotocols_offered:
        flags.add(Flag.SUBPROTOCOL_ASSUMED)
    if handshake.tls and (proof.raised_to or credentials.security_profile) < PROFILE_TLS:
        flags.add(Flag.ABOVE_PROFILE)
    return Admitted(
        identity=credentials.identity,
        dialect=dialect,
        tls=handshake.tls,
        security_profile=proof.profile,
        deflate=choose_deflate(handshake.extensions) if credentials.deflate else None,
        ping=credentials.ping,
        flags=frozenset(flags),
        secret_used=proof.secret_used,
        raised_to=proof.raised_to,
    )


@dataclass(frozen=True, slots=True)
class _Proof:
    profile: int  # that the connection reaches
    flags: tuple[Flag, ...] = ()
    secret_used: bytes | None = None
    raised_to: int | None = None


def _prove(handshake: Handshake, credentials: Credentials, server_key: bytes) -> _Proof | Refused:
    """At the profile that the station was told to use, else at the one on file."""
    on_file, raising_to = credentials.security_profile, credentials.raising_to
    if raising_to is not None and raising_to > on_file:
        risen = _prove_at(raising_to, handshake, credentials, server_key)
        if isinstance(risen, _Proof):
            return replace(risen, raised_to=raising_to)
    return _prove_at(on_file, handshake, credentials, server_key)


def _prove_at(
    profile: int, handshake: Handshake, credentials: Credentials, server_key: bytes
) -> _Proof | Refused:
    if profile >= PROFILE_TLS and not handshake.tls:
        return Refused(
            reason=RefusalReason.SECURITY_PROFILE,
            detail=f"profile {profile} is on file, this connection is plain",
        )
    if profile >= PROFILE_CERTIFICATE:
        return _check_certificate(handshake, credentials)
    return _check_secret(profile, handshake, credentials, server_key)


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


def _check_certificate(handshake: Handshake, credentials: Credentials) -> _Proof | Refused:
    """Compared exactly: a name that almost fits belongs to somebody else."""
    shown = handshake.client_cn
    if shown is None:
        detail = handshake.certificate_fault or "no client certificate was shown"
        return Refused(reason=RefusalReason.CERTIFICATE_MISSING, detail=detail)
    if shown != credentials.identity:
        detail = f"the common name is {shown[:64]!r}"
        return Refused(reason=RefusalReason.CERTIFICATE_OF_ANOTHER, detail=detail)
    return _Proof(PROFILE_CERTIFICATE)


def _check_secret(
    profile: int, handshake: Handshake, credentials: Credentials, server_key: bytes
) -> _Proof | Refused:
    """At profile 0 none is needed until one is on file, or used."""
    optional = credentials.secret_hash is None or b"" in credentials.previous_secret_hashes
    checked = _check_sent(handshake, credentials, server_key)
    if isinstance(checked, _Proof) or not (optional and profile == PROFILE_NONE):
        return checked
    if credentials.secret_hash is None:
        return _Proof(PROFILE_NONE, () if handshake.basic is None else (Flag.SECRET_NOT_NEEDED,))
    return checked if handshake.basic is not None else _Proof(PROFILE_NONE)


def _check_sent(
    handshake: Handshake, credentials: Credentials, server_key: bytes
) -> _Proof | Refused:
    on_file, offered = credentials.secret_hash, credentials.offered_secret_hashes
    sent = handshake.basic
    if on_file is None and not offered:
        return Refused(reason=RefusalReason.NO_SECRET_ON_FILE)
    if handshake.basic_unreadable:
        return Refused(reason=RefusalReason.CREDENTIALS_UNREADABLE)
    if sent is None:
        return Refused(reason=RefusalReason.CREDENTIALS_MISSING)
    if not hmac.compare_digest(sent.user, credentials.identity.encode("utf-8")):
        return Refused(
            reason=RefusalReason.CREDENTIALS_OF_ANOTHER, detail=f"user {sent.user[:64]!r}"
        )
    hashes = [hash_secret(server_key, credentials.identity, form) for form in _forms(sent.password)]
    reached = PROFILE_TLS if handshake.tls else PROFILE_PASSWORD
    unsettled = bool(offered or credentials.previous_secret_hashes)
    for one in (*offered, *(() if on_file is None else (on_file,))):
        if (form := _match(hashes, one)) is not None:
            flags = (Flag.SECRET_IN_OTHER_FORM,) if form else ()
            return _Proof(reached, flags, one if unsettled else None)
    for one in credentials.previous_secret_hashes:
        if _match(hashes, one) is not None:
            return _Proof(reached, (Flag.SECRET_PREVIOUS,))
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
