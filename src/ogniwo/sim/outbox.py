"""What a station still has to say, in order: one CALL at a time goes out of here.

Before its boot is accepted only boot messages pass. Casual messages are pointless once the link
is gone; transaction messages wait for it, are tried again when refused, and keep their order.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from ogniwo.ocpp.messages import Payload
from ogniwo.sim.clock import SimClock

QUEUE_MAX: Final = 2_000  # beyond it samples are dropped, as the specification lets stations do
ATTEMPTS_MAX: Final = 3  # TransactionMessageAttempts
RETRY_S: Final = 60  # TransactionMessageRetryInterval, times the number of attempts made


class Lane(Enum):
    BOOT = "boot"  # passes before acceptance
    CASUAL = "casual"  # statuses, heartbeats, cards: dropped while offline
    DURABLE = "durable"  # transactions: never lost


@dataclass(slots=True, eq=False)
class Outgoing:
    """``build`` runs when the message leaves: a 1.6 transaction id is learnt late."""

    action: str
    build: Callable[[], Payload]
    lane: Lane = Lane.CASUAL
    told: Callable[[Payload | None], None] | None = None  # None: refused for good, or lost
    droppable: bool = False
    attempts: int = 0
    number: int = field(default=0, init=False)

    def tell(self, answer: Payload | None) -> None:
        if self.told is not None:
            self.told(answer)


class Outbox:
    def __init__(self, clock: SimClock) -> None:
        self._clock = clock
        self._lanes: dict[Lane, deque[Outgoing]] = {lane: deque() for lane in Lane}
        self._count = 0
        self._nudge = asyncio.Event()
        self._durable_from_s = 0
        self._admitted = False
        self._hung_up = False
        self._in_flight: Outgoing | None = None
        self._empty = asyncio.Event()
        self._empty.set()
        self.dropped = 0

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes.values()) + (self._in_flight is not None)

    @property
    def durable(self) -> int:
        flying = self._in_flight is not None and self._in_flight.lane is Lane.DURABLE
        return len(self._lanes[Lane.DURABLE]) + flying

    @property
    def in_flight(self) -> bool:
        """Something was said and waits for its answer."""
        return self._in_flight is not None

    async def drained(self) -> None:
        """Everything was said and answered."""
        await self._empty.wait()

    def admit(self, *, admitted: bool) -> None:
        """Whether the CSMS has accepted our boot."""
        self._admitted = admitted
        self._nudge.set()

    def put(self, item: Outgoing) -> None:
        lane = self._lanes[item.lane]
        if item.droppable and len(lane) >= QUEUE_MAX:
            self.dropped += 1
            return
        self._count += 1
        item.number = self._count
        lane.append(item)
        self._empty.clear()
        self._nudge.set()

    def answered(self, item: Outgoing, answer: Payload | None) -> None:
        """None: an answer came, but nobody could read it."""
        self._in_flight = None
        item.tell(answer)
        self._note_empty()

    def put_back(self, item: Outgoing) -> None:
        """The link broke before the answer came."""
        self._in_flight = None
        if item.lane is Lane.DURABLE:
            self._lanes[item.lane].appendleft(item)
        else:
            item.tell(None)
            self._note_empty()

    def refused(self, item: Outgoing) -> None:
        """The CSMS answered with an error."""
        item.attempts += 1
        if item.lane is not Lane.DURABLE or item.attempts >= ATTEMPTS_MAX:
            self.answered(item, None)
            return
        self._in_flight = None
        self._durable_from_s = self._clock.now_s() + RETRY_S * item.attempts
        self._lanes[item.lane].appendleft(item)

    def forget_casual(self) -> None:
        for lane in (Lane.BOOT, Lane.CASUAL):
            while self._lanes[lane]:
                self._lanes[lane].popleft().tell(None)
        self._note_empty()

    def hang_up(self) -> None:
        """Nothing goes out before ``pick_up``; a waiting ``take`` returns None."""
        self._hung_up = True
        self._nudge.set()

    def pick_up(self) -> None:
        self._hung_up = False

    async def take(self) -> Outgoing | None:
        while (item := self._pop()) is None and not self._hung_up:
            self._nudge.clear()
            try:
                async with asyncio.timeout(self._patience_s()):
                    await self._nudge.wait()
            except TimeoutError:
                continue
        self._in_flight = item
        return item

    def _note_empty(self) -> None:
        if len(self) == 0:
            self._empty.set()

    def _pop(self) -> Outgoing | None:
        if self._hung_up:
            return None
        if self._lanes[Lane.BOOT]:
            return self._lanes[Lane.BOOT].popleft()
        if not self._admitted:
            return None
        ready = [lane for lane in (Lane.CASUAL, Lane.DURABLE) if self._lanes[lane]]
        if self._blocked_s() > 0 and Lane.DURABLE in ready:
            ready.remove(Lane.DURABLE)
        if not ready:
            return None
        oldest = min(ready, key=lambda lane: self._lanes[lane][0].number)
        return self._lanes[oldest].popleft()

    def _blocked_s(self) -> float:
        return self._durable_from_s - self._clock.exactly_s()

    def _patience_s(self) -> float | None:
        if not self._lanes[Lane.DURABLE] or self._blocked_s() <= 0:
            return None
        return self._clock.real_s(self._blocked_s())
