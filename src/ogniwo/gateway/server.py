"""The station port: listen, admit, upgrade, hand the socket over, and let go in good order.

It knows nothing of OCPP messages. One task per link, aiohttp's own for the connection, runs
``on_link`` for the life of the socket.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp.web import BaseRequest, Response, StreamResponse

from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import OgniwoError
from ogniwo.gateway.admission import (
    AdmissionPolicy,
    Admitted,
    ConnectionAttempt,
    Credentials,
    Refused,
    UnknownStations,
    decide_admission,
)
from ogniwo.gateway.connection import Finished, StationConnection, StationHttp
from ogniwo.gateway.counts import GatewayCounts
from ogniwo.gateway.forwarded import forwarded_origin
from ogniwo.gateway.handshake import Handshake, accept_token, read_handshake
from ogniwo.gateway.headers import Headers
from ogniwo.gateway.listener import Listener, listen
from ogniwo.gateway.origin import Origin, TrustedProxies, host_of, read_address
from ogniwo.gateway.pinger import Pinger
from ogniwo.gateway.preface import Prefaces
from ogniwo.gateway.refusal import RefusalReason
from ogniwo.gateway.socket import (
    CLOSE_GOING_AWAY,
    CLOSE_INTERNAL_ERROR,
    CLOSE_NORMAL,
    CLOSE_TRY_AGAIN_LATER,
    Socket,
    SocketClosedError,
)
from ogniwo.gateway.socket_aiohttp import AiohttpSocket, SocketLimits
from ogniwo.gateway.tls import report_failures

SOCKET_LIMITS_V16: Final = SocketLimits(frame_bytes_max=1 << 20)
SOCKET_LIMITS_V2: Final = SocketLimits(frame_bytes_max=4 << 20)  # reports, certificates

_DRAIN_STEP_S: Final = 0.02  # between two batches of closes, when there are many

_log = log.get("gateway")


class Directory(Protocol):
    """What is known about stations, asked at each handshake."""

    async def find_credentials(self, identity: str) -> Credentials | None: ...

    async def adopt(self, identity: str) -> Credentials:
        """Create a station that nobody registered; only asked when the policy is *accept*."""
        ...

    def record_attempt(self, attempt: ConnectionAttempt) -> None:
        """Keep a refusal for the operator; must return at once."""
        ...


OnLink = Callable[[Socket, Admitted, Handshake], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    handshakes_max: int = 512  # being looked up at once; the rest come back in a moment
    links_max: int = 25_000
    head_deadline_s: float = 15.0  # from the connection to the end of the HTTP head
    admission_deadline_s: float = 10.0
    retry_after_s: int = 10
    socket_v16: SocketLimits = SOCKET_LIMITS_V16
    socket_v2: SocketLimits = SOCKET_LIMITS_V2


class StationServer:
    def __init__(
        self,
        listeners: Sequence[Listener],
        *,
        directory: Directory,
        on_link: OnLink,
        policy: AdmissionPolicy,
        clock: Clock,
        pinger: Pinger,
        limits: ServerLimits | None = None,
        trusted: TrustedProxies | None = None,
    ) -> None:
        self._listeners = listeners
        self._directory = directory
        self._on_link = on_link
        self._policy = policy
        self._clock = clock
        self._pinger = pinger
        self._limits = limits if limits is not None else ServerLimits()
        self._trusted = trusted if trusted is not None else TrustedProxies()
        # Where proxies use the PROXY protocol, headers are whatever the station wrote.
        self._believes_headers = not any(listener.proxy_protocol for listener in listeners)
        self.counts: GatewayCounts = pinger.counts  # one set for the whole port
        self.ready = True  # false while the database is away: stations then queue offline
        self._stopping = False
        self._http: StationHttp | None = None
        self._prefaces: Prefaces | None = None
        self._servers: list[asyncio.Server] = []
        self._sockets: set[AiohttpSocket] = set()

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
        self._stopping = True
        self.ready = False
        for server in self._servers:
            server.close()
        if self._prefaces is not None:
            self._prefaces.abort()
        await self._close_links(drain_s, CLOSE_GOING_AWAY, "restarting")
        if self._http is not None:
            self._http.pre_shutdown()
            await self._http.shutdown(self._limits.socket_v16.close_deadline_s)

    async def suspend(self, why: str, drain_s: float = 3.0) -> None:
        """Refuse newcomers with 503 and let every station go, until ``resume``."""
        self.ready = False
        await self._close_links(drain_s, CLOSE_TRY_AGAIN_LATER, why)

    def resume(self) -> None:
        self.ready = not self._stopping

    async def _close_links(self, drain_s: float, code: int, why: str) -> None:
        sockets = list(self._sockets)
        batch = max(1, round(len(sockets) * _DRAIN_STEP_S / max(drain_s, _DRAIN_STEP_S)))
        pause_s = drain_s * batch / max(1, len(sockets))
        async with asyncio.TaskGroup() as closing:
            for place, socket in enumerate(sockets):
                if place and place % batch == 0:
                    await asyncio.sleep(pause_s)
                name = f"close {socket.peer}"
                closing.create_task(socket.close(code, why), name=name)

    # -- one connection ----------------------------------------------------------------------

    async def _handle(self, request: BaseRequest) -> StreamResponse:
        handshake = self._read(request)
        verdict = await self._admit(handshake)
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
            counts=self.counts,
            peer=handshake.peer,
            deflate=verdict.deflate,
        )
        socket.open(_upgrade_head(handshake, verdict))
        await self._serve(socket, verdict, handshake)
        return Finished()

    async def _serve(self, socket: AiohttpSocket, admitted: Admitted, handshake: Handshake) -> None:
        self._sockets.add(socket)
        self.counts.admitted += 1
        self.counts.links += 1
        unwatch = self._pinger.watch(admitted.identity, socket) if admitted.ping else None
        code = CLOSE_NORMAL
        try:
            await self._on_link(socket, admitted, handshake)
        except SocketClosedError:
            pass  # how every link ends; the owner may let it through
        except Exception:  # noqa: BLE001 - one link's failure is not the others'
            _log.exception("link_failed", station=admitted.identity)
            code = CLOSE_INTERNAL_ERROR
        finally:
            if unwatch is not None:
                unwatch()
            self.counts.links -= 1
            self._sockets.discard(socket)
        await socket.close(code)

    def _read(self, request: BaseRequest) -> Handshake:
        return read_handshake(
            method=request.method,
            target=request.raw_path,
            headers=request.raw_headers,
            origin=self._origin(request),
            identity_length_max=self._policy.identity_length_max,
        )

    def _origin(self, request: BaseRequest) -> Origin:
        connection = request.protocol
        assert isinstance(connection, StationConnection)  # noqa: S101 - StationHttp makes no other
        told = connection.origin
        if self._believes_headers and self._trusted.cover(read_address(host_of(told.peer))):
            return forwarded_origin(Headers(request.raw_headers), told, self._trusted)
        return told

    async def _admit(self, handshake: Handshake) -> Admitted | Refused:
        if (full := self._full()) is not None:
            return Refused(reason=full)
        if handshake.fault is not None:
            return decide_admission(handshake, None, self._policy)
        self.counts.handshakes += 1
        try:
            async with asyncio.timeout(self._limits.admission_deadline_s):
                return await self._look_up(handshake)
        except (OgniwoError, TimeoutError) as error:
            _log.warning("admission_failed", station=handshake.identity, error=repr(error))
            return Refused(reason=RefusalReason.NOT_READY)
        finally:
            self.counts.handshakes -= 1

    def _full(self) -> RefusalReason | None:
        if not self.ready:
            return RefusalReason.NOT_READY
        if self.counts.handshakes >= self._limits.handshakes_max:
            return RefusalReason.TOO_MANY_HANDSHAKES
        if self.counts.links >= self._limits.links_max:
            return RefusalReason.TOO_MANY_LINKS
        return None

    async def _look_up(self, handshake: Handshake) -> Admitted | Refused:
        credentials = await self._directory.find_credentials(handshake.identity)
        if credentials is None and self._policy.unknown_stations is UnknownStations.ACCEPT:
            # Only what would get in as a station may become one.
            stranger = Credentials(identity=handshake.identity)
            rehearsal = decide_admission(handshake, stranger, self._policy)
            if isinstance(rehearsal, Refused):
                return rehearsal
            credentials = await self._directory.adopt(handshake.identity)
        return decide_admission(handshake, credentials, self._policy)

    # -- refusals ----------------------------------------------------------------------------

    def _refuse(self, handshake: Handshake, refused: Refused) -> Response:
        self.counts.refused[refused.reason] += 1
        response = Response(status=refused.status, text=refused.sentence + "\n")
        response.headers["Server"] = "ogniwo"
        if refused.status == 401:
            response.headers["WWW-Authenticate"] = f'Basic realm="{self._policy.realm}"'
        if refused.status == 503:
            # Counted, not recorded: a hundred thousand come at once when this happens.
            response.headers["Retry-After"] = str(self._limits.retry_after_s)
        else:
            self._directory.record_attempt(self._attempt(handshake, refused))
        if refused.reason in {RefusalReason.NOT_WEBSOCKET, RefusalReason.BROKEN_UPGRADE}:
            response.headers["Upgrade"] = "websocket"
            response.headers["Sec-WebSocket-Version"] = "13"
        response.force_close()
        return response

    def _attempt(self, handshake: Handshake, refused: Refused) -> ConnectionAttempt:
        return ConnectionAttempt(
            at_us=self._clock.now_us(),
            identity=handshake.identity,
            path_raw=handshake.path_raw,
            query=handshake.query,
            peer=handshake.peer,
            tls=handshake.tls,
            subprotocols_offered=handshake.subprotocols_offered,
            user_agent=handshake.user_agent,
            reason=refused.reason,
            status=refused.status,
            detail=refused.detail,
        )

    def _record_bad_http(self, peer: str, detail: str, *, tls: bool) -> None:
        self._record_early(Refused(reason=RefusalReason.BAD_HTTP, detail=detail), peer, tls=tls)

    def _record_no_proxy_header(self, peer: str, detail: str) -> None:
        refused = Refused(reason=RefusalReason.NO_PROXY_HEADER, detail=detail)
        self._record_early(refused, peer, tls=False)

    def _record_tls_failure(self, detail: str) -> None:
        self._record_early(Refused(reason=RefusalReason.TLS_FAILED, detail=detail), "", tls=True)

    def _record_early(self, refused: Refused, peer: str, *, tls: bool) -> None:
        """A connection that ended before there was a handshake to read."""
        self.counts.refused[refused.reason] += 1
        attempt = ConnectionAttempt(
            at_us=self._clock.now_us(),
            peer=peer,
            tls=tls,
            reason=refused.reason,
            status=refused.status,
            detail=refused.detail,
        )
        self._directory.record_attempt(attempt)


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
