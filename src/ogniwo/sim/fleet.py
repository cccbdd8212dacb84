"""A fleet: stations drawn from a seed, run against any CSMS, and the truth of what they did."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final

import aiohttp

from ogniwo.base.errors import OgniwoError
from ogniwo.sim.agenda import Agenda
from ogniwo.sim.clock import SimClock
from ogniwo.sim.driver import Driver
from ogniwo.sim.facts import Nameplate, Stop
from ogniwo.sim.hears2x import HEARINGS as HEARINGS_2X
from ogniwo.sim.hears16 import HEARINGS as HEARINGS_16
from ogniwo.sim.link import Line
from ogniwo.sim.makes import MAKES, Make, OutletType, draw_make, draw_serial
from ogniwo.sim.meter import Meter
from ogniwo.sim.outlet import Outlet
from ogniwo.sim.says2x import Speech2x
from ogniwo.sim.says16 import Speech16
from ogniwo.sim.settings import SAMPLE
from ogniwo.sim.station import Station
from ogniwo.sim.stats import Ledger, Stats
from ogniwo.sim.wire import Dial, WebSocketDial

VERSIONS: Final = ("1.6", "2.0.1", "2.1")
TOKENS: Final = tuple(f"04A1B2C3D4{n:04X}" for n in range(1, 121))

EVSES_MAX: Final = 6
CONNECT_S_MAX: Final = 10.0  # real; the world waits this long for the slowest first boot
NOBODY_S_MAX: Final = 3.0  # real; when not even one has a link by then, none will
DELIVERY_S_MAX: Final = 20.0  # real; at the end, for what is still in the outboxes
CLOSE_S_MAX: Final = 5.0
DOORS: Final = 64  # handshakes at the same time


class UnreachableError(OgniwoError):
    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            f"No station could connect to {url} ({why}): check that the CSMS runs there "
            "and knows these stations, or accepts unknown ones."
        )


@dataclass(kw_only=True)
class Fleet:
    """``run`` once; read ``stats`` at any time and ``ledger`` afterwards."""

    url: str
    size: int
    versions: Sequence[str] = VERSIONS
    seed: int = 1
    prefix: str = "SIM"  # the identities are SIM001, SIM002, ...
    password: str | None = None
    tokens: Sequence[str] = TOKENS
    clock: SimClock = field(default_factory=SimClock)
    evses: tuple[int, int] = (1, 3)  # fewest and most on one station
    makes: Sequence[Make] = MAKES
    retry_s: float = 1.0  # real; the first back-off
    sample_s: int = 60  # simulated; between two readings of a transaction
    pace: float = 1.0  # how much faster than usual people come and go
    busy: bool = True  # False: nobody comes unless invited by a remote start

    def __post_init__(self) -> None:
        self.agenda = Agenda(self.clock)
        self.stats = Stats(stations=self.size)
        self.ledger = Ledger()
        self.stations: list[Station] = []
        self.drivers: list[Driver] = []
        self._running = False
        self._stopped = False
        self._welcomed = 0
        self._all_up = asyncio.Event()
        self._sessions_wanted: int | None = None

    def identities(self) -> list[str]:
        width = max(3, len(str(self.size)))
        return [f"{self.prefix}{n:0{width}d}" for n in range(1, self.size + 1)]

    async def run(
        self, until_s: int | None = None, *, sessions: int | None = None, finish: bool = True
    ) -> None:
        """Live until the simulated moment, the number of sessions, or ``stop``.

        An orderly end (``finish``) stops every transaction and delivers what is queued; otherwise
        the links just go down, as in a power cut.
        """
        self._sessions_wanted = sessions
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            headers = {identity: self._headers(identity) for identity in self.identities()}
            async with self.on_line(WebSocketDial(session, self.url, headers)):
                await self._await_boots()
                reached = self.stats.ever_connected > 0
                if reached:
                    self.begin()
                    await self.agenda.run(until_s)
                    await self._part(until_s, finish=finish)
        if not reached and not self._stopped:
            raise UnreachableError(self.url, self.stats.last_error or "no answer")

    @asynccontextmanager
    async def on_line(self, dial: Dial) -> AsyncIterator[None]:
        """Every station is there and keeps its link up; at the end they hang up."""
        self._build(dial)
        async with asyncio.TaskGroup() as tasks:
            links = [
                tasks.create_task(one.link.run(one), name=f"link {one.identity}")
                for one in self.stations
            ]
            yield
            await self._hang_up(links)

    def begin(self) -> None:
        """From now on time passes and people come."""
        self.clock.begin()
        self._running = True

    def stop(self) -> None:
        """End ``run`` in good order, soon."""
        self._stopped = True
        self._all_up.set()
        self.agenda.close()

    def station(self, identity: str) -> Station:
        return next(one for one in self.stations if one.identity == identity)

    # -- building

    def _build(self, dial: Dial) -> None:
        line = Line(
            dial=dial,
            doors=asyncio.Semaphore(DOORS),
            stats=self.stats,
            retry_s=self.retry_s,
            run_name=f"{self.clock.start_s:x}",
        )
        for index, identity in enumerate(self.identities()):
            self.stations.append(self._draw_station(index, identity, line))

    def _draw_station(self, index: int, identity: str, line: Line) -> Station:
        version = self.versions[index % len(self.versions)]
        rng = self._rng(identity, "station")
        make = draw_make(rng, self.makes)
        count = rng.randint(*self.evses)
        plate = Nameplate(
            identity=identity,
            vendor=make.vendor,
            model=make.model,
            serial=draw_serial(make, rng),
            firmware=rng.choice(make.firmware),
        )
        station = Station(
            plate,
            speech=Speech16() if version == "1.6" else Speech2x(version),
            hearings=HEARINGS_16 if version == "1.6" else HEARINGS_2X,
            outlets=[self._draw_outlet(make.outlet, identity, n) for n in range(1, count + 1)],
            agenda=self.agenda,
            line=line,
            ledger=self.ledger,
            rng=rng,
        )
        station.settings.write(SAMPLE, str(self.sample_s))
        self._people(station, index)
        return station

    def _draw_outlet(self, kind: OutletType, identity: str, number: int) -> Outlet:
        meter = Meter(
            phases=kind.phases,
            dc=kind.dc,
            full_w=kind.watts_max,
            rng=self._rng(identity, f"meter {number}"),
            at_s=self.clock.start_s,
        )
        return Outlet(kind, meter)

    def _people(self, station: Station, index: int) -> None:
        most = self.evses[1]
        drivers = [
            Driver(
                evse,
                self.agenda,
                rng=self._rng(station.identity, f"driver {evse.number}"),
                tokens=self._tokens_at(index * most + evse.number - 1),
                pace=self.pace,
                eager=index == 0 and evse.number == 1,  # even a fleet of one shows life at once
            )
            for evse in station.evses
        ]
        self.drivers += drivers

        def welcome(now_s: int) -> None:
            self._welcomed += 1
            if self._welcomed == self.size:
                self._all_up.set()
            # The world starts when the fleet is up; who comes later joins it where it is.
            for driver in drivers if self.busy else []:
                driver.begin(now_s if self._running else self.clock.start_s)

        station.on_welcome = welcome
        station.on_session_over = self._count_session

    def _tokens_at(self, place: int) -> Sequence[str]:
        """As long as there are enough cards, none is in two places at once."""
        return self.tokens[place % len(self.tokens) :: self.size * self.evses[1]]

    def _rng(self, identity: str, purpose: str) -> Random:
        return Random(f"{self.seed}/{identity}/{purpose}")  # noqa: S311 - chance, not secrets

    def _headers(self, identity: str) -> dict[str, str]:
        if self.password is None:
            return {}
        secret = b64encode(f"{identity}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {secret}"}

    # -- beginning and end

    async def _await_boots(self) -> None:
        for patience_s in (NOBODY_S_MAX, CONNECT_S_MAX - NOBODY_S_MAX):
            try:
                async with asyncio.timeout(patience_s):
                    await self._all_up.wait()
            except TimeoutError:
                if self.stats.ever_connected == 0:
                    return

    def _count_session(self) -> None:
        if self._sessions_wanted is not None and self.stats.sessions_done >= self._sessions_wanted:
            self.agenda.close()

    async def _part(self, until_s: int | None, *, finish: bool) -> None:
        """Nobody comes any more; in good order, everybody stops, leaves, and all of it is told."""
        self._sessions_wanted = None
        if not finish:
            return
        now_s = self.clock.now_s()
        if until_s is not None and until_s <= now_s:
            now_s = until_s
            await self._catch_up(until_s)
        for driver in self.drivers:
            driver.go_home()
        for station in self.stations:
            for evse in station.evses:
                evse.end(now_s, Stop.CARD)
                evse.unplug(now_s)
        await self._deliver()

    async def _catch_up(self, until_s: int) -> None:
        """Answers that came late still belong to the time before the end."""
        await self._deliver()
        while self.agenda.due_by(until_s):
            await self.agenda.run(until_s)
            await self._deliver()

    async def _deliver(self) -> None:
        try:
            async with asyncio.timeout(DELIVERY_S_MAX if self.stats.connected else CLOSE_S_MAX):
                for station in self.stations:
                    await station.outbox.drained()
        except TimeoutError:
            return

    async def _hang_up(self, links: list[asyncio.Task[None]]) -> None:
        for station in self.stations:
            station.link.end()
        _, left = await asyncio.wait(links, timeout=CLOSE_S_MAX)
        for task in left:
            task.cancel()
