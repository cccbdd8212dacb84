"""Meter readings: one wide record per moment, and when a register can be believed.

Registers are lifetime counters in Wh; power is W; currents, voltages, temperature and
state of charge are for people and rules, not for bills, and stay floats.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from ogniwo.base.units import US_PER_SECOND, Instant

POWER_W_PLAUSIBLE_MAX: Final = 1_000_000  # no EVSE on the market delivers more
ENERGY_WH_SLACK: Final = 1_000  # a short session's rounding and clock steps
ENERGY_WH_MAX: Final = 2**53  # registers beyond are noise, and floats stop being exact


class Context(StrEnum):
    BEGIN = "begin"
    END = "end"
    PERIODIC = "periodic"
    CLOCK = "clock"
    TRIGGER = "trigger"
    INTERRUPTION_BEGIN = "interruption_begin"
    INTERRUPTION_END = "interruption_end"
    OTHER = "other"


class Reading(Struct, frozen=True, kw_only=True, gc=False):
    """Everything a station measured at one moment, in our units."""

    at: Instant
    context: Context = Context.PERIODIC
    energy_wh: int | None = None  # import register
    export_wh: int | None = None  # export register
    interval_wh: int | None = None  # energy since the reading before; only without a register
    power_w: int | None = None
    offered_w: int | None = None
    offered_a: float | None = None
    current_l1: float | None = None
    current_l2: float | None = None
    current_l3: float | None = None
    voltage_l1: float | None = None
    voltage_l2: float | None = None
    voltage_l3: float | None = None
    soc: float | None = None
    temperature: float | None = None
    extra: bytes | None = None  # JSON text of what has no column: odd measurands, signed values
    clock_wrong: bool = False  # the station's time was outside reason; ``at`` is ours


class Sample(Struct, frozen=True, kw_only=True, gc=False):
    """A stored reading; ``prev`` is the sample before it in the same session (or station)."""

    id: int
    prev: int | None
    station_id: int
    evse: int
    session_id: int | None
    received_at: Instant
    seq_no: int | None
    digest: int  # recognises the same 1.6 reading sent again
    reading: Reading


def plausible_energy(energy_wh: int, *, span_us: int, power_w_max: int | None) -> bool:
    """Could this much energy have flowed in this time? Negative energy never could."""
    power = power_w_max or POWER_W_PLAUSIBLE_MAX
    bound = power * max(span_us, 0) // (3_600 * US_PER_SECOND)
    return 0 <= energy_wh <= bound + bound // 10 + ENERGY_WH_SLACK
