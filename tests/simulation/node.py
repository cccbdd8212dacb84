"""One server of the simulated world: the real program between simulated edges."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Final

from ogniwo.app.bus import Bus
from ogniwo.app.orders import Orders
from ogniwo.app.repairing import Repairs
from ogniwo.app.routing import Routing
from ogniwo.app.stations import StationAdmin
from ogniwo.base.errors import OgniwoError
from ogniwo.base.settings import Settings
from ogniwo.base.tasks import Tasks
from ogniwo.bus.local import LocalBus
from ogniwo.gateway.admission import Admitted, Refused
from ogniwo.gateway.door import FrontDoor
from ogniwo.gateway.handshake import read_handshake
from ogniwo.gateway.origin import Origin
from ogniwo.gateway.socket import CLOSE_GOING_AWAY
from ogniwo.sim.wire import WireError
from ogniwo.storage.opening import Storage
from ogniwo.wiring.core import Core, assemble
from ogniwo.wiring.edges import front_door, station_admin
from ogniwo.wiring.jobs import start_jobs
from tests.simulation.bus import Hub, SimBus
from tests.simulation.disk import Disk, SimReaders
from tests.simulation.loop import WrongClock
from tests.simulation.network import Connection, Ears, Roughness
from tests.simulation.storage import SimWriter, open_storage

SERVER_KEY: Final = b"k" * 32
DRAIN_S: Final = 3.0
LEAVE_S: Final = 2.0
SETTINGS: Final = Settings()


class Node:
    """Started, killed or stopped, and then started anew as a new object."""

    def __init__(self, name: str, disk: Disk, hub: Hub, clock: WrongClock, *, alone: bool) -> None:
        self.name = name
        self.clock = clock
        self.up = False
        self.killed: Callable[[Node], None] = lambda _node: None
        self._disk = disk
        self._hub = hub
        self._alone = alone
        self._readers = SimReaders(disk)
        self._tasks = Tasks()
        self._links: dict[asyncio.Task[None], Connection] = {}
        self._storage: Storage
        self._bus: Bus
        self.core: Core
        self.door: FrontDoor
        self.orders: Orders
        self.repairs: Repairs
        self.stations: StationAdmin

    async def start(self) -> None:
        self._storage = await open_storage(
            self._disk, self._readers, self.name, self.clock, alone=self._alone
        )
        storage = self._storage
        number = await storage.nodes.join(self.name, "all")
        self._bus = (
            LocalBus(number) if self._alone else SimBus(self._hub, number, self.clock, self._tasks)
        )
        self.core = await assemble(
            storage,
            bus=self._bus,
            node=number,
            clock=self.clock,
            tasks=self._tasks,
            server_key=SERVER_KEY,
        )
        await start_jobs(self.core, SETTINGS)
        self.stations = station_admin(self.core)
        routing = Routing(self._bus, self.core.dispatch, self.stations, self.core.repairing)
        await self._bus.serve(routing.answer)
        self.door = await front_door(SETTINGS, self.core, self.stations)
        self.orders = Orders(
            routing=routing,
            records=storage.records,
            models=storage.read_models,
            writer=storage.writer,
            clock=self.clock,
            ids=self.core.ids,
        )
        self.repairs = Repairs(
            desk=routing,
            repairing=self.core.repairing,
            file=storage.records.repairs,
            clock=self.clock,
        )
        self.up = True

    @property
    def writer(self) -> SimWriter:
        writer = self._storage.writer
        assert isinstance(writer, SimWriter)
        return writer

    @property
    def bus(self) -> SimBus | None:
        return self._bus if isinstance(self._bus, SimBus) else None

    @property
    def connections(self) -> list[Connection]:
        return [it for it in self._links.values() if it.socket.open]

    async def connect(
        self,
        identity: str,
        *,
        target: str,
        offers: tuple[str, ...],
        rng: Random,
        rough: Roughness,
        ears: Ears,
    ) -> tuple[Connection, Admitted]:
        """Errors: WireError, with the HTTP status."""
        headers = [
            (b"Upgrade", b"websocket"),
            (b"Connection", b"Upgrade"),
            (b"Sec-WebSocket-Version", b"13"),
            (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
        ]
        if offers:
            headers.append((b"Sec-WebSocket-Protocol", ", ".join(offers).encode()))
        handshake = read_handshake(
            method="GET",
            target=target,
            headers=headers,
            origin=Origin(peer=f"{identity}:1", tls=False),
        )
        verdict = await self.door.admit(handshake)
        if isinstance(verdict, Refused):
            if self.up:
                self.door.record(verdict, handshake)
            raise WireError(f"the CSMS refused the connection with HTTP {verdict.status}")
        if not self.up:
            raise WireError("the server has gone")
        connection = Connection(
            identity, self.name, rng=rng, rough=rough, ears=ears, clock=self.clock
        )
        work = self.door.serve(connection.socket, verdict, handshake)
        task = asyncio.get_running_loop().create_task(work, name=f"link {identity}")
        self._links[task] = connection
        task.add_done_callback(self._ended)
        return connection, verdict

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._links.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error  # the referee hears of it from the loop

    def strike(self, *, silently: bool) -> None:
        """Dead at this instant, between two steps; ``silently``: nobody tells the stations."""
        if not self.up:
            return
        self.up = False
        self.writer.die()
        self._readers.dead = True
        if isinstance(self._bus, SimBus):
            self._bus.dead = True
        for connection in self._links.values():
            connection.socket.die(silently=silently)
        self.killed(self)

    async def bury(self) -> None:
        """What is left of a dead node's tasks ends; nothing that they do reaches anybody.

        No process leaves a connection open behind it, not even one whose stop was cut short.
        """
        links = list(self._links)
        for connection in self._links.values():
            if not connection.socket.dead:
                connection.socket.die(silently=False)
        for task in links:
            task.cancel()
        await asyncio.gather(*links, return_exceptions=True)
        await self._tasks.stop()

    async def stop(self) -> None:
        """In good order: what the product does when it is told to end."""
        if not self.up:
            return
        self.up = False
        self.door.close()
        await self.door.let_go(DRAIN_S, CLOSE_GOING_AWAY, "restarting")
        if self._links:
            await asyncio.wait(list(self._links), timeout=DRAIN_S)
        await self._bus.close()
        await self._tasks.stop()
        with suppress(OgniwoError, TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await self._storage.nodes.leave(self.core.node)
        await self._storage.close()
        await self.bury()
