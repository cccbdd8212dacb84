"""Cores, processor time and what the figures were measured on.

Reads /proc, so Linux only. Server and generator get a core each; what these cores
spent on anybody else is reported: where it is much, nothing can be concluded.
"""

import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
LIBRARIES: Final = ("aiohttp", "uvloop", "msgspec", "websockets", "ocpp")
SYNC_TRIALS: Final = 200
# positions in /proc/PID/stat counted after the command's closing bracket
PARENT_FIELD: Final = 1
TIME_FIELDS: Final = slice(11, 13)
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


def family_cpu_s(eldest: int) -> float:
    """Processor time of a process and of all that descend from it, as long as they live."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        process = int(path.parent.name)
        parents[process] = int(fields[PARENT_FIELD])
        ticks[process] = sum(map(int, fields[TIME_FIELDS]))
    family = {eldest}
    while more := {it for it, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(ticks.get(it, 0) for it in family) / TICKS_PER_S


def core_busy_s(core: int) -> float:
    lines = [line.split() for line in Path("/proc/stat").read_text().splitlines()]
    ticks = sum(int(line[n]) for line in lines if line[0] == f"cpu{core}" for n in BUSY_FIELDS)
    return ticks / TICKS_PER_S


@dataclass(frozen=True, slots=True)
class CpuReading:
    at_s: float
    server_s: float
    generator_s: float
    server_core_s: float
    generator_core_s: float


@dataclass(frozen=True, slots=True)
class CpuUse:
    """Shares of one core. What others took of it, kernel work included, counts beside."""

    server: float
    generator: float
    beside_server: float
    beside_generator: float

    @property
    def others(self) -> tuple[float, float]:
        return self.beside_server, self.beside_generator


def read_cpu(eldest: int, cores: Cores) -> CpuReading:
    return CpuReading(
        time.perf_counter(),
        family_cpu_s(eldest),
        time.process_time(),
        core_busy_s(cores.server),
        core_busy_s(cores.generator),
    )


def cpu_use(before: CpuReading, after: CpuReading) -> CpuUse:
    elapsed_s = after.at_s - before.at_s
    server_s = after.server_s - before.server_s
    generator_s = after.generator_s - before.generator_s
    beside_server_s = after.server_core_s - before.server_core_s - server_s
    beside_generator_s = after.generator_core_s - before.generator_core_s - generator_s
    return CpuUse(
        server=server_s / elapsed_s,
        generator=generator_s / elapsed_s,
        beside_server=max(0.0, beside_server_s / elapsed_s),
        beside_generator=max(0.0, beside_generator_s / elapsed_s),
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
