"""The database server and the bus that some contenders need, started for one measurement.

They run on the generator's core, as if on a machine of their own, or wherever there is room; what
they take is told apart: it is ours, but not the product's.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import processes
from benchmarks.machine import Cores, everywhere, pinned
from tests.services.nats import PROGRAM, NatsServer
from tests.services.postgres import Postgres, programs


class MissingServiceError(Exception):
    """A program of the distribution is not installed."""


@dataclass(frozen=True, slots=True)
class Services:
    """None: this contender needs none."""

    postgres: Postgres | None = None
    database: str = ""
    bus: str = ""
    processes: tuple[int, ...] = ()  # the eldest of each

    @property
    def database_url(self) -> str:
        return "" if self.postgres is None else self.postgres.url(self.database)

    def count(self, query: str) -> int:
        if self.postgres is None:
            raise MissingServiceError("there is no PostgreSQL to ask")
        return int(self.postgres.run(query, self.database))


NO_SERVICES: Final = Services()


@contextmanager
def services(*, postgres: bool, bus: bool, folder: Path, cores: Cores | None) -> Iterator[Services]:
    """``cores``: None, and they may run anywhere."""
    with ExitStack() as stack:
        before = processes.children(os.getpid())
        stack.enter_context(everywhere() if cores is None else pinned(cores.generator))
        cluster = _postgres(stack) if postgres else None
        database = "" if cluster is None else cluster.new_database(empty=True)
        url = _nats(stack, folder) if bus else ""
        started = processes.children(os.getpid()) - before
        yield Services(cluster, database, url, tuple(sorted(started)))


def _postgres(stack: ExitStack) -> Postgres:
    binaries = programs()
    if binaries is None:
        raise MissingServiceError("PostgreSQL is not installed: apt-get install postgresql")
    cluster = Postgres(binaries)
    stack.callback(cluster.remove)
    cluster.start()
    return cluster


def _nats(stack: ExitStack, folder: Path) -> str:
    if PROGRAM is None:
        raise MissingServiceError("nats-server is not installed: apt-get install nats-server")
    server = NatsServer(folder)
    stack.callback(server.kill)
    server.start()
    return server.url
