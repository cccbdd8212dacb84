"""Measurements of contenders, what they amount to together, and what stood in the way."""

from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.contenders import Stored
from benchmarks.machine import CpuUse

SATURATED: Final = 0.93  # of a core; the tick of /proc and the window's edges hide the rest


@dataclass(frozen=True, slots=True)
class Goal:
    against: str
    at_least: float


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
        cpu = self.cpu
        if min(cpu.server_core, cpu.generator_core) >= SATURATED:
            return "all cores"
        if cpu.server >= SATURATED:
            return "server core"
        if cpu.generator >= SATURATED:
            return "GENERATOR"
        if cpu.server_core >= SATURATED:
            return "strangers beside server"
        if cpu.generator + cpu.services >= SATURATED:
            return "database beside generator"
        if cpu.generator_core >= SATURATED:
            return "strangers beside generator"
        return "waiting"


@dataclass(frozen=True, slots=True)
class Result:
    """All repeats of one row."""

    contenders: tuple[str, ...]
    goals: tuple[Goal, ...]
    measurements: list[Measurement]

    def of(self, contender: str) -> list[Measurement]:
        return [each for each in self.measurements if each.contender == contender]

    def rate(self, contender: str) -> float | None:
        rates = [each.rate for each in self.of(contender)]
        return median(rates) if rates else None

    def ratio(self, against: str, of: str = "product") -> float | None:
        ours, theirs = self.rate(of), self.rate(against)
        return ours / theirs if ours and theirs else None

    def cost_ratio(self, against: str) -> float | None:
        """The same by the server's processor time: holds still on a busy machine."""
        ours, theirs = ([each.cost_us for each in self.of(name)] for name in ("product", against))
        return median(theirs) / median(ours) if ours and theirs else None

    @property
    def strangers(self) -> float:
        """The largest share of a core that others took in any measurement."""
        return max((each.cpu.strangers for each in self.measurements), default=0.0)

    @property
    def voids(self) -> list[str]:
        return [f"{each.contender}: {each.void}" for each in self.measurements if each.void]
