"""What carries a simulated station's frames: a WebSocket, or whatever a test hands in."""

import asyncio
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import quote

import aiohttp

FRAME_BYTES_MAX: Final = 4 * 1024 * 1024
HANDSHAKE_S: Final = 15
CLOSE_S: Final = 2.0


class WireError(OSError):
    """The CSMS cannot be reached, does not want us, or has gone; the text says which."""


class Wire(Protocol):
    """One open connection."""

    @property
    def closed(self) -> bool: ...

    async def send(self, text: str) -> None:
        """Errors: OSError."""
        ...

    async def receive(self) -> str | None:
        """The next text; None: the connection has ended. Errors: OSError."""
        ...

    async def close(self) -> None: ...


class Dial(Protocol):
    async def __call__(self, identity: str, subprotocol: str) -> Wire:
        """Connect as that station. Errors: OSError, TimeoutError."""
        ...


class WebSocketDial:
    """Over the network; one session for all stations."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, headers: Mapping[str, Mapping[str, str]]
    ) -> None:
        """``headers`` by identity."""
        self._session = session
        self._url = url.rstrip("/")
        self._headers = headers

    async def __call__(self, identity: str, subprotocol: str) -> Wire:
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                socket = await self._session.ws_connect(
                    f"{self._url}/{quote(identity, safe='')}",
                    protocols=(subprotocol,),
                    headers=self._headers.get(identity),
                    max_msg_size=FRAME_BYTES_MAX,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_S),
                )
        except aiohttp.ClientError as error:
            raise WireError(_reason(error)) from error
        if socket.protocol != subprotocol:
            await socket.close()
            raise WireError(f"the CSMS does not offer {subprotocol}")
        return WebSocketWire(socket)


class WebSocketWire:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    @property
    def closed(self) -> bool:
        return self._socket.closed

    async def send(self, text: str) -> None:
        try:
            await self._socket.send_str(text)
        except aiohttp.ClientError as error:
            raise WireError(_reason(error)) from error

    async def receive(self) -> str | None:
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    return str(message.data)
        except aiohttp.ClientError as error:
            raise WireError(_reason(error)) from error
        return None

    async def close(self) -> None:
        await self._socket.close()


def _reason(error: aiohttp.ClientError) -> str:
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"the CSMS refused the connection with HTTP {error.status}"
    return str(error) or type(error).__name__
