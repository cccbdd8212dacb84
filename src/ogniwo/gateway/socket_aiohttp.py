"""The product's ``Socket``: aiohttp's compiled frame reader, and a few lines of our own to write.

``aiohttp.web.WebSocketResponse`` is not used: it keeps a compression context for each link,
answers for headers we have already decided on, and costs more time and memory per link.
"""

import asyncio
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

# The queue that aiohttp's reader feeds; its compiled reader takes no other.
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.http import WS_CLOSING_MESSAGE, WebSocketError, WebSocketReader, WSMsgType
from aiohttp.streams import EofStream

from ogniwo.base.clock import Clock
from ogniwo.base.units import MS_PER_SECOND
from ogniwo.gateway.connection import StationConnection
from ogniwo.gateway.counts import GatewayCounts
from ogniwo.gateway.deflate import PACK_FROM_BYTES, Deflate
from ogniwo.gateway.pace import FRAME_BUDGET, FrameBudget, FramePace
from ogniwo.gateway.socket import (
    CLOSE_ABNORMAL,
    CLOSE_INVALID_TEXT,
    CLOSE_NORMAL,
    CLOSE_PROTOCOL_ERROR,
    CLOSE_UNSUPPORTED_DATA,
    SocketClosedError,
)

_UNREAD_BYTES_MAX: Final = 32_768  # of small frames waiting; beyond it the transport is paused
_CLOSE_REASON_BYTES_MAX: Final = 123  # a control frame holds 125, two are the code
_CLOSE_NO_CODE: Final = 1005  # never on the wire: the close frame held no code

_IS_TEXT: Final = WSMsgType.TEXT  # found once: Python 3.11 looks a member up slowly

_TEXT: Final = 0x81
_TEXT_PACKED: Final = 0xC1
_CLOSE: Final = 0x88
_PONG: Final = 0x8A
_EMPTY_PING: Final = b"\x89\x00"

_pack_head_small: Final = struct.Struct("!BB").pack
_pack_head_medium: Final = struct.Struct("!BBH").pack
_pack_head_large: Final = struct.Struct("!BBQ").pack


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketLimits:
    frame_bytes_max: int
    budget: FrameBudget = FRAME_BUDGET
    close_deadline_s: float = 5.0  # for the peer's half of the closing handshake
    linger_s: float = 2.0  # for the peer to read why it was cut off


class _End(NamedTuple):
    code: int
    reason: str
    by_peer: bool


_LOST: Final = _End(CLOSE_ABNORMAL, "connection lost", by_peer=True)
_DROPPED: Final = _End(CLOSE_ABNORMAL, "dropped by us", by_peer=False)


class AiohttpSocket:
    __slots__ = (
        "_clock",
        "_connection",
        "_counts",
        "_deflate",
        "_end",
        "_heard_ms",
        "_limits",
        "_pace",
        "_peer",
        "_queue",
        "_reader",
        "_reading",
        "_transport",
    )

    def __init__(
        self,
        connection: StationConnection,
        transport: asyncio.Transport,
        *,
        clock: Clock,
        limits: SocketLimits,
        counts: GatewayCounts,
        peer: str,
        deflate: Deflate | None = None,
    ) -> None:
        self._clock = clock
        self._connection = connection
        self._transport = transport
        self._limits = limits
        self._counts = counts
        self._deflate = deflate
        self._peer = peer
        self._pace = FramePace(limits.budget)
        self._heard_ms = clock.now_ms()
        self._reading = False
        self._end: _End | None = None
        self._queue = WebSocketDataQueue(
            connection, _UNREAD_BYTES_MAX, loop=asyncio.get_running_loop()
        )
        self._reader = WebSocketReader(
            self._queue, limits.frame_bytes_max, deflate is not None, decode_text=False
        )

    def open(self, head: bytes) -> None:
        """Send the answer to the upgrade; from here on the connection speaks WebSocket."""
        self._transport.write(head)
        self._connection.keep_alive(False)  # noqa: FBT003 - aiohttp's signature
        self._connection.set_parser(self._reader, data_received_cb=self._heard)
        self._connection.forget_http()

    @property
    def peer(self) -> str:
        return self._peer

    @property
    def last_heard_ms(self) -> int:
        return self._heard_ms if self._reading else self._clock.now_ms()

    async def receive(self) -> bytes:
        while (end := self._ended()) is None:
            self._reading = True
            try:
                kind, data, extra = await self._queue.read()
            except EofStream:
                self._end = self._ended() or _LOST
                continue
            except WebSocketError as error:
                await self._cut(error.code, str(error))
                continue
            except zlib.error as error:
                await self._cut(CLOSE_PROTOCOL_ERROR, f"compressed data: {error}")
                continue
            finally:
                self._reading = False
            if self._ended() is not None:
                continue  # we are closing: what still came in is for nobody
            if self._pace.spend(self._heard_ms):
                await self._hold_back()
            if kind is _IS_TEXT:
                if data.isascii() or _utf8_valid(data):
                    return data  # type: ignore[no-any-return] # bytes, as decode_text is off
                await self._cut(CLOSE_INVALID_TEXT, "text is not UTF-8")
            else:
                await self._take_other(kind, data, extra)
        raise _closed(end)

    async def send(self, text: str | bytes) -> None:
        data = text.encode("utf-8") if isinstance(text, str) else text
        if self._end is not None or self._transport.is_closing():
            raise _closed(self._end or _LOST)
        if self._deflate is not None and len(data) >= PACK_FROM_BYTES:
            self._transport.write(_frame(_TEXT_PACKED, self._deflate.pack(data)))
        else:
            self._transport.write(_frame(_TEXT, data))
        if self._connection.writing_paused:
            try:
                await self._connection.drain()
            except ConnectionError:
                raise _closed(self._ended() or _LOST) from None

    async def close(self, code: int = CLOSE_NORMAL, reason: str = "") -> None:
        already_ended = self._end is not None
        if not already_ended:
            self._end = _End(code, reason, by_peer=False)
            self._write_close(code, reason)
            self._queue.feed_data(WS_CLOSING_MESSAGE, 0)  # wakes the owner out of receive()
        try:
            async with asyncio.timeout(self._limits.close_deadline_s):
                if not already_ended:
                    await self._await_close_frame()
                    self._transport.close()
                await self._connection.wait_lost()
        except TimeoutError:
            pass
        finally:
            self._hang_up()

    def abort(self) -> None:
        self._end = self._end or _DROPPED
        self._hang_up()

    def _hang_up(self) -> None:
        # asyncio's TLS transport, closed twice (by us and by aiohttp), cannot be aborted any more
        # and says so with this error; then it is as good as gone.
        with suppress(AttributeError):
            self._transport.abort()

    def ping(self) -> None:
        if self._end is None and not self._transport.is_closing():
            self._transport.write(_EMPTY_PING)

    def _ended(self) -> _End | None:
        return self._end  # asked anew after each wait: other tasks close and drop

    def _heard(self) -> None:
        self._heard_ms = self._clock.now_ms()

    async def _hold_back(self) -> None:
        # Asked for anew: many frames can have arrived at the one moment we last heard of it.
        if delay_ms := self._pace.ahead_ms(self._clock.now_ms()):
            self._counts.frames_delayed += 1
            await asyncio.sleep(delay_ms / MS_PER_SECOND)

    async def _take_other(self, kind: WSMsgType, data: object, extra: object) -> None:
        """Whatever is not text: control frames, and binary frames, which OCPP has no use for."""
        if kind is WSMsgType.PING and isinstance(data, (bytes, bytearray)):
            # A peer that pings and never reads would fill our memory with pongs.
            if not self._connection.writing_paused and not self._transport.is_closing():
                self._transport.write(_frame(_PONG, bytes(data)))
        elif kind is WSMsgType.CLOSE and isinstance(data, int):
            self._end = _End(data or _CLOSE_NO_CODE, str(extra), by_peer=True)
            self._write_close(data or CLOSE_NORMAL, "")
            self._transport.close()
        elif kind is WSMsgType.BINARY:
            await self._cut(CLOSE_UNSUPPORTED_DATA, "OCPP uses text frames only")

    async def _await_close_frame(self) -> None:
        while self._reading:  # noqa: ASYNC110 - the owner, woken, leaves on its next turn
            await asyncio.sleep(0)
        try:
            while (await self._queue.read())[0] is not WSMsgType.CLOSE:
                pass
        except (EofStream, WebSocketError, zlib.error):
            return

    async def _cut(self, code: int, reason: str) -> None:
        """End it for a breach of the protocol, but let the peer read why.

        A socket closed with input unread sends a reset, which can overtake the close frame;
        so what still comes is read and thrown away (aiohttp does) until the peer hangs up.
        """
        self._end = _End(code, reason, by_peer=False)
        self._write_close(code, reason)
        self._connection.close()
        try:
            async with asyncio.timeout(self._limits.linger_s):
                await self._connection.wait_lost()
        except TimeoutError:
            self._transport.abort()

    def _write_close(self, code: int, reason: str) -> None:
        if self._transport.is_closing():
            return
        text = reason.encode("utf-8")[:_CLOSE_REASON_BYTES_MAX].decode("utf-8", "ignore")
        self._transport.write(_frame(_CLOSE, struct.pack("!H", code) + text.encode("utf-8")))


def _closed(end: _End) -> SocketClosedError:
    return SocketClosedError(end.code, end.reason, by_peer=end.by_peer)


def _frame(first_byte: int, payload: bytes) -> bytes:
    """A server's frame: never masked, never fragmented (RFC 6455, 5.2)."""
    length = len(payload)
    if length < 126:
        return _pack_head_small(first_byte, length) + payload
    if length < 65_536:
        return _pack_head_medium(first_byte, 126, length) + payload
    return _pack_head_large(first_byte, 127, length) + payload


def _utf8_valid(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
