"""Where a connection comes from and how it is protected, as far as that can be believed.

What the transport itself tells is here, and who may tell more: the trusted proxies. How they
tell it is the matter of ``proxy`` (ahead of the connection) and ``forwarded`` (in headers).
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# OpenSSL's numbers, which HAProxy passes on; the usual ones in words.
_VERIFY_ERRORS: Final = {
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is signed by itself",
    19: "its root is not trusted",
    20: "its issuer is not trusted",
    21: "its issuer is not trusted",
    23: "it was revoked",
    26: "it was not issued for clients",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    peer: str  # ``host:port`` or a bare address; "" when it was gone before anybody asked
    tls: bool
    client_cn: str | None = None  # of a client certificate that was verified, never of another
    certificate_fault: str = ""  # why a client certificate that was shown does not count


class TrustedProxies:
    """The networks whose word on somebody else's address and certificate is taken."""

    def __init__(self, networks: Sequence[IpNetwork] = ()) -> None:
        self._networks = tuple(networks)

    def cover(self, address: IpAddress | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def read_address(text: str) -> IpAddress | None:
    """None when it is no address; an IPv4 one in IPv6's clothes comes out as itself."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return None  # a name of the other machine's making: it means nothing here
        return address.ipv4_mapped or address
    return address


def shown(address: IpAddress, port: int | None = None) -> str:
    """``host:port``, with brackets around an IPv6 address; without a port the bare address."""
    if port is None:
        return str(address)
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def host_of(peer: str) -> str:
    """``10.0.0.7:51234``, ``[::1]:51234`` or a bare address, without the port."""
    if peer.startswith("["):
        return peer[1:].partition("]")[0]
    return peer.partition(":")[0] if peer.count(":") == 1 else peer


def peer_name(peername: object) -> str:
    """What the transport calls the other end; "" when that is gone already."""
    match peername:
        case (str(host), int(port), *_):
            address = read_address(host)
            return f"[{host}]:{port}" if address is None else shown(address, port)
        case _:
            return ""


def not_verified(result: str) -> str:
    """``result``: OpenSSL's number, or whatever else a proxy says instead."""
    words = _VERIFY_ERRORS.get(int(result)) if result.isascii() and result.isdigit() else None
    why = words or f"the verification ended with {result[:64]}"
    return f"the client certificate was not verified: {why}"


def common_name(certificate: object) -> tuple[str | None, str]:
    """CN of what ``ssl`` tells of a certificate it verified, and why there is none."""
    if not isinstance(certificate, Mapping) or not certificate:
        return None, ""
    names = [
        value
        for part in certificate.get("subject", ())
        for kind, value in part
        if kind == "commonName"
    ]
    if len(names) != 1:
        return None, f"the client certificate has {len(names)} common names instead of one"
    return names[0], ""
