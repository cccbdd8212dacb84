"""The meter of one outlet: a lifetime register that is the integral of the power it reports.

Power is constant between two switches. ``advance`` adds the energy of the span that ended, so a
reading taken before the next ``switch`` shows the power that produced that energy.
"""

from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from ogniwo.base.units import SECONDS_PER_HOUR
from ogniwo.sim.car import VOLTS_NOMINAL

_VOLTS_NOISE: Final = 1.2  # standard deviation of a decent low-voltage grid
_AMBIENT_C: Final = 16.0
_WARMING_C: Final = 22.0  # above ambient at full power
_WARMING_S: Final = 900.0  # time constant


@dataclass(frozen=True, slots=True)
class Flow:
    """What runs through the conductors: one entry per phase on AC, a single one on DC."""

    volts: tuple[float, ...]
    amps: tuple[float, ...]

    @property
    def power_w(self) -> float:
        return sum(u * i for u, i in zip(self.volts, self.amps, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything the outlet can measure at one moment, before any version writes it down."""

    at_s: int
    energy_wh: int  # lifetime register, rounded down
    power_w: float
    flow: Flow
    dc: bool
    soc_percent: int | None
    temperature_c: float
    offered_w: float


class Meter:
    def __init__(self, *, phases: int, dc: bool, full_w: float, rng: Random, at_s: int) -> None:
        self.register_wh = float(rng.randrange(50_000, 9_000_000))
        self.at_s = at_s
        self.phases = phases
        self.dc = dc
        self.temperature_c = _AMBIENT_C
        self._full_w = full_w
        self._rng = rng
        self.flow = self.still()

    def advance(self, at_s: int) -> float:
        """Count up to ``at_s``; the energy of the span in Wh. Time never runs back here."""
        span_s = at_s - self.at_s
        if span_s <= 0:
            return 0.0
        energy_wh = self.flow.power_w * span_s / SECONDS_PER_HOUR
        self.register_wh += energy_wh
        self.at_s = at_s
        goal_c = _AMBIENT_C + _WARMING_C * self.flow.power_w / self._full_w
        self.temperature_c += (goal_c - self.temperature_c) * min(1.0, span_s / _WARMING_S)
        return energy_wh

    def switch(self, flow: Flow) -> None:
        self.flow = flow

    def still(self) -> Flow:
        return self.ac_flow(0.0, 0) if not self.dc else Flow((0.0,), (0.0,))

    def ac_flow(self, amps: float, phases_used: int) -> Flow:
        volts = tuple(self._rng.gauss(VOLTS_NOMINAL, _VOLTS_NOISE) for _ in range(self.phases))
        return Flow(volts, tuple(amps if n < phases_used else 0.0 for n in range(self.phases)))

    def read(self, *, soc: float | None, offered_w: float) -> Reading:
        return Reading(
            at_s=self.at_s,
            energy_wh=int(self.register_wh),
            power_w=self.flow.power_w,
            flow=self.flow,
            dc=self.dc,
            soc_percent=None if soc is None else int(soc * 100),
            temperature_c=self.temperature_c,
            offered_w=offered_w,
        )


Measurand = Literal[
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Power.Offered",
    "Current.Import",
    "Voltage",
    "SoC",
]
Unit = Literal["Wh", "W", "A", "V", "Percent"]
Phase = Literal["L1", "L2", "L3", "L1-N", "L2-N", "L3-N"]

_LINES: Final[tuple[Phase, ...]] = ("L1", "L2", "L3")
_LINES_TO_N: Final[tuple[Phase, ...]] = ("L1-N", "L2-N", "L3-N")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One measured value in the words all versions of OCPP share."""

    measurand: Measurand
    unit: Unit
    value: float
    phase: Phase | None = None


def quantities(reading: Reading) -> list[Quantity]:
    """The register first: some backends look no further."""
    values = [
        Quantity("Energy.Active.Import.Register", "Wh", reading.energy_wh),
        Quantity("Power.Active.Import", "W", round(reading.power_w, 1)),
        Quantity("Power.Offered", "W", round(reading.offered_w)),
    ]
    for n, (volts, amps) in enumerate(zip(reading.flow.volts, reading.flow.amps, strict=True)):
        line, line_to_n = (None, None) if reading.dc else (_LINES[n], _LINES_TO_N[n])
        values.append(Quantity("Current.Import", "A", round(amps, 2), line))
        values.append(Quantity("Voltage", "V", round(volts, 1), line_to_n))
    if reading.soc_percent is not None:
        values.append(Quantity("SoC", "Percent", reading.soc_percent))
    return values
