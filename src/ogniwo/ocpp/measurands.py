"""The values a station measured at one moment, folded into one wide ``Reading``.

Shared by all versions: they name measurands, phases, locations and contexts alike (J; 1.6
section 7.28). What has no column is kept beside, so that nothing sent is lost.
"""

import math
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

# Found once: Python 3.11 looks a member up slowly.
_OTHER: Final = Context.OTHER
_PERIODIC: Final = Context.PERIODIC

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

# Of either sign; NaN is below nothing, so no value either. A float: compared with every value.
READABLE_BELOW: Final = float(ENERGY_WH_MAX)

MULTIPLIER_MAX: Final = 9  # giga and nano: beyond them a slip of the pen, and no value

# The grid's side of the meter, the housing and the car's own meter are not what the car got.
_ELSEWHERE: Final = frozenset({"Inlet", "Body", "Upstream"})

# A counter below zero is how some stations say that they do not know it.
_COUNTERS: Final = frozenset(
    {DEFAULT_MEASURAND, "Energy.Active.Import.Interval", "Energy.Active.Export.Register"}
)


class Place(Struct, frozen=True):
    """Where a value of one kind goes: worked out once per kind, looked up per value."""

    slot: str | None  # its column
    later: str | None  # its column where that stayed empty otherwise
    total: str | None  # the column that per-phase values add up to
    scale: float
    offset: float
    label: str  # its name where it has no column
    elsewhere: bool
    phase: str | None  # L1 and L1-N are one
    lowest: float  # what stands below it is no value


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
    elsewhere = location in _ELSEWHERE or (location == "EV" and name in _SUMMED)
    slot = _SLOTS.get((name, phase))
    return Place(
        slot=None if elsewhere else slot,
        later=slot or _SECOND_CHOICE.get((name, phase)),
        total=_SUMMED.get(name) if phase in _PER_PHASE else None,
        scale=scale * 10.0**multiplier if abs(multiplier) <= MULTIPLIER_MAX else math.nan,
        offset=offset,
        label="/".join(part for part in (name, phase, location, unit) if part),
        elsewhere=elsewhere,
        phase=phase and phase[:2],
        lowest=0.0 if name in _COUNTERS else -READABLE_BELOW,
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
    for place, number in values:
        slot = place.slot
        ours = number * place.scale + place.offset
        if slot is not None and slot not in slots and place.lowest <= ours < READABLE_BELOW:
            slots[slot] = ours
        else:
            others.append((place, number))
    if others:
        beside = _fill_gaps(slots, others, beside)
    for name in _WHOLE:
        if name in slots:
            slots[name] = round(slots[name])
    fields: dict[str, object] = {
        "at": at,
        "context": CONTEXTS.get(context, _OTHER) if context else _PERIODIC,
        **slots,
    }
    if beside:
        fields["extra"] = msgspec.json.encode(beside)
    if clock_wrong:
        fields["clock_wrong"] = True
    return Reading(**fields)  # type: ignore[arg-type] # its own names, see _SLOTS


def _fill_gaps(
    slots: dict[str, float], others: list[Placed], beside: dict[str, object] | None
) -> dict[str, object]:
    beside = dict(beside or {})
    sums: dict[str, dict[str | None, float]] = {}
    for place, number in sorted(others, key=_is_elsewhere):
        ours = number * place.scale + place.offset
        slot = place.later
        if not place.lowest <= ours < READABLE_BELOW:
            slot = None
        elif place.total is not None and place.total not in slots:
            # Of two places that measure one phase only the first counts.
            sums.setdefault(place.total, {}).setdefault(place.phase, ours)
        if slot is not None and slot not in slots and slot not in sums:
            slots[slot] = ours
        else:
            beside[place.label] = number
    for total, by_phase in sums.items():
        slots.setdefault(total, sum(by_phase.values()))
    return beside


def _is_elsewhere(placed: Placed) -> bool:
    return placed[0].elsewhere
