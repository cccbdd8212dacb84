"""Somebody who looks after sessions and stops that fit nothing, and decides about them."""

import asyncio
from random import Random
from typing import TYPE_CHECKING, Final

import msgspec

from ogniwo.base.errors import OgniwoError
from ogniwo.domain.evidence import proposals_of
from ogniwo.domain.orphans import candidates_of
from ogniwo.domain.repairs import AnyRepair, AttachStop, Dismiss, SessionRepair, Settle

if TYPE_CHECKING:
    from tests.simulation.world import World

GAP_S_MEAN: Final = 30.0
ENERGY_WH_MAX: Final = 50_000
ORPHANS_SHARE: Final = 0.2
_STOPS: Final = (
    "SELECT id FROM event WHERE kind = 'orphan_stored' AND data LIKE '%\"what\":\"stop\"%'"
    " UNION SELECT id FROM session WHERE ended_at IS NOT NULL AND flags LIKE '%start_missing%'"
    " ORDER BY 1"
)  # decided about or not: what is settled must be refused
_ENDED: Final = "SELECT id FROM session WHERE state IN ('ended', 'waiting_for_data') ORDER BY id"
_RUNNING: Final = (
    "SELECT id FROM session WHERE state IN ('started', 'charging', 'suspended') ORDER BY id"
)


class Desk:
    def __init__(self, world: "World", rng: Random) -> None:
        self._world = world
        self._rng = rng
        self.decided: list[tuple[AnyRepair, SessionRepair]] = []
        self.settled: dict[int, int] = {}  # stops without a session: how often it was accepted
        self.refused = 0

    async def work(self) -> None:
        """Until cancelled; two people may take up the same session at once."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await asyncio.sleep(self._rng.expovariate(1 / GAP_S_MEAN))
                if self._rng.random() < ORPHANS_SHARE:
                    for _ in range(self._rng.choice((1, 1, 2))):
                        tasks.create_task(self._settle_orphan())
                    continue
                which = _ENDED if self._rng.random() < 0.6 else _RUNNING
                waiting = [number for (number,) in self._world.disk.rows(which)]
                if not waiting:
                    continue
                session_id = self._rng.choice(waiting)
                for _ in range(self._rng.choice((1, 1, 2))):
                    tasks.create_task(self._repair(session_id))

    async def _repair(self, session_id: int) -> None:
        nodes = self._world.servers()
        if not nodes:
            return
        node = self._rng.choice(nodes)
        try:
            case, _ = await node.repairs.case(session_id)
            offered = [it.repair for it in proposals_of(case)]
            repair = self._chosen([dict(it) for it in offered])
            record = await node.repairs.repair(
                session_id, repair, author="somebody", dry_run=self._rng.random() < 0.1
            )
        except (OgniwoError, asyncio.CancelledError):
            self.refused += 1
            if (current := asyncio.current_task()) is not None and current.cancelling():
                raise
        else:
            self.decided.append((repair, record))

    async def _settle_orphan(self) -> None:
        """A stop without a session: to the likeliest that it may have ended, or aside."""
        nodes = self._world.servers()
        stops = [number for (number,) in self._world.disk.rows(_STOPS)]
        if not nodes or not stops:
            return
        desk, stop = self._rng.choice(nodes).repairs, self._rng.choice(stops)
        try:
            found = candidates_of(await desk.orphan_case(stop))
            if found and self._rng.random() < 0.7:
                repair = AttachStop(note="it fits", orphan_id=str(stop))
                session_id = self._rng.choice(found).session.id
                record = await desk.repair(session_id, repair, author="somebody", dry_run=False)
                self.decided.append((repair, record))
            else:
                await desk.set_aside(stop, "of nobody", author="somebody", dry_run=False)
            self.settled[stop] = self.settled.get(stop, 0) + 1
        except (OgniwoError, asyncio.CancelledError):
            self.refused += 1
            if (current := asyncio.current_task()) is not None and current.cancelling():
                raise

    def _chosen(self, offered: list[dict[str, object]]) -> AnyRepair:
        own: list[AnyRepair] = [
            Settle(note="from the display", energy_wh=self._rng.randint(0, ENERGY_WH_MAX)),
            Dismiss(note="nothing was charged"),
        ]
        if offered and self._rng.random() < 0.7:
            body = {**self._rng.choice(offered), "note": "as proposed"}
            repair: AnyRepair = msgspec.convert(body, AnyRepair)
            return repair
        return self._rng.choice(own)
