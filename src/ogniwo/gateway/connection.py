"""aiohttp's HTTP protocol, with the three things that we need to know and it does not tell.

When the connection is lost, that a request was no HTTP at all, and how to wait for a slow
reader. Everything of aiohttp's that is not its documented surface is touched here, or in
``socket_aiohttp``, and nowhere else.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from aiohttp.web import BaseRequest, Response, StreamResponse
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_server import Server

from ogniwo.base import log
from ogniwo.gateway.origin import Origin, common_name, peer_name

_HEAD_LINE_BYTES_MAX: Final = 4_096  # a station's URL and each of its headers
_HEADERS_MAX: Final = 64
_READ_BYTES: Final = 16_384
_DETAIL_MAX: Final = 128

Handler = Callable[[BaseRequest], Awaitable[StreamResponse]]


class OnBadHttp(Protocol):
    def __call__(self, peer: str, detail: str, *, tls: bool) -> None: ...


_log = log.get("gateway")
_silent_log = logging.getLogger("ogniwo.gateway.http")
_silent_log.addHandler(logging.NullHandler())
_silent_log.propagate = False  # a port scan is not worth a stack trace; attempts are recorded


class StationConnection(RequestHandler):
    __slots__ = ("_lost", "_on_bad_http", "_origin")

    def __init__(
        self,
        manager: Server,
        *,
        loop: asyncio.AbstractEventLoop,
        head_deadline_s: float,
        on_bad_http: OnBadHttp,
        origin: Origin | None = None,
    ) -> None:
        super().__init__(
            manager,
            loop=loop,
            keepalive_timeout=head_deadline_s,  # aiohttp applies it from the first byte on
            tcp_keepalive=False,  # set once on the listening socket
            logger=_silent_log,
            access_log=None,  # type: ignore[arg-type] # means: no access log
            max_line_size=_HEAD_LINE_BYTES_MAX,
            max_field_size=_HEAD_LINE_BYTES_MAX,
            max_headers=_HEADERS_MAX,
            read_bufsize=_READ_BYTES,
            auto_decompress=False,
        )
        self._lost: asyncio.Event | None = None  # made when somebody waits for it
        self._on_bad_http = on_bad_http
        self._origin = origin

    @property
    def origin(self) -> Origin:
        """What a trusted proxy said ahead of the connection, else what the transport tells."""
        if self._origin is not None:
            return self._origin
        peer, tls = peer_name(self.peername), self.ssl_context is not None
        transport = self.transport
        if not tls or transport is None:
            return Origin(peer=peer, tls=tls)
        cn, fault = common_name(transport.get_extra_info("peercert"))
        return Origin(peer=peer, tls=tls, client_cn=cn, certificate_fault=fault)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        if self._lost is not None:
            self._lost.set()

    async def wait_lost(self) -> None:
        if self.transport is None:
            return
        if self._lost is None:
            self._lost = asyncio.Event()
        await self._lost.wait()

    async def drain(self) -> None:
        """Wait until the peer has taken enough; ``ConnectionError`` when it is gone."""
        await self._drain_helper()

    def forget_http(self) -> None:
        """After the upgrade the HTTP parser would only take up memory."""
        self._parser = None

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> StreamResponse:
        if status < 500:
            detail = (message or "").partition("\n")[0][:_DETAIL_MAX]
            origin = self.origin
            self._on_bad_http(origin.peer, detail, tls=origin.tls)
        else:
            _log.error("handshake_failed", path=request.path, exc_info=exc)
        response = Response(status=status, headers={"Server": "ogniwo"})
        response.force_close()
        return response


class StationHttp(Server):
    """Makes a ``StationConnection`` for each connection that is accepted."""

    def __init__(self, handler: Handler, *, head_deadline_s: float, on_bad_http: OnBadHttp) -> None:
        super().__init__(handler)
        self._head_deadline_s = head_deadline_s
        self._on_bad_http = on_bad_http

    def __call__(self) -> StationConnection:
        return self.take_over(None, head_deadline_s=self._head_deadline_s)

    def take_over(self, origin: Origin | None, *, head_deadline_s: float) -> StationConnection:
        return StationConnection(
            self,
            loop=self._loop,
            head_deadline_s=head_deadline_s,
            on_bad_http=self._on_bad_http,
            origin=origin,
        )


class Finished(StreamResponse):
    """What a handler returns when it has answered on the transport itself."""

    async def prepare(self, request: BaseRequest) -> None:  # noqa: ARG002 - aiohttp's signature
        return None

    async def write_eof(self, data: bytes = b"") -> None:  # noqa: ARG002 - aiohttp's signature
        return None
