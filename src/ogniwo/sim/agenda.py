"""What happens next, for the whole fleet: one heap of appointments instead of a task per thing.

An appointment is handed the moment it was made for, even when it is kept a little late. So the
simulated world, and every timestamp in it, depends on the seed and not on how fast the machine
or the network was.
"""

import asyncio
import heapq
from collections.abc import Callable
from typing import Final

from ogniwo.sim.clock import SimClock

Action = Callable[[int], None]

_TURNS_BEFORE_YIELD: Final = 64  # a burst of appointments must not starve the sockets


class Appointment:
    __slots__ = ("action", "at_s")

    def __init__(self, at_s: int, action: Action) -> None:
        self.at_s = at_s
        self.action: Action | None = action

    def cancel(self) -> None:
        self.action = None


class Agenda:
    def __init__(self, clock: SimClock) -> None:
        self.clock = clock
        self._heap: list[tuple[int, int, Appointment]] = []
        self._count = 0
        self._nudge = asyncio.Event()
        self._closed = False

    def add(self, at_s: int, action: Action) -> Appointment:
        appointment = Appointment(at_s, action)
        self._count += 1
        heapq.heappush(self._heap, (at_s, self._count, appointment))
        if self._heap[0][2] is appointment:
            self._nudge.set()
        return appointment

    def due_by(self, at_s: int) -> bool:
        return not self._closed and self._next_s() <= at_s

    def close(self) -> None:
        """Make ``run`` return before its next appointment."""
        self._closed = True
        self._nudge.set()

    async def run(self, until_s: int | None = None) -> None:
        """Keep every appointment up to ``until_s``, each as soon as its time has come."""
        turns = 0
        while not self._closed:
            due_s = self._next_s()
            if until_s is not None and due_s > until_s:
                due_s = until_s
                if self.clock.exactly_s() >= until_s:
                    return
            if due_s > self.clock.exactly_s():
                await self._wait(due_s)
                continue
            self._keep_one()
            turns += 1
            if turns % _TURNS_BEFORE_YIELD == 0:
                await asyncio.sleep(0)

    def _next_s(self) -> float:
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else float("inf")

    def _keep_one(self) -> None:
        at_s, _, appointment = heapq.heappop(self._heap)
        if appointment.action is not None:
            appointment.action(at_s)

    async def _wait(self, due_s: float) -> None:
        self._nudge.clear()
        span_s = self.clock.real_s(due_s - self.clock.exactly_s())
        try:
            async with asyncio.timeout(None if span_s == float("inf") else span_s):
                await self._nudge.wait()
        except TimeoutError:
            return
