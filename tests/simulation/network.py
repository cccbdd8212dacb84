"""Connections of the simulated world: a server's socket and a station's wire, and what is between.

A connection carries text in order and with delay, as TCP does; it may stall, break for one side
or both, or die without a word. In rough weather single frames are lost, doubled or overtaken,
as by a station's or a proxy's own fault.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final, Protocol

from ogniwo.base.clock import Clock
from ogniwo.gateway.socket import CLOSE_ABNORMAL, CLOSE_NORMAL, SocketClosedError

TINY_S: Final = 1e-6  # keeps the order of what would arrive at one moment
LATENCY_S: Final = (0.005, 0.08)


@dataclass(slots=True)
class Roughness:
    """How likely a single frame is to suffer; the same for every connection."""

    lost: float = 0.0
    doubled: float = 0.0
    overtaken: float = 0.0


class Ears(Protocol):
    """Who watches what the server is told and what it says (the referee)."""

    def arrived(self, connection: "Connection", text: str) -> None: ...
    def said(self, connection: "Connection", text: str) -> None: ...
    def ended(self, connection: "Connection") -> None: ...


@dataclass(frozen=True, slots=True)
class _Close:
    code: int
    reason: str = ""


_PING: Final = object()
_PONG: Final = object()


class Pipe:
    """One direction."""

    def __init__(self, rng: Random, rough: Roughness, deliver: Callable[[object], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._rng = rng
        self._rough = rough
        self._deliver = deliver
        self._last_s = 0.0
        self.broken = False  # what is said from now on gets nowhere
        self.stall_s = 0.0

    def push(self, item: object) -> None:
        if self.broken:
            return
        now_s = self._loop.time()
        arrives_s = now_s + self._rng.uniform(*LATENCY_S) + self.stall_s
        frame = isinstance(item, str)
        if frame and self._rng.random() < self._rough.lost:
            return
        if not frame or self._rng.random() >= self._rough.overtaken:
            arrives_s = max(arrives_s, self._last_s + TINY_S)
            self._last_s = arrives_s
        else:
            arrives_s += self._rng.uniform(0, 2)
        self._loop.call_at(arrives_s, self._deliver, item)
        if frame and self._rng.random() < self._rough.doubled:
            self._loop.call_at(arrives_s + self._rng.uniform(0, 5), self._deliver, item)


class Connection:
    """``socket`` is the server's end, ``wire`` the station's."""

    def __init__(
        self,
        station: str,
        node: str,
        *,
        rng: Random,
        rough: Roughness,
        ears: Ears,
        clock: Clock,
    ) -> None:
        self.station = station
        self.node = node
        self.ears = ears
        self.up = Pipe(rng, rough, self._at_server)
        self.down = Pipe(rng, rough, self._at_station)
        self.socket = SimSocket(self, clock)
        self.wire = SimWire(self)

    def cut(self) -> None:
        """Both sides see it end."""
        self.up.push(_Close(CLOSE_ABNORMAL))
        self.down.push(_Close(CLOSE_ABNORMAL))

    def sever(self) -> None:
        """Neither side is told: it is half-open until somebody notices."""
        self.up.broken = self.down.broken = True

    def desert(self, stall_s: float) -> None:
        """The station is gone and the server not told; what was under way arrives much later."""
        self.up.stall_s = stall_s
        self.wire.end()
        self.up.broken = self.down.broken = True

    def _at_server(self, item: object) -> None:
        self.socket.take(item)

    def _at_station(self, item: object) -> None:
        self.wire.take(item)


class SimSocket:
    """Implements ``gateway.socket.Socket``."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._inbox: deque[str] = deque()
        self._end: SocketClosedError | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._heard_ms = clock.now_ms()
        self.dead = False  # its process is no more

    @property
    def peer(self) -> str:
        return f"{self._connection.station}:1"

    @property
    def last_heard_ms(self) -> int:
        return self._clock.now_ms() if self._waiting is None else self._heard_ms

    @property
    def open(self) -> bool:
        return self._end is None and not self.dead

    async def receive(self) -> bytes:
        while not self._inbox:
            if self._end is not None:
                raise self._end
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        if self._end is not None and not self._end.by_peer:
            raise self._end
        return self._inbox.popleft().encode()

    async def send(self, text: str | bytes) -> None:
        if self.dead:
            raise SocketClosedError(CLOSE_ABNORMAL, "dead", by_peer=False)
        if self._end is not None:
            raise self._end
        said = text if isinstance(text, str) else text.decode()
        self._connection.ears.said(self._connection, said)
        self._connection.down.push(said)

    async def close(self, code: int = CLOSE_NORMAL, reason: str = "") -> None:
        if self._end is None and not self.dead:
            self._connection.down.push(_Close(code, reason))
            self._finish(SocketClosedError(code, reason, by_peer=False))
        await asyncio.sleep(0)

    def abort(self) -> None:
        if self._end is None and not self.dead:
            self._connection.down.push(_Close(CLOSE_ABNORMAL))
            self._finish(SocketClosedError(CLOSE_ABNORMAL, "aborted", by_peer=False))

    def ping(self) -> None:
        if self.open:
            self._connection.down.push(_PING)

    def die(self, *, silently: bool) -> None:
        """Its process ends; the machine tells the station, unless it has lost power too."""
        if not silently and self._end is None:
            self._connection.down.push(_Close(CLOSE_ABNORMAL))
        self.dead = True
        self._connection.ears.ended(self._connection)

    def take(self, item: object) -> None:
        if not self.open:
            return
        self._heard_ms = self._clock.now_ms()
        if isinstance(item, _Close):
            self._finish(SocketClosedError(item.code, item.reason, by_peer=True))
        elif isinstance(item, str):
            self._connection.ears.arrived(self._connection, item)
            self._inbox.append(item)
            self._wake()

    def _finish(self, end: SocketClosedError) -> None:
        self._end = end
        self._connection.ears.ended(self._connection)
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class SimWire:
    """Implements ``sim.wire.Wire``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._inbox: deque[str] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._ended = False

    @property
    def closed(self) -> bool:
        return self._ended

    async def send(self, text: str) -> None:
        if self._ended:
            raise ConnectionResetError("the connection is closed")
        self._connection.up.push(text)

    async def receive(self) -> str | None:
        while not self._inbox:
            if self._ended:
                return None
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        return self._inbox.popleft()

    async def close(self) -> None:
        if not self._ended:
            self._connection.up.push(_Close(CLOSE_NORMAL))
            self.end()

    def end(self) -> None:
        self._ended = True
        self._wake()

    def take(self, item: object) -> None:
        if self._ended:
            return
        if item is _PING:
            self._connection.up.push(_PONG)
        elif isinstance(item, _Close):
            self.end()
        elif isinstance(item, str):
            self._inbox.append(item)
            self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
