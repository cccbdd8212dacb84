"""The orders that wait for one station: bounded, the urgent first, else in the order given."""

import heapq
from collections.abc import Iterator
from contextlib import contextmanager

from ogniwo.base.errors import RefusedError
from ogniwo.base.limits import CALLS_QUEUED_MAX
from ogniwo.domain.commands import Command
from ogniwo.domain.orders import Order, RawCall, RemoteStart, RemoteStop, Unlock

_URGENCY: dict[type[Order], int] = {RemoteStop: 0, RemoteStart: 1, Unlock: 1, RawCall: 2}
_URGENCY_USUAL = 2


class QueueFullError(RefusedError):
    def __init__(self, identity: str) -> None:
        super().__init__(
            "queue_full",
            f"{CALLS_QUEUED_MAX} orders already wait for station {identity!r}: "
            "let some of them end first",
        )


class Outbox:
    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.pumping = False
        self._coming = 0  # being stored: they have their place already
        self._waiting: list[tuple[int, int, Command]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def busy(self) -> bool:
        """Somebody sends from it or is about to put something in."""
        return self.pumping or self._coming > 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Room for one more while it is being stored. Errors: QueueFullError."""
        if len(self._waiting) + self._coming >= CALLS_QUEUED_MAX:
            raise QueueFullError(self.identity)
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1

    def put(self, command: Command) -> None:
        urgency = _URGENCY.get(type(command.order), _URGENCY_USUAL)
        heapq.heappush(self._waiting, (urgency, command.id, command))

    def take(self) -> Command | None:
        return heapq.heappop(self._waiting)[2] if self._waiting else None

    def clear(self) -> None:
        self._waiting.clear()

    def remove(self, command_id: int) -> Command | None:
        for place, (_, waiting_id, command) in enumerate(self._waiting):
            if waiting_id == command_id:
                del self._waiting[place]
                heapq.heapify(self._waiting)
                return command
        return None
