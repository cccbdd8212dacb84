"""The second ``Socket``, on the ``websockets`` library: proof that the port fits more than one."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from ogniwo.gateway.socket import CLOSE_UNSUPPORTED_DATA, Socket, SocketClosedError
from tests.gateway.port import HOST

CLOSE_DEADLINE_S = 1.0


class WebsocketsSocket:
    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._patience: asyncio.Timeout | None = None
        self._own_end: tuple[int, str] | None = None

    @property
    def peer(self) -> str:
        host, port = self._connection.remote_address[:2]
        return f"{host}:{port}"

    @property
    def last_heard_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    async def receive(self) -> bytes:
        if self._own_end is not None:
            raise self._ended()
        try:
            async with asyncio.timeout(None) as self._patience:
                text = await self._connection.recv()
        except (ConnectionClosed, TimeoutError):
            raise self._ended() from None
        finally:
            self._patience = None
        if isinstance(text, bytes):
            await self.close(CLOSE_UNSUPPORTED_DATA, "OCPP uses text frames only")
            raise self._ended()
        return text.encode()

    async def send(self, text: str | bytes) -> None:
        if self._own_end is not None:
            raise self._ended()
        try:
            await self._connection.send(text if isinstance(text, str) else text.decode())
        except ConnectionClosed:
            raise self._ended() from None

    async def close(self, code: int = 1000, reason: str = "") -> None:
        if self._own_end is not None:
            return
        self._own_end = (code, reason)
        self._stop_waiting()
        try:
            async with asyncio.timeout(CLOSE_DEADLINE_S):
                await self._connection.close(code, reason)
        except TimeoutError:
            pass
        finally:
            self._connection.transport.abort()

    def abort(self) -> None:
        self._own_end = self._own_end or (1006, "dropped by us")
        self._stop_waiting()
        self._connection.transport.abort()

    def ping(self) -> None:
        self._connection.protocol.send_ping(b"")
        self._connection.send_data()

    def _stop_waiting(self) -> None:
        """End the owner's ``receive`` at once, not after the closing handshake."""
        if self._patience is not None:
            self._patience.reschedule(asyncio.get_running_loop().time())

    def _ended(self) -> SocketClosedError:
        if self._own_end is not None:
            return SocketClosedError(*self._own_end, by_peer=False)
        protocol = self._connection.protocol
        received, sent = protocol.close_rcvd, protocol.close_sent
        if received is not None and protocol.close_rcvd_then_sent is not False:
            return SocketClosedError(received.code, received.reason, by_peer=True)
        if sent is not None:
            return SocketClosedError(sent.code, sent.reason, by_peer=False)
        return SocketClosedError(1006, "connection lost", by_peer=True)


@asynccontextmanager
async def open_port(
    on_socket: Callable[[Socket], Awaitable[None]], frame_bytes_max: int
) -> AsyncIterator[int]:
    async def handle(connection: ServerConnection) -> None:
        with suppress(SocketClosedError):
            await on_socket(WebsocketsSocket(connection))

    async with serve(
        handle,
        HOST,
        0,
        subprotocols=["ocpp1.6"],  # type: ignore[list-item] # a NewType of str
        max_size=frame_bytes_max,
        ping_interval=None,
        close_timeout=CLOSE_DEADLINE_S,
    ) as server:
        yield next(iter(server.sockets)).getsockname()[1]
