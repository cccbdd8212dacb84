"""The hardware of the simulated world: invented makers whose stations look like real ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from ogniwo.sim.car import VOLTS_NOMINAL


@dataclass(frozen=True, slots=True)
class OutletType:
    """What one EVSE can deliver, and the plugs it carries (several plugs: one car at a time)."""

    dc: bool
    phases: int
    amps_max: float  # on each phase of the supply
    plugs: tuple[str, ...]

    @property
    def watts_max(self) -> float:
        return self.amps_max * self.phases * VOLTS_NOMINAL


_TYPE_2_11: Final = OutletType(dc=False, phases=3, amps_max=16, plugs=("cType2",))
_TYPE_2_22: Final = OutletType(dc=False, phases=3, amps_max=32, plugs=("cType2",))
_TYPE_2_7: Final = OutletType(dc=False, phases=1, amps_max=32, plugs=("cType2",))
_CCS_60: Final = OutletType(dc=True, phases=3, amps_max=87, plugs=("cCCS2", "cG105"))
_CCS_150: Final = OutletType(dc=True, phases=3, amps_max=218, plugs=("cCCS2",))
_CCS_300: Final = OutletType(dc=True, phases=3, amps_max=435, plugs=("cCCS2", "cCCS2"))


@dataclass(frozen=True, slots=True)
class Make:
    vendor: str
    model: str
    serial_prefix: str
    firmware: tuple[str, ...]
    outlet: OutletType
    share: int  # of the stations on the road


MAKES: Final = (
    Make("Wisent Energia", "Bruk 22 Duo", "WE22", ("4.2.1", "4.3.0"), _TYPE_2_22, 6),
    Make("Wisent Energia", "Bruk 11", "WE11", ("4.2.1", "4.1.7"), _TYPE_2_11, 4),
    Make("Norrvolt", "Pil Home", "NVP7", ("1.18.0", "1.19.2"), _TYPE_2_7, 2),
    Make("Kessler Ladetechnik", "KL-Stele 22", "KLS", ("R7.40", "R7.42"), _TYPE_2_22, 5),
    Make("Bursztyn Power", "Rapid 60", "BPR60", ("2.9.14", "2.10.3"), _CCS_60, 2),
    Make("Aurelio", "Veloce 150", "AV150", ("8.0.2", "8.1.0"), _CCS_150, 3),
    Make("Aurelio", "Veloce 300 Twin", "AV300", ("8.1.0",), _CCS_300, 2),
)


def draw_make(rng: Random, makes: Sequence[Make] = MAKES) -> Make:
    return rng.choices(makes, weights=[make.share for make in makes])[0]


def draw_serial(make: Make, rng: Random) -> str:
    return f"{make.serial_prefix}-{rng.randrange(10**7):07d}"
