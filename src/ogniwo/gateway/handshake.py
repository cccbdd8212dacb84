"""Read a station's opening request: bytes of the HTTP head in, one frozen record out.

Pure. It judges only what can be judged from the request alone (is this a WebSocket, is there
an identity); whether the station may come in is decided in ``admission``.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from ogniwo.base.errors import OgniwoError
from ogniwo.base.limits import IDENTITY_LENGTH_MAX
from ogniwo.gateway.headers import Headers
from ogniwo.gateway.origin import Origin
from ogniwo.gateway.refusal import RefusalReason

_KEY_BYTES: Final = 16
_WEBSOCKET_VERSION: Final = "13"
_WEBSOCKET_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_ESCAPE_CHARACTERS: Final = frozenset("0123456789abcdefABCDEF")
_RECORDED_TEXT_MAX: Final = 256  # of what a stranger sends, only so much is kept


@dataclass(frozen=True, slots=True)
class Basic:
    """HTTP Basic credentials, as bytes: a 1.6 key may be unprintable and may hold a colon."""

    user: bytes
    password: bytes

    def __repr__(self) -> str:
        return f"Basic(user={self.user!r})"  # a password must not reach a log by accident


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What makes the request unusable, whoever sent it; ``detail`` is for the record."""

    reason: RefusalReason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    identity: str  # "" when ``fault`` says that there is none
    path_raw: str
    query: str
    peer: str
    tls: bool
    client_cn: str | None = None  # of a client certificate that was verified
    certificate_fault: str = ""  # why one that was shown does not count
    subprotocols_offered: tuple[str, ...]  # in the station's order, which is its preference
    basic: Basic | None
    basic_unreadable: bool
    websocket_key: str
    extensions: str
    user_agent: str
    fault: Fault | None


class _IdentityError(OgniwoError):
    def __init__(self, reason: RefusalReason, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(reason=reason, detail=detail)


def read_handshake(
    *,
    method: str,
    target: str,
    headers: Iterable[tuple[bytes, bytes]],
    origin: Origin,
    identity_length_max: int = IDENTITY_LENGTH_MAX,
) -> Handshake:
    """``target`` is the request target exactly as sent, ``headers`` raw and in order."""
    head = Headers(headers)
    path, _, query = target.partition("?")
    fault = _upgrade_fault(method, head)
    identity = ""
    try:
        identity = parse_identity(path, length_max=identity_length_max)
    except _IdentityError as error:
        fault = fault or error.fault
    authorization = head.first("authorization")
    basic = parse_basic(authorization)
    return Handshake(
        identity=identity,
        path_raw=path[:_RECORDED_TEXT_MAX],
        query=query[:_RECORDED_TEXT_MAX],
        peer=origin.peer,
        tls=origin.tls,
        client_cn=origin.client_cn,
        certificate_fault=origin.certificate_fault,
        subprotocols_offered=head.tokens("sec-websocket-protocol"),
        basic=basic,
        basic_unreadable=authorization != "" and basic is None,
        websocket_key=head.first("sec-websocket-key"),
        extensions=head.joined("sec-websocket-extensions"),
        user_agent=head.first("user-agent")[:_RECORDED_TEXT_MAX],
        fault=fault,
    )


def parse_identity(path: str, *, length_max: int = IDENTITY_LENGTH_MAX) -> str:
    """The last non-empty segment of a raw path, percent-decoded exactly once."""
    segments = [segment for segment in path.split("/") if segment]
    only_host = "://" in path and len(segments) <= 2  # quirk: the whole URL sent as the path
    if not segments or only_host:
        raise _IdentityError(RefusalReason.NO_IDENTITY, "the path has no segment")
    identity = _percent_decoded(segments[-1])
    if len(identity) > length_max:
        raise _unacceptable(f"longer than {length_max} characters")
    # isprintable() is false for control, format and unassigned characters, and for any space
    # but U+0020: two identities must never look the same to the operator by such a trick.
    if not identity.isprintable() or not identity.strip():
        raise _unacceptable("has a character that cannot be printed")
    if "/" in identity or ":" in identity:
        raise _unacceptable("has '/' or ':' in it")
    return identity


def parse_basic(authorization: str) -> Basic | None:
    """HTTP Basic split at the first colon byte; None when it is anything else."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    encoded = encoded.strip()
    try:
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    user, colon, password = decoded.partition(b":")
    return Basic(user, password) if colon else None


def accept_token(websocket_key: str) -> str:
    """Sec-WebSocket-Accept, RFC 6455 4.2.2."""
    digest = hashlib.sha1(
        websocket_key.encode("latin-1") + _WEBSOCKET_GUID, usedforsecurity=False
    ).digest()
    return base64.b64encode(digest).decode("ascii")


def _upgrade_fault(method: str, head: Headers) -> Fault | None:
    wants = [token.lower() for token in head.tokens("upgrade")]
    if method != "GET" or "websocket" not in wants:
        return Fault(reason=RefusalReason.NOT_WEBSOCKET, detail=f"{method}, upgrade={wants}")
    if "upgrade" not in [token.lower() for token in head.tokens("connection")]:
        return _broken("the header Connection: Upgrade is missing")
    if head.first("sec-websocket-version") != _WEBSOCKET_VERSION:
        return _broken("Sec-WebSocket-Version is not 13")
    try:
        key = base64.b64decode(head.first("sec-websocket-key"), validate=True)
    except (binascii.Error, ValueError):
        return _broken("Sec-WebSocket-Key is not base64")
    if len(key) != _KEY_BYTES:
        return _broken("Sec-WebSocket-Key is not 16 bytes")
    return None


def _broken(detail: str) -> Fault:
    return Fault(reason=RefusalReason.BROKEN_UPGRADE, detail=detail)


def _unacceptable(detail: str) -> _IdentityError:
    return _IdentityError(RefusalReason.UNACCEPTABLE_IDENTITY, f"the identity {detail}")


def _percent_decoded(segment: str) -> str:
    """UTF-8 behind the escapes, or no identity at all: a guess could name another station."""
    for escape in segment.split("%")[1:]:
        if len(escape) < 2 or not _ESCAPE_CHARACTERS.issuperset(escape[:2]):
            raise _unacceptable("has a broken percent-encoding")
    try:
        raw = segment.encode("utf-8", "surrogateescape")
        return unquote_to_bytes(raw).decode("utf-8")
    except UnicodeError:
        raise _unacceptable("is not UTF-8 behind its percent-encoding") from None
