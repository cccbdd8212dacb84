"""Cars: a battery, what it can take, and how the appetite fades as it fills.

Energies are floats of Wh at the outlet's meter; a part of it is lost on the way into the battery.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

VOLTS_NOMINAL: Final = 230.0
AMPS_MIN: Final = 6.0  # IEC 61851: an AC car is offered 6 A or nothing

_AC_EFFICIENCY: Final = 0.90  # on-board charger
_DC_EFFICIENCY: Final = 0.96  # the rectifier stands before the meter, only the pack's loss remains
_AC_TAPER_SOC: Final = 0.95
_DC_TAPER_SOC: Final = 0.60
_TAPER_FLOOR: Final = 0.12  # share of the full power a nearly full battery still takes
_SOC_EPSILON: Final = 1e-9


@dataclass(slots=True, kw_only=True)
class Car:
    model: str
    capacity_wh: float
    ac_phases: int
    ac_w_max: float
    dc_w_max: float  # 0: the car has no DC inlet
    dc_volts: float
    soc: float  # 0 to 1
    soc_wanted: float

    @property
    def satisfied(self) -> bool:
        return self.soc >= self.soc_wanted - _SOC_EPSILON

    def ac_amps(self, offered_a: float) -> float:
        """Current drawn on each used phase: constant, then falling, never between 0 and 6 A."""
        if offered_a < AMPS_MIN or self.satisfied:
            return 0.0
        full_a = self.ac_w_max / (self.ac_phases * VOLTS_NOMINAL)
        wish_a = full_a * _appetite(self.soc, _AC_TAPER_SOC)
        return min(offered_a, max(wish_a, AMPS_MIN))

    def dc_watts(self, offered_w: float) -> float:
        if self.satisfied:
            return 0.0
        return min(offered_w, self.dc_w_max * _appetite(self.soc, _DC_TAPER_SOC))

    def pack_volts(self) -> float:
        return self.dc_volts * (0.92 + 0.12 * self.soc)

    def take(self, energy_wh: float, *, dc: bool) -> None:
        self.soc = min(1.0, self.soc + energy_wh * _efficiency(dc=dc) / self.capacity_wh)

    def wants_wh(self, *, dc: bool) -> float:
        """Energy still to pass the meter before the driver's wish is met."""
        missing = max(0.0, self.soc_wanted - self.soc)
        return missing * self.capacity_wh / _efficiency(dc=dc)


@dataclass(frozen=True, slots=True)
class CarModel:
    name: str
    capacity_wh: float
    ac_phases: int
    ac_w_max: float
    dc_w_max: float
    dc_volts: float
    share: int  # of the cars on the road


MODELS: Final = (
    CarModel("plug-in hybrid", 11_000, 1, 3_700, 0, 350, 2),
    CarModel("city car", 37_000, 3, 11_000, 65_000, 350, 4),
    CarModel("family hatchback", 58_000, 3, 11_000, 120_000, 400, 6),
    CarModel("older hatchback", 40_000, 1, 7_400, 50_000, 360, 2),
    CarModel("saloon", 77_000, 3, 11_000, 170_000, 400, 4),
    CarModel("touring car", 95_000, 3, 22_000, 260_000, 800, 2),
    CarModel("delivery van", 68_000, 3, 11_000, 115_000, 400, 3),
)


def draw_car(rng: Random, *, dc: bool) -> Car:
    models = [model for model in MODELS if model.dc_w_max > 0 or not dc]
    model = rng.choices(models, weights=[one.share for one in models])[0]
    return Car(
        model=model.name,
        capacity_wh=model.capacity_wh,
        ac_phases=model.ac_phases,
        ac_w_max=model.ac_w_max,
        dc_w_max=model.dc_w_max,
        dc_volts=model.dc_volts,
        soc=rng.triangular(0.08, 0.75, 0.35),
        soc_wanted=rng.choice((0.8, 0.8, 0.9)) if dc else rng.choice((0.8, 0.9, 1.0, 1.0)),
    )


def _appetite(soc: float, taper_soc: float) -> float:
    if soc <= taper_soc:
        return 1.0
    return max(_TAPER_FLOOR, (1.0 - soc) / (1.0 - taper_soc))


def _efficiency(*, dc: bool) -> float:
    return _DC_EFFICIENCY if dc else _AC_EFFICIENCY
