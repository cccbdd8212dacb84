"""The bus of one process: it asks itself, and hears what it tells at the next turn of the loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from ogniwo.app.bus import Answered, AnyNotice, Asked, BusAwayError, Handle, NodeFailedError
from ogniwo.bus.envelope import answer_of, node_gone
from ogniwo.bus.listeners import Listeners
from ogniwo.bus.questions import answered

N = TypeVar("N", bound=AnyNotice)


class LocalBus:
    """Implements the port ``Bus``."""

    def __init__(self, node: int) -> None:
        self.listeners = Listeners()
        self._node = node
        self._handle: Handle | None = None
        self._closed = False
        self._patience: set[asyncio.Timeout] = set()  # of questions under way

    @property
    def away_since_ms(self) -> int | None:
        return None

    @property
    def handle(self) -> Handle | None:
        return self._handle

    async def serve(self, handle: Handle) -> None:
        self._handle = handle

    async def ask(self, node: int, asked: Asked, *, timeout_s: float) -> Answered:
        if self._closed:
            raise BusAwayError("this node is ending and asks nothing more")
        if node != self._node or self._handle is None:
            raise node_gone(node)
        try:
            async with asyncio.timeout(timeout_s) as patience:
                self._patience.add(patience)
                try:
                    told = await answered(self._handle, asked)
                finally:
                    self._patience.discard(patience)
        except TimeoutError:
            raise NodeFailedError(f"node {node} {self._why(timeout_s)}") from None
        return answer_of(told, node=node)

    def tell(self, notice: AnyNotice) -> None:
        if not self._closed:
            asyncio.get_running_loop().call_soon(self.listeners.hear, notice)

    async def listen(self, kind: type[N], hear: Callable[[N], None]) -> None:
        self.listeners.add(kind, hear)

    async def close(self) -> None:
        """Who waits for an answer is told that none will come."""
        self._closed = True
        now = asyncio.get_running_loop().time()
        for patience in self._patience:
            patience.reschedule(now)
        self.listeners.clear()

    def _why(self, timeout_s: float) -> str:
        return "is ending" if self._closed else f"did not answer within {timeout_s:g} s"
