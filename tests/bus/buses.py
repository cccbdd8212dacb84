"""The buses under test: what a contract test needs to know of one.

A test that takes a ``cluster`` argument runs on each; another bus joins in ``BUSES``.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from ogniwo.app.bus import Bus
from ogniwo.base.clock import SystemClock
from ogniwo.base.tasks import Tasks
from ogniwo.bus.local import LocalBus
from ogniwo.bus.nats_bus import NatsBus

PATIENCE_S: Final = 10.0
STEP_S: Final = 0.01
_prefixes: Final = count(1)  # tests that share a server must not hear each other


async def until(holds: Callable[[], bool], *, within_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that in time"
        await asyncio.sleep(STEP_S)


@dataclass(kw_only=True)
class Cluster:
    """Nodes on one bus. A cluster without a URL is one process."""

    url: str | None
    prefix: str = field(default_factory=lambda: f"test-{next(_prefixes)}")

    @property
    def is_local(self) -> bool:
        return self.url is None

    @asynccontextmanager
    async def node(self, number: int) -> AsyncIterator[Bus]:
        tasks = Tasks()
        bus: Bus = LocalBus(number)
        if self.url is not None:
            bus = await NatsBus.connect(
                self.url, node=number, spawn=tasks, clock=SystemClock(), prefix=self.prefix
            )
        try:
            yield bus
        finally:
            await bus.close()
            await tasks.stop()

    @asynccontextmanager
    async def asker_and_answerer(self) -> AsyncIterator[tuple[Bus, Bus]]:
        """Two nodes, of which 7 answers; one process asks itself."""
        async with AsyncExitStack() as stack:
            answerer = await stack.enter_async_context(self.node(7))
            asker = answerer
            if not self.is_local:
                asker = await stack.enter_async_context(self.node(1))
            yield asker, answerer
