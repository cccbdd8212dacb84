"""Two gateways, two web nodes and a worker, each a process, on one PostgreSQL and one NATS.

Every node comes back on the ports it had. A test may kill, stop or freeze any part: ``mend``
brings all of it back for the next one.
"""

import asyncio
import re
import secrets
import signal
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx

from tests.cluster.tables import PgTables, tables_of
from tests.services.nats import NatsServer
from tests.services.ports import HOST, free_ports
from tests.services.postgres import Postgres
from tests.services.processes import is_running
from tests.system.server import Api, Server, api_of

READY_LINE: Final = re.compile(r"^(?:Console|Health) +http://([^/\s]+)/", re.MULTILINE)
ERR_LINES_TOLD: Final = 40
KEY_BYTES: Final = 32
FROZEN_WITHIN_S: Final = 5.0
OPEN_WITHIN_S: Final = 8.0  # a sign of life comes every 3 s, and every second a gateway looks
PORTS: Final = 60  # two for each node that is ever made


class Node(Server):
    """One process of the cluster, on ports of its own that stay."""

    def __init__(
        self, folder: Path, name: str, role: str, ports: Iterator[int], *options: str
    ) -> None:
        super().__init__(folder / name, "--role", role, *options)
        self.name = name
        self._role = role
        self.http, self.ocpp = (f"{HOST}:{next(ports)}" for _ in range(2))

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def freeze(self) -> None:
        """It stands still and keeps its sockets, its locks and what it believes."""
        self._running.send_signal(signal.SIGSTOP)
        deadline = time.monotonic() + FROZEN_WITHIN_S
        while any(state != "T" for state in _thread_states(self.pid)):
            assert time.monotonic() < deadline, "SIGSTOP had no effect"
            time.sleep(0.001)

    def thaw(self) -> None:
        self._running.send_signal(signal.SIGCONT)

    def interrupt(self) -> None:
        """As Ctrl-C does."""
        self._running.send_signal(signal.SIGINT)

    def ended(self, within_s: float) -> int:
        """Its exit code; it was not asked to end."""
        try:
            return self._running.wait(within_s)
        finally:
            self.kill()

    @property
    def is_open(self) -> bool:
        """Ready, and so is its port for stations where it has one."""
        if not self._is_ready():
            return False
        if self._role != "gateway":
            return True
        probe = httpx.get(f"http://{self.ocpp}/ocpp/PROBE", trust_env=False, timeout=5.0)
        return probe.status_code != httpx.codes.SERVICE_UNAVAILABLE

    def err_tail(self) -> str:
        return "\n".join(self.stderr.splitlines()[-ERR_LINES_TOLD:])

    def _is_ready(self) -> bool:
        told = READY_LINE.search(self._out.read_text())
        if told is None:
            return False
        try:
            ready = httpx.get(f"http://{told[1]}/readyz", trust_env=False, timeout=5.0)
        except httpx.TransportError:
            return False
        return ready.status_code == 200


class Cluster:
    def __init__(self, folder: Path, postgres: Postgres, nats: NatsServer) -> None:
        self.postgres = postgres
        self.nats = nats
        self.folder = folder
        self.database = postgres.new_database()
        self._ports = iter(free_ports(PORTS))
        self.key = folder / "server.key"
        self.key.write_bytes(secrets.token_bytes(KEY_BYTES))
        self.a = self.node("gateway-a", "gateway")
        self.b = self.node("gateway-b", "gateway")
        self.web = self.node("web", "web")
        self.other_web = self.node("other-web", "web")
        self.worker = self.node("worker", "worker")

    @property
    def options(self) -> tuple[str, ...]:
        """What every node of this cluster is given."""
        database = ("--database", self.postgres.url(self.database))
        return (*database, "--bus", self.nats.url, "--server-key-file", str(self.key))

    @property
    def nodes(self) -> list[Node]:
        return [self.a, self.b, self.web, self.other_web, self.worker]

    @property
    def gateways(self) -> list[Node]:
        return [self.a, self.b]

    def node(self, name: str, role: str) -> Node:
        """One more, not started; whoever starts it ends it."""
        return Node(self.folder, name, role, self._ports, *self.options)

    def family(self, gateways: int) -> Node:
        """One process that starts gateways of its own, each with an HTTP port after its own."""
        name = f"family-{next(self._ports)}"
        options = (*self.options, "--gateways", str(gateways))
        return Node(self.folder, name, "all", self._free_run(gateways + 1), *options)

    def _free_run(self, count: int) -> Iterator[int]:
        """A port that the next ones follow, and one more."""
        ports = [next(self._ports) for _ in range(count + 1)]
        return iter([ports[0], ports[-1]])

    def urls(self, identity: str, *, first: int = 0) -> list[str]:
        found = [gateway.url(identity) for gateway in self.gateways]
        return found[first:] + found[:first]

    def mend(self) -> None:
        """Everything is there and ready, whatever a test has done."""
        if not self.postgres.running:
            self.postgres.start()
        if not self.nats.running:
            self.nats.start()
        self.nats.thaw()
        missing = [node for node in self.nodes if not node.alive]
        for node in self.nodes:
            if node.alive:
                node.thaw()
        start_all(missing)
        self.wait_until_open()

    def wait_until_open(self) -> None:
        """A node that was cut off for long takes stations again with its next sign of life."""
        deadline = time.monotonic() + OPEN_WITHIN_S
        while closed := [node.name for node in self.nodes if not node.is_open]:
            assert time.monotonic() < deadline, f"still closed: {closed}"
            time.sleep(0.05)

    def end(self) -> None:
        """Asked first, so that a clean end is part of every run; then killed."""
        try:
            for node in self.nodes:
                if node.alive:
                    node.thaw()
                    node.stop()
        finally:
            for node in self.nodes:
                node.kill()

    @asynccontextmanager
    async def api(self, node: Server | None = None) -> AsyncIterator[Api]:
        async with api_of(node or self.web) as api:
            yield api

    @asynccontextmanager
    async def tables(self) -> AsyncIterator[PgTables]:
        async with tables_of(self.postgres.url(self.database)) as tables:
            yield tables

    async def number_of(self, node: Node) -> int:
        """The node's number, drawn when it joined."""
        async with self.tables() as tables:
            return int(
                await tables.one(
                    "SELECT number FROM node WHERE name LIKE $1 ORDER BY started_at DESC LIMIT 1",
                    f"%:{node.pid}",
                )
            )


def start_all(nodes: Sequence[Node]) -> None:
    """At once, as a machine does when it boots."""
    if not nodes:
        return
    with ThreadPoolExecutor(len(nodes)) as pool:
        for started in [pool.submit(node.start) for node in nodes]:
            started.result()


async def wait_until_gone(pids: Sequence[int], *, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while left := [pid for pid in pids if is_running(pid)]:
        assert time.monotonic() < deadline, f"still running: {left}"
        await asyncio.sleep(0.05)


def _thread_states(pid: int) -> list[str]:
    return [
        (task / "stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        for task in Path(f"/proc/{pid}/task").iterdir()
    ]
