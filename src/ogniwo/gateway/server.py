"""The station port: listen, read the handshake, upgrade, and let go in good order.

It knows nothing of OCPP messages, and not who may come in: that is the ``door``'s. One task per
link, aiohttp's own for the connection, serves it for the life of the socket.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp.web import BaseRequest, Response, StreamResponse

from ogniwo.base.clock import Clock
from ogniwo.gateway.admission import Admitted, Refused
from ogniwo.gateway.connection import Finished, StationConnection, StationHttp
from ogniwo.gateway.door import FrontDoor
from ogniwo.gateway.forwarded import forwarded_origin
from ogniwo.gateway.handshake import Handshake, accept_token, read_handshake
from ogniwo.gateway.headers import Headers
from ogniwo.gateway.listener import Listener, listen
from ogniwo.gateway.origin import Origin, TrustedProxies, host_of, read_address
from ogniwo.gateway.preface import Prefaces
from ogniwo.gateway.refusal import RefusalReason
from ogniwo.gateway.socket import CLOSE_GOING_AWAY
from ogniwo.gateway.socket_aiohttp import AiohttpSocket, SocketLimits
from ogniwo.gateway.tls import report_failures

SOCKET_LIMITS_V16: Final = SocketLimits(frame_bytes_max=1 << 20)
SOCKET_LIMITS_V2: Final = SocketLimits(frame_bytes_max=4 << 20)  # reports, certificates


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    head_deadline_s: float = 15.0  # from the connection to the end of the HTTP head
    retry_after_s: int = 10
    socket_v16: SocketLimits = SOCKET_LIMITS_V16
    socket_v2: SocketLimits = SOCKET_LIMITS_V2


class StationServer:
    def __init__(
        self,
        listeners: Sequence[Listener],
        *,
        door: FrontDoor,
        clock: Clock,
        limits: ServerLimits | None = None,
        trusted: TrustedProxies | None = None,
    ) -> None:
        self._listeners = listeners
        self.door = door
        self._clock = clock
        self._limits = limits if limits is not None else ServerLimits()
        self._trusted = trusted if trusted is not None else TrustedProxies()
        # Where proxies use the PROXY protocol, headers are whatever the station wrote.
        self._believes_headers = not any(listener.proxy_protocol for listener in listeners)
        self._http: StationHttp | None = None
        self._prefaces: Prefaces | None = None
        self._servers: list[asyncio.Server] = []

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where each listener really is: the port is known only now if 0 was asked for."""
        return [server.sockets[0].getsockname()[:2] for server in self._servers]

    async def start(self) -> None:
        self._http = StationHttp(
            self._handle,
            head_deadline_s=self._limits.head_deadline_s,
            on_bad_http=self._record_bad_http,
        )
        self._prefaces = Prefaces(
            self._http.take_over,
            trusted=self._trusted,
            head_deadline_s=self._limits.head_deadline_s,
            on_no_header=self._record_no_proxy_header,
        )
        for listener in self._listeners:
            if listener.tls is not None:
                report_failures(listener.tls, self._record_tls_failure)
            factory = self._prefaces if listener.proxy_protocol else self._http
            self._servers.append(await listen(listener, factory))

    async def stop(self, drain_s: float = 3.0) -> None:
        """Refuse newcomers, tell every station to come back (1001), spread over ``drain_s``."""
        self.door.close()
        for server in self._servers:
            server.close()
        if self._prefaces is not None:
            self._prefaces.abort()
        await self.door.let_go(drain_s, CLOSE_GOING_AWAY, "restarting")
        if self._http is not None:
            self._http.pre_shutdown()
            await self._http.shutdown(self._limits.socket_v16.close_deadline_s)

    # -- one connection ----------------------------------------------------------------------

    async def _handle(self, request: BaseRequest) -> StreamResponse:
        handshake = self._read(request)
        verdict = await self.door.admit(handshake)
        if isinstance(verdict, Refused):
            return self._refuse(handshake, verdict)
        connection = request.protocol
        transport = request.transport
        if transport is None or transport.is_closing():
            return Finished()  # gone while we looked it up
        assert isinstance(connection, StationConnection)  # noqa: S101 - StationHttp makes no other
        v16 = verdict.dialect == "ocpp1.6"
        socket = AiohttpSocket(
            connection,
            transport,
            clock=self._clock,
            limits=self._limits.socket_v16 if v16 else self._limits.socket_v2,
            counts=self.door.counts,
            peer=handshake.peer,
            deflate=verdict.deflate,
        )
        socket.open(_upgrade_head(handshake, verdict))
        await self.door.serve(socket, verdict, handshake)
        return Finished()

    def _read(self, request: BaseRequest) -> Handshake:
        return read_handshake(
            method=request.method,
            target=request.raw_path,
            headers=request.raw_headers,
            origin=self._origin(request),
            identity_length_max=self.door.policy.identity_length_max,
        )

    def _origin(self, request: BaseRequest) -> Origin:
        connection = request.protocol
        assert isinstance(connection, StationConnection)  # noqa: S101 - StationHttp makes no other
        told = connection.origin
        if self._believes_headers and self._trusted.cover(read_address(host_of(told.peer))):
            return forwarded_origin(Headers(request.raw_headers), told, self._trusted)
        return told

    # -- refusals ----------------------------------------------------------------------------

    def _refuse(self, handshake: Handshake, refused: Refused) -> Response:
        self.door.record(refused, handshake)
        response = Response(status=refused.status, text=refused.sentence + "\n")
        response.headers["Server"] = "ogniwo"
        if refused.status == 401:
            response.headers["WWW-Authenticate"] = f'Basic realm="{self.door.policy.realm}"'
        if refused.status == 503:
            response.headers["Retry-After"] = str(self._limits.retry_after_s)
        if refused.reason in {RefusalReason.NOT_WEBSOCKET, RefusalReason.BROKEN_UPGRADE}:
            response.headers["Upgrade"] = "websocket"
            response.headers["Sec-WebSocket-Version"] = "13"
        response.force_close()
        return response

    def _record_bad_http(self, peer: str, detail: str, *, tls: bool) -> None:
        self.door.record_early(Refused(reason=RefusalReason.BAD_HTTP, detail=detail), peer, tls=tls)

    def _record_no_proxy_header(self, peer: str, detail: str) -> None:
        refused = Refused(reason=RefusalReason.NO_PROXY_HEADER, detail=detail)
        self.door.record_early(refused, peer, tls=False)

    def _record_tls_failure(self, detail: str) -> None:
        self.door.record_early(
            Refused(reason=RefusalReason.TLS_FAILED, detail=detail), "", tls=True
        )


def _upgrade_head(handshake: Handshake, admitted: Admitted) -> bytes:
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept_token(handshake.websocket_key)}",
    ]
    if handshake.subprotocols_offered:  # a client that named none must not be told one
        lines.append(f"Sec-WebSocket-Protocol: {admitted.dialect}")
    if admitted.deflate is not None:
        lines.append(f"Sec-WebSocket-Extensions: {admitted.deflate.answer}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")
