"""Somebody at the console who gives orders, now and then the same one twice."""

import asyncio
from random import Random
from typing import TYPE_CHECKING, Final

from ogniwo.base.errors import OgniwoError
from ogniwo.domain.access import IdToken
from ogniwo.domain.orders import (
    AnyOrder,
    ChangeAvailability,
    RawCall,
    RemoteStart,
    RemoteStop,
    Reset,
    Trigger,
    TriggerMessage,
    Unlock,
)
from ogniwo.sim.fleet import TOKENS
from ogniwo.sim.station import Station
from tests.simulation.drawn import KINDS, drawn
from tests.simulation.referee.holdings import ABOUT

if TYPE_CHECKING:
    from tests.simulation.world import World

GAP_S_MEAN: Final = 30.0
WAIT_S_MAX: Final = 60.0
KEPT: Final = tuple(it for it in KINDS if it.__struct_config__.tag in ABOUT)


class Operator:
    def __init__(self, world: "World", rng: Random) -> None:
        self._world = world
        self._rng = rng
        self._given = 0
        self.given: dict[str, AnyOrder] = {}  # by command id
        self.refused = 0

    async def work(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await asyncio.sleep(self._rng.expovariate(1 / GAP_S_MEAN))
                station = self._rng.choice(self._world.fleet.stations)
                order = self._usual(station) if self._rng.random() < 0.5 else self._any(station)
                if order is None:
                    continue
                self._given += 1
                key = f"key {self._given}"
                for _ in range(self._rng.choice((1, 1, 1, 2))):
                    tasks.create_task(self._give(station.identity, order, key))

    async def _give(self, identity: str, order: AnyOrder, key: str) -> None:
        nodes = self._world.servers()
        if not nodes:
            return
        node = self._rng.choice(nodes)
        deadline_s = self._rng.choice((None, 30, 600))
        wait_s = self._rng.uniform(0, WAIT_S_MAX)
        try:
            view = await node.orders.order(
                identity, order, author="operator", deadline_s=deadline_s, idempotency_key=key
            )
            self.given[view.id] = order
            await node.orders.wait(view.id, wait_s)
        except (OgniwoError, asyncio.CancelledError):
            self.refused += 1
            if (current := asyncio.current_task()) is not None and current.cancelling():
                raise

    def _any(self, station: Station) -> AnyOrder | None:
        """Of whatever kind; often one of which stations keep something."""
        kinds = KEPT if self._rng.random() < 0.5 else KINDS
        try:
            return drawn(self._rng.choice(kinds), station, self._rng)  # type: ignore[return-value] # one of all
        except OgniwoError:  # it makes no sense to begin with
            self.refused += 1
            return None

    def _usual(self, station: Station) -> AnyOrder:
        rng = self._rng
        evse = rng.choice(station.evses)
        v16 = station.speech.version == "1.6"
        match rng.randrange(8):
            case 0 | 1:
                return RemoteStart(token=IdToken(uid=rng.choice(TOKENS)), evse=evse.number)
            case 2 | 3 if evse.transaction is not None:
                number = evse.transaction.entry.transaction_id
                return RemoteStop(transaction_id=str(number or 1))
            case 4:
                return Reset()
            case 5:
                return Unlock(evse=evse.number)
            case 6:
                return ChangeAvailability(operative=True, evse=evse.number)
            case 7:
                return RawCall(action="DataTransfer", payload=b'{"vendorId": "simulation"}')
            case _:
                message = TriggerMessage.METER_VALUES if v16 else TriggerMessage.TRANSACTION_EVENT
                return Trigger(message=message, evse=evse.number)
