"""The simulated world: built from a seed, lived through, judged.

The real program runs on one loop with time of its own; stations, cars and people are ogniwo's
simulated ones. The same seed gives the same world to the last byte.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from ogniwo.app.requests import StationChanges, TokenInput
from ogniwo.base.errors import OgniwoError
from ogniwo.base.units import SECONDS_PER_HOUR, US_PER_SECOND
from ogniwo.sim.clock import SimClock
from ogniwo.sim.facts import Stop
from ogniwo.sim.fleet import TOKENS, Fleet
from tests.simulation.bugs import BUGS
from tests.simulation.bus import Hub
from tests.simulation.desk import Desk
from tests.simulation.disk import Disk
from tests.simulation.loop import BEGIN_US, WorldClock, WrongClock
from tests.simulation.network import Connection, Roughness
from tests.simulation.node import Node
from tests.simulation.operator import Operator
from tests.simulation.quirks.registry import draw
from tests.simulation.referee import holdings, ledger, orders, repairs
from tests.simulation.referee.findings import Findings
from tests.simulation.referee.keeping import Keeping
from tests.simulation.referee.ledger import Truth
from tests.simulation.referee.talk import Talk
from tests.simulation.street import Street
from tests.simulation.weather import Weather

LOOK_EVERY_S: Final = 120.0
QUIET_S_MAX: Final = 6 * SECONDS_PER_HOUR  # for all that is still to be told and waited for
SETTLE_S: Final = 1_800.0  # waits for missing data and lost stops are over then
REPAIR_S: Final = (1.0, 90.0)
START_AGAIN_S: Final = 2.0  # as a supervisor does
PACE: Final = 6.0  # a day's sessions in four hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a seed makes; every figure is drawn from it."""

    seed: int
    hours: float
    nodes: int
    stations: int
    odd: tuple[int, ...]  # how many twists each station has

    @classmethod
    def of(cls, seed: int, hours: float) -> "Plan":
        rng = Random(f"{seed}/plan")
        stations = rng.randint(8, 20)
        return cls(
            seed=seed,
            hours=hours,
            nodes=rng.choice((1, 2, 2, 3)),
            stations=stations,
            odd=tuple(rng.choice((0, 0, 1, 2, 3)) for _ in range(stations)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    plan: Plan
    findings: list[str]
    digest: str  # of everything said on the wires and of the books
    calls: int
    sessions: int
    mishaps: dict[str, int]
    logged: dict[str, int]
    trace: list[str]

    @property
    def summary(self) -> str:
        plan = self.plan
        verdict = f"{len(self.findings)} FINDINGS" if self.findings else "holds"
        return (
            f"seed {plan.seed}: {verdict}; {plan.hours:g} h, {plan.nodes} nodes,"
            f" {plan.stations} stations, {self.calls} calls, {self.sessions} sessions,"
            f" {sum(self.mishaps.values())} mishaps, digest {self.digest}"
        )


class World:
    def __init__(self, plan: Plan, folder: Path, *, bug: str | None = None) -> None:
        """``bug``: planted when all is set up; the first finding then ends the world."""
        self.plan = plan
        self._bug = bug
        self._caught = asyncio.Event()
        self.many = plan.nodes > 1
        self.clock = WorldClock(asyncio.get_running_loop())
        self.findings = Findings(self.clock)
        self.findings.listen_to_log()
        asyncio.get_running_loop().set_exception_handler(self._failed)
        self.disk = Disk(folder / "world.db", self.clock, self._rng("disk"), fenced=self.many)
        self.hub = Hub(self._rng("bus"), lost=0.05)
        self.rough = Roughness()
        self.talk = Talk(self.findings)
        self.keeping = Keeping(self.disk, self.talk, self.findings)
        self.street = Street(
            self.servers, rng=self._rng("street"), rough=self.rough, ears=self.talk
        )
        self.nodes: dict[str, Node] = {}
        self._lives = 0
        self._repairs = self._rng("repairs")
        self._aims: dict[Node, tuple[str, Callable[[], None]]] = {}
        self._ending: set[Node] = set()
        self.talk.on_said = self._said
        self.fleet = Fleet(
            url="",
            size=plan.stations,
            seed=plan.seed,
            prefix="CP",
            clock=SimClock(start_s=BEGIN_US // US_PER_SECOND, machine=self.clock),
            retry_s=2.0,
            sample_s=30,
            pace=PACE,
        )
        self.operator = Operator(self, self._rng("operator"))
        self.desk = Desk(self, self._rng("desk"))
        self.weather = Weather(self, self._rng("weather"))

    def servers(self) -> Sequence[Node]:
        """Those that run, as a balancer finds them."""
        return [node for node in self.nodes.values() if node.up]

    async def live(self) -> Outcome:
        for number in range(self.plan.nodes):
            await self._start(f"node {number}")
        await self._register()
        with nullcontext() if self._bug is None else BUGS[self._bug]():
            await self._pass()
        for node in self.servers():
            await node.stop()
        outcome = self._outcome()
        self.disk.close()
        return outcome

    async def _pass(self) -> None:
        async with self.fleet.on_line(self.street):
            self.fleet.begin()
            async with asyncio.TaskGroup() as tasks:
                agenda = tasks.create_task(self.fleet.agenda.run(), name="agenda")
                looking = tasks.create_task(self._look(), name="referee")
                await self._bad_hours()
                if not self._caught.is_set():
                    await self._quiet()
                    await self._judge()
                looking.cancel()
                self.fleet.agenda.close()
                await agenda

    # -- nodes

    async def _start(self, name: str) -> None:
        """A new process in the place of that name; one that fails is started again."""
        while True:
            self._lives += 1
            node = Node(
                f"{name}, life {self._lives}",
                self.disk,
                self.hub,
                WrongClock(self.clock, self._repairs.randint(-2, 2) * US_PER_SECOND),
                alone=not self.many,
            )
            self.nodes[name] = node
            node.killed = self._killed
            try:
                await node.start()
            except OgniwoError:  # the database is away at this moment
                await node.bury()
                await asyncio.sleep(START_AGAIN_S)
            else:
                node.writer.stored = partial(self._reached, node, "commit")
                return

    async def replace(self, node: Node, *, silently: bool = False, politely: bool = False) -> None:
        """End a node and, after a while, start another in its place."""
        name = next((name for name, it in self.nodes.items() if it is node), None)
        if name is None or node in self._ending:
            return
        self._ending.add(node)
        if politely:
            await node.stop()
        else:
            node.strike(silently=silently)
            await node.bury()
        await asyncio.sleep(self._repairs.uniform(*REPAIR_S))
        await self._start(name)

    def _killed(self, node: Node) -> None:
        self._aims.pop(node, None)
        self.keeping.look()

    def aim(self, node: Node, at: str, struck: Callable[[], None]) -> None:
        """Strike the node at the very moment of its next "answer", "order" or "commit"."""
        self._aims[node] = (at, struck)

    def _reached(self, node: Node, what: str) -> None:
        at, struck = self._aims.get(node, ("", None))
        if at == what and struck is not None:
            node.strike(silently=self._repairs.random() < 0.5)
            struck()

    def _said(self, connection: Connection, what: str) -> None:
        node = next((it for it in self.nodes.values() if it.name == connection.node), None)
        if node is not None:
            self._reached(node, what)

    # -- the world's course

    async def _register(self) -> None:
        """What an operator did before: stations with their settings, and everybody's card."""
        node = self.servers()[0]
        for place, identity in enumerate(self.fleet.identities()):
            version = self.fleet.versions[place % len(self.fleet.versions)]
            twist = draw(self._rng(f"twists of {identity}"), version, self.plan.odd[place])
            self.street.twists[identity] = twist
            await node.stations.create_station(identity, author="operator")
            if twist.assumes_version:
                changes = StationChanges(assume_version=f"ocpp{version}")
                await node.stations.change(identity, changes, author="operator")
        for uid in TOKENS:
            await node.core.tokens.put_token(TokenInput(uid=uid))

    async def _bad_hours(self) -> None:
        """People come, the operator works, and all sorts of things go wrong."""
        async with asyncio.TaskGroup() as tasks:
            weather = tasks.create_task(self.weather.blow(), name="weather")
            work = tasks.create_task(self.operator.work(), name="operator")
            desk = tasks.create_task(self.desk.work(), name="desk")
            with suppress(TimeoutError):
                async with asyncio.timeout(self.plan.hours * SECONDS_PER_HOUR):
                    await self._caught.wait()
            weather.cancel()
            work.cancel()
            desk.cancel()

    async def _quiet(self) -> None:
        """All is mended, all drive home, and everything is told."""
        self._mend()
        for name, node in list(self.nodes.items()):
            if not node.up:
                await node.bury()
                await self._start(name)
        for driver in self.fleet.drivers:
            driver.go_home()
        end_s = asyncio.get_running_loop().time() + QUIET_S_MAX
        while asyncio.get_running_loop().time() < end_s:
            self._send_home()
            if all(it.link.up and len(it.outbox) == 0 for it in self.fleet.stations):
                break
            await asyncio.sleep(30)
        else:
            for it in self.fleet.stations:
                if len(it.outbox) or not it.link.up:
                    what = f"{it.identity}: {len(it.outbox)} left to tell, link up: {it.link.up}"
                    self.findings.add("every station gets rid of what it has to tell", what)
        await asyncio.sleep(SETTLE_S)

    def _mend(self) -> None:
        mood, rough = self.disk.mood, self.rough
        mood.away = mood.full = mood.poisonous = False
        mood.unknown = rough.lost = rough.doubled = rough.overtaken = 0.0
        self.street.without_network.clear()
        self._aims.clear()
        for node in self.servers():
            node.clock.off_us = 0
            if node.bus is not None:
                node.bus.cut_off(away=False)
            for line in node.connections:
                line.up.stall_s = line.down.stall_s = 0.0

    def _send_home(self) -> None:
        now_s = self.fleet.clock.now_s()
        for station in self.fleet.stations:
            for evse in station.evses:
                if evse.fault is not None:
                    evse.recover(now_s)
                if evse.plugged or evse.transaction is not None:
                    evse.end(now_s, Stop.CARD)
                    evse.unplug(now_s)

    # -- the referee

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self._watch()
            if self._bug is not None and self.findings.told:
                self._caught.set()

    def _watch(self) -> None:
        self.talk.look()
        self.keeping.look()
        for rule, what in orders.sent_twice(self.disk, self.talk):
            self.findings.add(rule, what)

    async def _judge(self) -> None:
        self._watch()
        truth = Truth(
            self.fleet.ledger.entries,
            self.fleet.stations,
            self.street.twists,
            self.talk.events,
        )
        for rule, what in (
            *ledger.differences(self.disk, truth),
            *ledger.statuses(self.disk, truth),
            *orders.differences(self.disk, truth.entries),
            *holdings.differences(self.disk, truth, self.talk),
            *repairs.differences(self.disk, self.desk.decided, self.desk.settled),
        ):
            self.findings.add(rule, what)

    def _failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.findings.add("the server does not fail", f"{context}")

    def _outcome(self) -> Outcome:
        books = self.disk.rows(
            "SELECT id, state, energy_wh, flags, samples FROM session ORDER BY id"
        ) + self.disk.rows("SELECT id, name, state, reason FROM command ORDER BY id")
        digest = hashlib.sha256()
        for line in (*self.talk.trace, *map(repr, books), *self.findings.told):
            digest.update(line.encode())
        return Outcome(
            plan=self.plan,
            findings=self.findings.told,
            digest=digest.hexdigest()[:16],
            calls=self.talk.arrived_calls,
            sessions=len(self.fleet.ledger.entries),
            mishaps=self.weather.happened,
            logged=self.findings.logged,
            trace=self.talk.trace,
        )

    def _rng(self, purpose: str) -> Random:
        return Random(f"{self.plan.seed}/{purpose}")
