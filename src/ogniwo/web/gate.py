"""Who may pass: the outermost layer around the whole application.

Everything under ``/api`` needs a bearer token, or the cookie of our own page: the cookie alone
may only read, changing something takes the page's CSRF header too. Every answer leaves with
the security headers. What a caller may do beyond that is not decided here.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from typing import Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from ogniwo.web.ports import KeyRing, Principal
from ogniwo.web.problems import MEDIA_TYPE, Problem, problem

COOKIE: Final = "ogniwo_session"
CSRF_HEADER: Final = "x-ogniwo-csrf"
PRINCIPAL: Final = "ogniwo_principal"  # where the caller stands in the request's state
BEARER: Final = "ogniwo_bearer"
BEARER_LENGTH_MAX: Final = 512  # ours are far shorter; nobody makes us hash a megabyte

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORWARDED: Final = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip"})

_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    b"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    b"frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


def csrf_token(bearer: str) -> str:
    """What a page signed in with this bearer must send along; nobody else can work it out."""
    return hmac.new(bearer.encode(), b"ogniwo page", hashlib.sha256).hexdigest()[:32]


class Gate:
    """ASGI in, ASGI out."""

    def __init__(self, app: ASGIApp, keys: KeyRing, *, metrics_open: bool = False) -> None:
        self._app = app
        self._keys = keys
        self._metrics_open = metrics_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        send = _with_security_headers(send)
        refusal = await self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await _answer(refusal, send)

    async def _refusal(self, scope: HTTPScope) -> Problem | None:
        """Find out who calls; None when the request may go on."""
        path = scope["path"]
        bearer, by_cookie = _bearer_of(scope)
        principal = await self._keys.check(bearer) if bearer else None
        if principal is not None:
            _state_of(scope).update({PRINCIPAL: principal, BEARER: bearer})
        if path == "/metrics" and (self._metrics_open or from_this_machine(scope)):
            return None
        if path not in {"/metrics", "/api"} and not path.startswith("/api/"):
            return None
        if principal is None:
            return problem(401, "unauthorized")
        if by_cookie and scope["method"] not in SAFE_METHODS:
            return _csrf_refusal(scope, bearer)
        return None


def principal_in(scope: Scope) -> Principal | None:
    found = _state_of(scope).get(PRINCIPAL)
    return found if isinstance(found, Principal) else None


def bearer_in(scope: Scope) -> str | None:
    found = _state_of(scope).get(BEARER)
    return found if isinstance(found, str) else None


def header_in(scope: Scope, name: bytes) -> bytes:
    return _header(scope["headers"], name)


def same_origin(scope: Scope) -> bool:
    """Did a page of ours send this? Browsers say so; programs say nothing, which is fine."""
    site = _header(scope["headers"], b"sec-fetch-site")
    if site:
        return site in {b"same-origin", b"none"}
    origin = _header(scope["headers"], b"origin")
    return not origin or origin.partition(b"://")[2] == _header(scope["headers"], b"host")


def _csrf_refusal(scope: HTTPScope, bearer: str) -> Problem | None:
    sent = _header(scope["headers"], CSRF_HEADER.encode())
    if same_origin(scope) and hmac.compare_digest(sent, csrf_token(bearer).encode()):
        return None
    return problem(
        403, "csrf", "This change did not come from the page as it is now; reload it and try again."
    )


def _bearer_of(scope: HTTPScope) -> tuple[str, bool]:
    """The bearer and whether it came by cookie; the header wins, "" where there is none."""
    header = _header(scope["headers"], b"authorization")
    if header:
        scheme, _, value = header.decode("latin-1").partition(" ")
        bearer = value.strip() if scheme.lower() == "bearer" else ""
        return bearer if len(bearer) <= BEARER_LENGTH_MAX else "", False
    bearer = _cookie(_header(scope["headers"], b"cookie").decode("latin-1"))
    return bearer if len(bearer) <= BEARER_LENGTH_MAX else "", True


def _cookie(header: str) -> str:
    """Read leniently: other programs on this host share the header and may write nonsense."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return next((value.strip('"') for name, _, value in pairs if name == COOKIE), "")


def from_this_machine(scope: HTTPScope) -> bool:
    """Loopback, and not a proxy here that speaks for somebody outside."""
    client = scope["client"]
    if client is None or any(name in _FORWARDED for name, _ in scope["headers"]):
        return False
    try:
        return ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    return next((value for key, value in headers if key == name), b"")


def _state_of(scope: Scope) -> dict[str, object]:
    return scope.setdefault("state", {})


def _with_security_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *HEADERS]
        await send(message)

    return guarded


async def _answer(refusal: Problem, send: Send) -> None:
    body = msgspec.json.encode(refusal)
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="ogniwo"'))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
