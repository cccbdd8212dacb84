"""This node's place among the others: it says that it lives, and may be the one on duty.

The node on duty looks after what no living node owns. One that has just begun, or was cut off
from the database, first waits: the others may only not have come back yet.
"""

import asyncio
from typing import Final

from ogniwo.app.nodes import Nodes
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import OgniwoError
from ogniwo.base.units import MS_PER_SECOND

BEAT_S: Final = 3.0
STEADY_S: Final = 20.0  # longer than a node is given before it counts as dead
DUTY_S: Final = 15.0
JOB: Final = "unowned stations"

_log = log.get("app.duty")


class Duty:
    def __init__(self, nodes: Nodes, number: int, clock: Clock, *, alone: bool) -> None:
        """``alone``: the database serves one process, so there is nobody to wait for."""
        self._nodes = nodes
        self.node = number
        self._clock = clock
        self._steady_s = 0.0 if alone else STEADY_S
        self._steady_since_ms: int | None = clock.now_ms()
        self.cut_off_since_ms: int | None = None  # from the database; None: we have just beaten
        self.given_up = asyncio.Event()  # the others count us as dead: this process must end

    async def beat(self) -> None:
        """Called every ``BEAT_S``."""
        began_ms = self._clock.now_ms()
        try:
            alive = await self._nodes.beat(self.node)
        except OgniwoError:
            self._steady_since_ms = None  # the database is away, for the others too
            if self.cut_off_since_ms is None:
                self.cut_off_since_ms = began_ms
            return
        self.cut_off_since_ms = None
        if self._steady_since_ms is None:
            self._steady_since_ms = self._clock.now_ms()
        if not alive:
            _log.error("node_given_up", node=self.node)
            self.given_up.set()

    async def mine(self) -> bool:
        """Are unowned stations ours to look after now?"""
        since_ms = self._steady_since_ms
        if since_ms is None or self.given_up.is_set():
            return False
        if self._clock.now_ms() - since_ms < self._steady_s * MS_PER_SECOND:
            return False
        return await self._nodes.take_job(JOB, self.node, hold_s=DUTY_S)
