"""What a proxy says about a station in headers: X-Forwarded-For and -Proto, Forwarded (RFC 7239),
and the client certificate in X-SSL-Client-Verify and X-SSL-Client-CN.

Pure, and only to be asked when the connection comes from a trusted proxy. A proxy that sets one
of these headers must take the station's own away, and is trusted to; where two ways of saying
the same disagree, somebody else wrote one of them, and neither counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ogniwo.gateway.headers import Headers
from ogniwo.gateway.origin import (
    IpAddress,
    Origin,
    TrustedProxies,
    not_verified,
    read_address,
    shown,
)

FORWARDED: Final = "forwarded"
FORWARDED_FOR: Final = "x-forwarded-for"
FORWARDED_PROTO: Final = "x-forwarded-proto"
CLIENT_VERIFY: Final = "x-ssl-client-verify"
CLIENT_CN: Final = "x-ssl-client-cn"

_ALL: Final = (FORWARDED, FORWARDED_FOR, FORWARDED_PROTO, CLIENT_VERIFY, CLIENT_CN)
_SECURE: Final = frozenset({"https", "wss"})
_VERIFIED: Final = frozenset({"0", "SUCCESS"})  # HAProxy's word and nginx's
_UNUSED: Final = frozenset({"", "NONE"})  # nginx says NONE where no certificate was shown

_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PAIR: Final = re.compile(rf'\s*({_TOKEN})=(?:({_TOKEN})|"((?:[^"\\]|\\.)*)")\s*(;|,|$)')
_ESCAPED: Final = re.compile(r"\\(.)")
_NODE: Final = re.compile(r"\[(?P<six>[^\]]+)\](?::(?P<port6>\d+))?|(?P<four>[\d.]+):(?P<port>\d+)")


@dataclass(frozen=True, slots=True)
class _Hop:
    """One proxy's word on who spoke to it."""

    node: str
    proto: str | None = None


def forwarded_origin(headers: Headers, proxy: Origin, trusted: TrustedProxies) -> Origin:
    """``proxy`` is what the transport tells; it is the origin when no header says otherwise."""
    if not any(name in headers for name in _ALL):
        return proxy
    said = [found for found in (_by_x(headers), _by_rfc(headers)) if found is not None]
    ends = {_outermost(hops, proxy, trusted) for hops in said}
    if len(ends) > 1:
        return Origin(peer=proxy.peer, tls=False)
    peer, proto = ends.pop() if ends else (proxy.peer, headers.only(FORWARDED_PROTO))
    tls = (proto or "").lower() in _SECURE
    if not tls:
        return Origin(peer=peer, tls=False)
    cn, fault = _certificate(headers)
    return Origin(peer=peer, tls=True, client_cn=cn, certificate_fault=fault)


def _outermost(
    hops: Sequence[_Hop], proxy: Origin, trusted: TrustedProxies
) -> tuple[str, str | None]:
    """The last address that is not a trusted proxy's, and how it came to the one that says so."""
    peer, proto = proxy.peer, None
    for hop in reversed(hops):
        address, port = _read_node(hop.node)
        if address is None:
            return peer, proto  # unknown, hidden or nonsense: what is behind it is hearsay
        peer, proto = shown(address, port), hop.proto
        if not trusted.cover(address):
            break
    return peer, proto


def _by_x(headers: Headers) -> list[_Hop] | None:
    if FORWARDED_FOR not in headers:
        return None
    # It is one word for the whole way; each proxy is to replace it.
    proto = headers.only(FORWARDED_PROTO) or None
    return [_Hop(part.strip(), proto) for part in headers.joined(FORWARDED_FOR).split(",")]


def _by_rfc(headers: Headers) -> list[_Hop] | None:
    """Several pairs for each hop, hops between commas; none at all when it cannot be read."""
    if FORWARDED not in headers:
        return None
    text, at = headers.joined(FORWARDED), 0
    hops: list[_Hop] = []
    pairs: dict[str, str] = {}
    while at < len(text):
        found = _PAIR.match(text, at)
        if found is None or found[1].lower() in pairs:
            return []
        quoted = found[3]
        pairs[found[1].lower()] = found[2] if quoted is None else _ESCAPED.sub(r"\1", quoted)
        if found[4] != ";":
            hops.append(_Hop(pairs.get("for", ""), pairs.get("proto")))
            pairs = {}
        at = found.end()
    if pairs:  # the last pair may have a semicolon behind it
        hops.append(_Hop(pairs.get("for", ""), pairs.get("proto")))
    return hops


def _read_node(node: str) -> tuple[IpAddress | None, int | None]:
    """An address, in brackets or not, with a port or without."""
    found = _NODE.fullmatch(node)
    if found is None:
        return read_address(node), None
    port = found["port6"] or found["port"]
    if port is not None and len(port) > 5:
        return None, None
    return read_address(found["six"] or found["four"]), None if port is None else int(port)


def _certificate(headers: Headers) -> tuple[str | None, str]:
    verify = headers.only(CLIENT_VERIFY)
    name = headers.only(CLIENT_CN)
    if verify in _UNUSED or (verify == "0" and CLIENT_CN not in headers):
        return None, ""  # HAProxy also says 0 where no certificate was shown
    if verify not in _VERIFIED:
        return None, not_verified(verify)
    try:
        cn = name.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return None, "the client certificate's common name is not UTF-8"
    if not cn:
        return None, "the proxy did not pass on the client certificate's common name"
    return cn, ""
