"""The values a station measured at one moment, folded into one wide ``Reading``.

Shared by all versions: they name measurands, phases, locations and contexts alike (J; 1.6
section 7.28). What has no column is kept beside, so that nothing sent is lost.
"""

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from ogniwo.base.units import Instant
from ogniwo.domain.meter import ENERGY_WH_MAX, Context, Reading

DEFAULT_MEASURAND: Final = "Energy.Active.Import.Register"

CONTEXTS: Final = {
    "Transaction.Begin": Context.BEGIN,
    "Transaction.End": Context.END,
    "Sample.Periodic": Context.PERIODIC,
    "Sample.Clock": Context.CLOCK,
    "Trigger": Context.TRIGGER,
    "Interruption.Begin": Context.INTERRUPTION_BEGIN,
    "Interruption.End": Context.INTERRUPTION_END,
    "Other": Context.OTHER,
}

# Slots whose values are integers of our unit; the rest stay floats.
_WHOLE: Final = frozenset({"energy_wh", "export_wh", "interval_wh", "power_w", "offered_w"})

_SLOTS: Final[dict[tuple[str, str | None], str]] = {
    (DEFAULT_MEASURAND, None): "energy_wh",
    ("Energy.Active.Export.Register", None): "export_wh",
    ("Energy.Active.Import.Interval", None): "interval_wh",
    ("Power.Active.Import", None): "power_w",
    ("Power.Offered", None): "offered_w",
    ("Current.Offered", None): "offered_a",
    ("SoC", None): "soc",
    ("Temperature", None): "temperature",
    ("Current.Import", "L1"): "current_l1",
    ("Current.Import", "L2"): "current_l2",
    ("Current.Import", "L3"): "current_l3",
    ("Voltage", "L1"): "voltage_l1",
    ("Voltage", "L1-N"): "voltage_l1",
    ("Voltage", "L2"): "voltage_l2",
    ("Voltage", "L2-N"): "voltage_l2",
    ("Voltage", "L3"): "voltage_l3",
    ("Voltage", "L3-N"): "voltage_l3",
}

# Taken only where the slot above stayed empty: values without a phase, on N, or per phase
# where a total is wanted (then they are added up).
_SECOND_CHOICE: Final = {
    ("Current.Import", None): "current_l1",
    ("Current.Import", "N"): "current_l1",
    ("Voltage", None): "voltage_l1",
}
_PER_PHASE: Final = frozenset({"L1", "L2", "L3", "L1-N", "L2-N", "L3-N"})
_SUMMED: Final = {
    DEFAULT_MEASURAND: "energy_wh",
    "Energy.Active.Import.Interval": "interval_wh",
    "Power.Active.Import": "power_w",
}

_SCALE: Final = {"kWh": 1_000.0, "kW": 1_000.0, "kVA": 1_000.0, "kvar": 1_000.0, "kvarh": 1_000.0}
_KELVIN_ZERO: Final = 273.15

# The grid's side of the meter and the housing are not what the car got.
_ELSEWHERE: Final = frozenset({"Inlet", "Body", "Upstream"})


class Value(NamedTuple):
    measurand: str | None
    number: float
    unit: str | None = None
    phase: str | None = None
    location: str | None = None
    multiplier: int = 0


def fold(
    values: Iterable[Value],
    *,
    at: Instant,
    context: str | None,
    clock_wrong: bool = False,
    beside: dict[str, object] | None = None,
) -> Reading:
    """``beside`` are things already known to have no column, e.g. signed values."""
    slots: dict[str, float] = {}
    others: list[Value] = []
    for value in values:
        slot = _SLOTS.get((value.measurand or DEFAULT_MEASURAND, value.phase))
        if slot is None or slot in slots or value.location in _ELSEWHERE:
            others.append(value)
        else:
            slots[slot] = _scaled(value)
    if others:
        beside = _fill_gaps(slots, others, beside)
    fields: dict[str, float | int | None] = {
        name: _whole(number) if name in _WHOLE else number for name, number in slots.items()
    }
    return Reading(
        at=at,
        context=CONTEXTS.get(context or "Sample.Periodic", Context.OTHER),
        extra=msgspec.json.encode(beside) if beside else None,
        clock_wrong=clock_wrong,
        **fields,  # type: ignore[arg-type] # the names are those of Reading, see _SLOTS
    )


def readable(number: float) -> bool:
    """Can a column hold it, and could a meter mean it?"""
    return math.isfinite(number) and abs(number) < ENERGY_WH_MAX


def _fill_gaps(
    slots: dict[str, float], others: list[Value], beside: dict[str, object] | None
) -> dict[str, object]:
    beside = dict(beside or {})
    sums: dict[str, float] = {}
    for value in others:
        measurand = value.measurand or DEFAULT_MEASURAND
        key = (measurand, value.phase)
        slot = _SLOTS.get(key) or _SECOND_CHOICE.get(key)
        if slot is not None and slot not in slots:
            slots[slot] = _scaled(value)
            continue
        if measurand in _SUMMED and value.phase in _PER_PHASE:
            total = _SUMMED[measurand]
            sums[total] = sums.get(total, 0.0) + _scaled(value)
        beside[_label(value, measurand)] = value.number
    for slot, total_of_phases in sums.items():
        slots.setdefault(slot, total_of_phases)
    return beside


def _label(value: Value, measurand: str) -> str:
    parts = (measurand, value.phase, value.location, value.unit)
    return "/".join(part for part in parts if part)


def _scaled(value: Value) -> float:
    number = value.number * 10.0**value.multiplier if value.multiplier else value.number
    unit = value.unit
    if unit is None:
        return number
    if unit == "K":
        return number - _KELVIN_ZERO
    if unit == "Fahrenheit":
        return (number - 32.0) / 1.8
    return number * _SCALE.get(unit, 1.0)


def _whole(number: float) -> int | None:
    return round(number) if readable(number) else None
