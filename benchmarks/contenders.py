"""The servers that are measured: how each starts, learns its tokens and is audited.

Each runs as its own process group, pinned to the server's core. Tokens are
created through the public door; what was stored is read from the database file
after the process has ended, by code that shares nothing with the server.
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

from benchmarks.machine import Cores, everywhere, pinned
from benchmarks.services import NO_SERVICES, Services

READY_S_MAX: Final = 30.0
END_S_MAX: Final = 60.0  # of large rows, whose stations all leave shortly before
POLL_S: Final = 0.05
ADMIN_TOKEN: Final = "benchmark-admin-token"
VALUES_PER_READING: Final = 8
HTTP_CREATED: Final = 201
LISTEN: Final = "0A"  # in /proc/net/tcp


class ContenderError(Exception):
    """A server did not start, refused its set-up or did not end."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run of one server lives."""

    data: Path
    ocpp_port: int
    http_port: int
    profile: Path | None = None
    services: Services = NO_SERVICES

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @property
    def database(self) -> Path:
        """The one file that a server on SQLite keeps in its directory."""
        (database,) = self.data.glob("*.db")
        return database


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database holds after the run."""

    readings: int
    sessions: int


class Contender(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def needs(self) -> frozenset[str]:
        """Of "postgres" and "bus"."""
        ...

    def command(self, place: Place) -> list[str]: ...

    def ready(self, place: Place) -> bool: ...

    def enrol(self, place: Place, tokens: list[str]) -> None: ...

    def stored(self, place: Place) -> Stored | None:
        """None when it stores nothing by design."""


def listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def listeners(port: int) -> int:
    """How many processes share the port."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[1].endswith(f":{port:04X}") and line[3] == LISTEN for line in lines)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def count_rows(database: Path, query: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        (count,) = connection.execute(query).fetchone()
    return int(count)


@dataclass(frozen=True, slots=True)
class Usual:
    name: str = "usual"
    title: str = "the usual way"
    needs: frozenset[str] = frozenset()

    def command(self, place: Place) -> list[str]:
        options = ["--port", str(place.ocpp_port), "--data", str(place.data)]
        return [sys.executable, "-m", "benchmarks.usual", *options]

    def ready(self, place: Place) -> bool:
        return listening(place.ocpp_port)

    def enrol(self, place: Place, tokens: list[str]) -> None:
        """It accepts every token."""

    def stored(self, place: Place) -> Stored:
        database = place.data / "usual.db"
        values = count_rows(database, "SELECT count(*) FROM meter_value")
        readings, rest = divmod(values, VALUES_PER_READING)
        if rest:
            raise ContenderError(f"{values} values are no whole number of readings")
        return Stored(readings, count_rows(database, "SELECT count(*) FROM charging"))


@dataclass(frozen=True, slots=True)
class Ceiling:
    name: str = "ceiling"
    title: str = "the ceiling"
    needs: frozenset[str] = frozenset()

    def command(self, place: Place) -> list[str]:
        return [sys.executable, "-m", "benchmarks.ceiling", "--port", str(place.ocpp_port)]

    def ready(self, place: Place) -> bool:
        return listening(place.ocpp_port)

    def enrol(self, place: Place, tokens: list[str]) -> None:
        """It accepts every token."""

    def stored(self, place: Place) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Product:
    name: str = "product"
    title: str = "Ogniwo"
    needs: frozenset[str] = frozenset()
    gateways: int = 0

    def command(self, place: Place) -> list[str]:
        program = [str(Path(sys.executable).with_name("ogniwo"))]
        if place.profile:
            program = [sys.executable, "-m", "benchmarks.profiled", str(place.profile)]
        options = ["--http", f"127.0.0.1:{place.http_port}"]
        options += ["--ocpp", f"127.0.0.1:{place.ocpp_port}"]
        options += ["--data-dir", str(place.data), "--unknown-stations", "accept"]
        if "postgres" in self.needs:
            options += ["--database", place.services.database_url]
        if "bus" in self.needs:
            options += ["--bus", place.services.bus, "--gateways", str(self.gateways)]
        return [*program, "serve", *options]

    def ready(self, place: Place) -> bool:
        """It, and every gateway that it starts: their health is at the ports after its own.

        All of them must listen, or the first would get more than their share of stations.
        """
        if listeners(place.ocpp_port) < max(self.gateways, 1):
            return False
        ports = range(place.http_port, place.http_port + self.gateways + 1)
        return all(answers(f"http://127.0.0.1:{port}/readyz") for port in ports)

    def enrol(self, place: Place, tokens: list[str]) -> None:
        for token in tokens:
            body = json.dumps({"uid": token, "type": "rfid", "status": "accepted"}).encode()
            request = urllib.request.Request(
                f"http://127.0.0.1:{place.http_port}/api/v1/tokens",
                data=body,
                headers={
                    "Authorization": f"Bearer {ADMIN_TOKEN}",
                    "Content-Type": "application/json",
                },
            )
            try:
                with urllib.request.urlopen(request, timeout=READY_S_MAX) as response:
                    status, answer = response.status, b""
            except urllib.error.HTTPError as error:
                status, answer = error.code, error.read()
            if status != HTTP_CREATED:
                raise ContenderError(f"token {token} was refused: {status} {answer.decode()}")

    def stored(self, place: Place) -> Stored:
        queries = ("SELECT count(*) FROM sample", "SELECT count(*) FROM session")
        if "postgres" in self.needs:
            return Stored(*map(place.services.count, queries))
        return Stored(*(count_rows(place.database, query) for query in queries))


ON_POSTGRES: Final = Product("postgres", "Ogniwo on PostgreSQL", frozenset({"postgres"}))
TWO_GATEWAYS: Final = Product(
    "gateways", "two gateways on PostgreSQL", frozenset({"postgres", "bus"}), gateways=2
)
ALL: Final[dict[str, Contender]] = {
    each.name: each for each in (Usual(), Ceiling(), Product(), ON_POSTGRES, TWO_GATEWAYS)
}


# Below the ports that the system gives to outgoing connections, of which some rows have many.
PORTS: Final = range(20_000, 32_000)


def free_ports(count: int) -> int:
    """The first of so many that lie together."""
    first = PORTS.start + os.getpid() * 16 % len(PORTS)
    for port in chain(range(first, PORTS.stop - count), range(PORTS.start, first)):
        if all(_is_free(it) for it in range(port, port + count)):
            return port
    raise ContenderError(f"no {count} ports are free together")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@dataclass(slots=True)
class Server:
    """A running contender."""

    contender: Contender
    place: Place
    process: subprocess.Popen[bytes]

    @property
    def group(self) -> int:
        return self.process.pid

    def wait_ready(self) -> None:
        patience_ends = time.monotonic() + READY_S_MAX
        while not self.contender.ready(self.place):
            if self.process.poll() is not None or time.monotonic() > patience_ends:
                raise ContenderError(f"{self.contender.name} did not start")
            time.sleep(POLL_S)

    def kill(self) -> None:
        """As a crash: nothing is tidied up."""
        os.killpg(self.group, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(END_S_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ContenderError(f"{self.contender.name} did not end in {END_S_MAX} s") from None


def launch(contender: Contender, place: Place, cores: Cores) -> Server:
    """Started and pinned, not ready yet."""
    environment = os.environ | {"OGNIWO_ADMIN_TOKEN": ADMIN_TOKEN}
    own_cores = everywhere() if "bus" in contender.needs else pinned(cores.server)
    with place.log.open("ab") as output, own_cores:
        process = subprocess.Popen(
            contender.command(place),
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            process_group=0,
        )
    return Server(contender, place, process)


@contextmanager
def running(contender: Contender, place: Place, cores: Cores) -> Iterator[Server]:
    """Launch, wait until ready; end with SIGTERM and show the log if anything failed."""
    server = launch(contender, place, cores)
    try:
        server.wait_ready()
        yield server
    except Exception as error:
        error.add_note(f"the end of {contender.name}'s log:\n{place.log.read_text()[-2000:]}")
        raise
    finally:
        server.stop()
