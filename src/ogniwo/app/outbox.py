"""The orders that wait for one station: bounded, the urgent first, else in the order given."""

import heapq

from ogniwo.base.errors import RefusedError
from ogniwo.base.limits import CALLS_QUEUED_MAX
from ogniwo.domain.commands import Command, Order, RawCall, RemoteStart, RemoteStop, Unlock

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
        self._waiting: list[tuple[int, int, Command]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def check_room(self) -> None:
        if len(self._waiting) >= CALLS_QUEUED_MAX:
            raise QueueFullError(self.identity)

    def put(self, command: Command) -> None:
        urgency = _URGENCY.get(type(command.order), _URGENCY_USUAL)
        heapq.heappush(self._waiting, (urgency, command.id, command))

    def take(self) -> Command | None:
        return heapq.heappop(self._waiting)[2] if self._waiting else None

    def remove(self, command_id: int) -> Command | None:
        for place, (_, waiting_id, command) in enumerate(self._waiting):
            if waiting_id == command_id:
                del self._waiting[place]
                heapq.heapify(self._waiting)
                return command
        return None
