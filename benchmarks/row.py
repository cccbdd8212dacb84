"""A line of the result table and what one measurement of it yields."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders import Stored
from benchmarks.machine import CpuUse
from benchmarks.station import Script, Station

SATURATED: Final = 0.93  # of a core; the tick of /proc and the window's edges hide the rest


@dataclass(frozen=True, slots=True)
class Goal:
    against: str
    at_least: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is measured: ``prelude`` once per station unmeasured, then ``script`` without end."""

    order: int
    name: str
    title: str
    unit: str
    calls_per_unit: int
    contenders: tuple[str, ...]
    goals: tuple[Goal, ...]
    prelude: Callable[[Station], Script]
    script: Callable[[Station], Script]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One contender, one time."""

    contender: str
    rate: float  # units of the row per second
    p50_ms: float
    p99_ms: float
    cpu: CpuUse
    readings_acknowledged: int
    sessions_acknowledged: int
    stored: Stored | None
    data: str

    @property
    def void(self) -> str | None:
        """Why the figure does not count: what was acknowledged must be what was stored."""
        acknowledged = Stored(self.readings_acknowledged, self.sessions_acknowledged)
        if self.stored in (None, acknowledged):
            return None
        return f"acknowledged {acknowledged}, stored {self.stored}"

    @property
    def cost_us(self) -> float:
        """Processor time of the server per unit: holds still when others use the core too."""
        return self.cpu.server / self.rate * 1_000_000

    @property
    def bound_by(self) -> str:
        """What stood in the way of a higher rate."""
        if self.cpu.server >= SATURATED:
            return "server core"
        if self.cpu.generator >= SATURATED:
            return "GENERATOR"
        if self.cpu.server + self.cpu.beside_server >= SATURATED:
            return "others beside server"
        if self.cpu.generator + self.cpu.beside_generator >= SATURATED:
            return "others beside generator"
        return "waiting"
