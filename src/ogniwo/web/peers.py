"""Where a request came from, as far as proxies can be believed: what tries are counted by."""

import ipaddress
from collections.abc import Sequence
from typing import Final

from litestar.types import Scope

NOWHERE: Final = "unknown"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_FORWARDED_FOR: Final = b"x-forwarded-for"
_THIS_MACHINE: Final = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


class Peers:
    """A proxy that is trusted, or on this machine, says for whom it asks; nobody else does."""

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        self._trusted = (*trusted, *_THIS_MACHINE)

    def of(self, scope: Scope) -> str:
        client = scope.get("client")
        peer = _address(client[0]) if client else None
        hops = _hops(scope)
        while hops and peer is not None and any(peer in it for it in self._trusted):
            before = _address(hops.pop())
            if before is None:
                break
            peer = before
        return NOWHERE if peer is None else _counted(peer)


def _hops(scope: Scope) -> list[str]:
    """As the proxies told them, the nearest last."""
    told = [value for name, value in scope["headers"] if name == _FORWARDED_FOR]
    return [it for it in map(str.strip, b",".join(told).decode("latin-1").split(",")) if it]


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if address.version == 6 else None
    return mapped or address


def _counted(address: Address) -> str:
    """Whoever has an IPv6 address has a whole network of them."""
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))
