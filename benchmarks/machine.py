"""Cores, who took how much of them, and what the figures were measured on.

Reads /proc, so Linux only. Server and generator get a core each; what these cores spent on
strangers is reported: where it is much, nothing can be concluded. Database and bus are ours.
"""

import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import processes

LIBRARIES: Final = ("aiohttp", "uvloop", "msgspec", "websockets", "ocpp")
SYNC_TRIALS: Final = 200
# user, nice, system, irq, softirq and what the host took; idle and iowait are free
BUSY_FIELDS: Final = (1, 2, 3, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Cores:
    """One core each where there are two, otherwise the same for both."""

    server: int
    generator: int

    @property
    def shared(self) -> bool:
        return self.server == self.generator


def choose_cores() -> Cores:
    available = sorted(os.sched_getaffinity(0))
    return Cores(server=available[0], generator=available[-1])


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Keep us, and every process we start meanwhile with all its threads, on one core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@contextmanager
def everywhere() -> Iterator[None]:
    """For processes that may use every core that we may."""
    yield


def core_busy_s(core: int) -> float:
    lines = [line.split() for line in Path("/proc/stat").read_text().splitlines()]
    ticks = sum(int(line[n]) for line in lines if line[0] == f"cpu{core}" for n in BUSY_FIELDS)
    return ticks / processes.TICKS_PER_S


@dataclass(frozen=True, slots=True)
class Watched:
    """Whose processor time is told apart: the eldest processes of each kind, and their cores."""

    cores: Cores
    server: int
    services: tuple[int, ...] = ()  # database and bus: ours, and beside the generator
    generators: tuple[int, ...] = ()  # beside this process, which is always one


@dataclass(frozen=True, slots=True)
class CpuReading:
    at_s: float
    server_s: float
    services_s: float
    generator_s: float
    server_core_s: float
    generator_core_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuUse:
    """Shares of one core. The kernel's work for nobody in particular counts as strangers'."""

    server: float
    generator: float
    services: float = 0.0
    strangers: float = 0.0  # on the cores of server and generator together
    server_core: float = 0.0  # how busy it was, whoever it was
    generator_core: float = 0.0


def read_cpu(watched: Watched) -> CpuReading:
    generator_s = time.process_time() + processes.cpu_s(watched.generators)
    return CpuReading(
        time.perf_counter(),
        processes.cpu_s([watched.server]),
        processes.cpu_s(watched.services),
        generator_s,
        core_busy_s(watched.cores.server),
        core_busy_s(watched.cores.generator),
    )


def cpu_use(before: CpuReading, after: CpuReading, watched: Watched) -> CpuUse:
    elapsed_s = after.at_s - before.at_s

    def share(figure: Callable[[CpuReading], float]) -> float:
        return (figure(after) - figure(before)) / elapsed_s

    server, services = share(lambda it: it.server_s), share(lambda it: it.services_s)
    generator = share(lambda it: it.generator_s)
    server_core = share(lambda it: it.server_core_s)
    generator_core = share(lambda it: it.generator_core_s)
    busy = server_core if watched.cores.shared else server_core + generator_core
    return CpuUse(
        server=server,
        generator=generator,
        services=services,
        strangers=max(0.0, busy - server - generator - services),
        server_core=server_core,
        generator_core=generator_core,
    )


def sync_us(directory: Path) -> float:
    """What the disk asks for making 4 kB durable: it bounds the usual way."""
    trials = []
    with tempfile.TemporaryFile(dir=directory) as file:
        for _ in range(SYNC_TRIALS):
            os.write(file.fileno(), bytes(4096))
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            trials.append(time.perf_counter() - begun)
    return median(trials) * 1_000_000


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def describe(directory: Path) -> dict[str, str]:
    """Machine and versions, for the foot of the report."""
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return {
        "processor": f"{processor()}, {os.cpu_count()} cores",
        "memory": f"{memory_kb / 1024**2:.0f} GiB",
        "disk": f"fdatasync of 4 kB takes {sync_us(directory):.0f} us (median)",
        "system": f"Linux {platform.release()}",
        "versions": f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        + versions,
    }
