"""What a process and its descendants took of the machine: processor time and memory.

Reads /proc, so Linux only. A family is a process with all that descend from it; what children
that have ended took is counted with whoever waited for them.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
# positions in /proc/PID/stat counted after the command's closing bracket
PARENT_FIELD: Final = 1
TIME_FIELDS: Final = slice(11, 15)  # own user and system time, then that of ended children


@dataclass(frozen=True, slots=True)
class Family:
    """Its members as they were at one moment, with the processor time each had taken."""

    cpu_s_of: dict[int, float]

    @property
    def cpu_s(self) -> float:
        return sum(self.cpu_s_of.values())

    @property
    def memory_kb(self) -> int:
        """Proportional: a page that several processes share counts once in all."""
        return sum(pss_kb(process) for process in self.cpu_s_of)


def family(eldest: int) -> Family:
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
    members = {eldest} & ticks.keys()
    while more := {it for it, parent in parents.items() if parent in members} - members:
        members |= more
    return Family({it: ticks[it] / TICKS_PER_S for it in sorted(members)})


def children(parent: int) -> frozenset[int]:
    """Those that it started itself and that live."""
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return frozenset(int(it) for task in tasks for it in task.read_text().split())


def name_of(process: int) -> str:
    return Path(f"/proc/{process}/comm").read_text().strip()


def cpu_s(eldests: Iterable[int]) -> float:
    return sum(family(it).cpu_s for it in eldests)


def pss_kb(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(it.split()[1]) for it in lines if it.startswith("Pss:")), 0)
