"""The values a station measured at one moment, folded into one wide ``Reading``.

Shared by all versions: they name measurands, phases, locations and contexts alike (J; 1.6
section 7.28). What has no column is kept beside, so that nothing sent is lost.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

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
_WHOLE: Final = ("energy_wh", "export_wh", "interval_wh", "power_w", "offered_w")

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

# Unit to (factor, offset) into ours; a unit that is not named here is ours already.
_TO_OURS: Final = {
    "kWh": (1_000.0, 0.0),
    "kW": (1_000.0, 0.0),
    "kVA": (1_000.0, 0.0),
    "kvar": (1_000.0, 0.0),
    "kvarh": (1_000.0, 0.0),
    "K": (1.0, -273.15),
    "Fahrenheit": (1 / 1.8, -32 / 1.8),
}

# The grid's side of the meter and the housing are not what the car got.
_ELSEWHERE: Final = frozenset({"Inlet", "Body", "Upstream"})


class Place(Struct, frozen=True):
    """Where a value of one kind goes: worked out once per kind, looked up per value."""

    slot: str | None  # its column
    second: str | None  # its column where that stayed empty otherwise
    total: str | None  # the column that per-phase values add up to
    scale: float
    offset: float
    label: str  # its name where it has no column
    elsewhere: bool


@lru_cache(maxsize=4_096)  # 2.x leaves units open: a bound against invented ones
def place_of(
    measurand: str | None,
    phase: str | None,
    unit: str | None,
    location: str | None,
    multiplier: int = 0,
) -> Place:
    name = measurand or DEFAULT_MEASURAND
    scale, offset = _TO_OURS.get(unit or "", (1.0, 0.0))
    return Place(
        slot=_SLOTS.get((name, phase)),
        second=_SECOND_CHOICE.get((name, phase)),
        total=_SUMMED.get(name) if phase in _PER_PHASE else None,
        scale=scale * 10.0**multiplier,
        offset=offset,
        label="/".join(part for part in (name, phase, location, unit) if part),
        elsewhere=location in _ELSEWHERE,
    )


Placed = tuple[Place, float]


def fold(
    values: Iterable[Placed],
    *,
    at: Instant,
    context: str | None,
    clock_wrong: bool = False,
    beside: dict[str, object] | None = None,
) -> Reading:
    """``beside`` are things already known to have no column, e.g. signed values."""
    slots: dict[str, float] = {}
    others: list[Placed] = []
    for value in values:
        place, number = value
        slot = place.slot
        if slot is None or slot in slots or place.elsewhere:
            others.append(value)
        else:
            slots[slot] = number * place.scale + place.offset
    if others:
        beside = _fill_gaps(slots, others, beside)
    for name in _WHOLE:
        if name in slots:
            slots[name] = round(slots[name])
    return Reading(
        at=at,
        context=CONTEXTS.get(context, Context.OTHER) if context else Context.PERIODIC,
        extra=msgspec.json.encode(beside) if beside else None,
        clock_wrong=clock_wrong,
        **slots,  # type: ignore[arg-type] # the names are those of Reading, see _SLOTS
    )


def readable(number: float) -> bool:
    """Can a column hold it, and could a meter mean it? False for what is no number at all."""
    return -ENERGY_WH_MAX < number < ENERGY_WH_MAX


def _fill_gaps(
    slots: dict[str, float], others: list[Placed], beside: dict[str, object] | None
) -> dict[str, object]:
    beside = dict(beside or {})
    sums: dict[str, float] = {}
    for place, number in others:
        ours = number * place.scale + place.offset
        slot = place.slot or place.second
        if slot is not None and slot not in slots:
            slots[slot] = ours
            continue
        if place.total is not None and not place.elsewhere:
            sums[place.total] = sums.get(place.total, 0.0) + ours
        beside[place.label] = number
    for slot, total_of_phases in sums.items():
        slots.setdefault(slot, total_of_phases)
    return beside
