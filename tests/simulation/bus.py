"""The bus of the simulated world: questions and notices with delay, loss and nodes cut off."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Final, TypeVar

from ogniwo.app.bus import Answered, AnyNotice, Asked, BusAwayError, Handle, NodeFailedError
from ogniwo.app.ports import Spawn
from ogniwo.base.clock import Clock
from ogniwo.bus.envelope import Told, answer_of, node_gone
from ogniwo.bus.listeners import Listeners
from ogniwo.bus.questions import answered

N = TypeVar("N", bound=AnyNotice)

LATENCY_S: Final = (0.0005, 0.02)


class Hub:
    def __init__(self, rng: Random, *, lost: float) -> None:
        """``lost``: how many of the notices never arrive."""
        self.rng = rng
        self.lost = lost
        self.buses: dict[int, SimBus] = {}

    def delay_s(self) -> float:
        return self.rng.uniform(*LATENCY_S)


class SimBus:
    """Implements the port ``Bus`` for one node."""

    def __init__(self, hub: Hub, node: int, clock: Clock, spawn: Spawn) -> None:
        self._hub = hub
        self._node = node
        self._clock = clock
        self._spawn = spawn
        self._listeners = Listeners()
        self._handle: Handle | None = None
        self._away_since_ms: int | None = None
        self.dead = False
        hub.buses[node] = self

    @property
    def away_since_ms(self) -> int | None:
        return self._away_since_ms

    def cut_off(self, *, away: bool) -> None:
        self._away_since_ms = self._clock.now_ms() if away else None

    async def serve(self, handle: Handle) -> None:
        self._handle = handle

    async def ask(self, node: int, asked: Asked, *, timeout_s: float) -> Answered:
        if self.dead or self._away_since_ms is not None:
            raise BusAwayError("the bus is away")
        await asyncio.sleep(self._hub.delay_s())
        other = self._hub.buses.get(node)
        if other is None or other.dead or other._away_since_ms is not None:
            raise node_gone(node)
        told: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        other.take(asked, told)
        try:
            async with asyncio.timeout(timeout_s):
                outcome = await told
        except TimeoutError:
            raise NodeFailedError(f"node {node} did not answer within {timeout_s:g} s") from None
        await asyncio.sleep(self._hub.delay_s())
        return answer_of(outcome, node=node)

    def take(self, asked: Asked, told: "asyncio.Future[Told]") -> None:
        self._spawn(self._answer(asked, told), name="question")

    async def _answer(self, asked: Asked, told: "asyncio.Future[Told]") -> None:
        assert self._handle is not None
        outcome = await answered(self._handle, asked)
        if not self.dead and not told.done():
            told.set_result(outcome)

    def tell(self, notice: AnyNotice) -> None:
        if self.dead or self._away_since_ms is not None:
            return
        loop = asyncio.get_running_loop()
        for bus in self._hub.buses.values():
            if bus is self or self._hub.rng.random() >= self._hub.lost:
                loop.call_later(self._hub.delay_s(), bus.hear, notice)

    def hear(self, notice: AnyNotice) -> None:
        if not self.dead and self._away_since_ms is None:
            self._listeners.hear(notice)

    async def listen(self, kind: type[N], hear: Callable[[N], None]) -> None:
        self._listeners.add(kind, hear)

    async def close(self) -> None:
        self.dead = True
        self._listeners.clear()
