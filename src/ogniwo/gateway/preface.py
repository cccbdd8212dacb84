"""What comes before HTTP on a connection of a trusted proxy: its PROXY header.

It reads that header and then lets go of the connection for good, so that a link pays nothing
for it. A connection of anybody else is handed on untouched.
"""

import asyncio
from typing import Final, Protocol, cast

from ogniwo.gateway.origin import Origin, TrustedProxies, host_of, peer_name, read_address
from ogniwo.gateway.proxy import ProxyHeaderError, read_proxy_header
from ogniwo.gateway.refusal import EXPLANATIONS, RefusalReason

_DETAIL_MAX: Final = 128
_NO_HEADER: Final = EXPLANATIONS[RefusalReason.NO_PROXY_HEADER]
_ANSWER: Final = (
    f"HTTP/1.1 {_NO_HEADER.status} Bad Request\r\nServer: ogniwo\r\nConnection: close\r\n"
    f"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(_NO_HEADER.sentence) + 1}"
    f"\r\n\r\n{_NO_HEADER.sentence}\n"
).encode("ascii")


class OnNoHeader(Protocol):
    def __call__(self, peer: str, detail: str) -> None: ...


class Next(Protocol):
    def __call__(self, origin: Origin | None, *, head_deadline_s: float) -> asyncio.Protocol:
        """Who speaks on the connection from now on; None: nobody spoke for another."""
        ...


class Prefaces:
    """Makes a ``_Preface`` for each connection, and can end those still under way."""

    def __init__(
        self,
        then: Next,
        *,
        trusted: TrustedProxies,
        head_deadline_s: float,
        on_no_header: OnNoHeader,
    ) -> None:
        self.then = then
        self.trusted = trusted
        self.head_deadline_s = head_deadline_s
        self.on_no_header = on_no_header
        self._waiting: set[_Preface] = set()

    def __call__(self) -> asyncio.Protocol:
        return _Preface(self, self._waiting)

    def abort(self) -> None:
        for preface in list(self._waiting):
            preface.end()


class _Preface(asyncio.Protocol):
    def __init__(self, given: Prefaces, waiting: "set[_Preface]") -> None:
        self._given = given
        self._waiting = waiting
        self._received = b""
        self._proxy = Origin(peer="", tls=False)
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        peer = peer_name(transport.get_extra_info("peername"))
        if not self._given.trusted.cover(read_address(host_of(peer))):
            self._hand_over(None, b"", self._given.head_deadline_s)
            return
        self._proxy = Origin(peer=peer, tls=False)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self._given.head_deadline_s, self._too_late)
        self._waiting.add(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            header = read_proxy_header(self._received, self._proxy)
        except ProxyHeaderError as error:
            self._refuse(str(error))
            return
        if header is not None:
            rest = self._received[header.length :]
            self._hand_over(header.origin, rest, self._let_go())

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._let_go()
        self._transport = None

    def end(self) -> None:
        self._let_go()
        if self._transport is not None:
            self._transport.abort()

    def _hand_over(self, origin: Origin | None, rest: bytes, remaining_s: float) -> None:
        transport, self._transport = self._transport, None
        assert transport is not None  # noqa: S101 - called on an open connection only
        protocol = self._given.then(origin, head_deadline_s=remaining_s)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if rest:
            protocol.data_received(rest)

    def _let_go(self) -> float:
        """No longer under way; what is left of its time, for the head that follows."""
        self._waiting.discard(self)
        if self._deadline is None:
            return self._given.head_deadline_s
        self._deadline.cancel()
        return max(0.1, self._deadline.when() - asyncio.get_running_loop().time())

    def _too_late(self) -> None:
        if self._received:
            self._given.on_no_header(self._proxy.peer, "the PROXY header did not end in time")
        self.end()

    def _refuse(self, detail: str) -> None:
        """In HTTP, as that is what a proxy sends that was not told of the header."""
        self._let_go()
        self._given.on_no_header(self._proxy.peer, detail[:_DETAIL_MAX])
        if self._transport is not None:
            self._transport.write(_ANSWER)
            self._transport.close()
