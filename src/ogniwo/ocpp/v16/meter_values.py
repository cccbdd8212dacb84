"""MeterValue objects of 1.6 to readings; values are text, and often odd text."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from ogniwo.base.units import to_instant
from ogniwo.domain.meter import Reading
from ogniwo.ocpp.adapter import NO_TIME, Seen
from ogniwo.ocpp.digest import reading_digest
from ogniwo.ocpp.measurands import READABLE_BELOW, Placed, fold, place_of
from ogniwo.ocpp.v16.schema import MeterValue, SampledValue

# What clocks say that do not run: it tells no two readings apart.
_STOPPED: Final = frozenset({NO_TIME, datetime(1, 1, 1, tzinfo=UTC)})


def to_readings(
    meter_values: Iterable[MeterValue], seen: Seen
) -> tuple[tuple[Reading, ...], tuple[int, ...]]:
    """One reading per moment and context; what carries no usable number is left out.

    With them their digests, which recognise one that is sent again: 1.6 gives readings no number.
    """
    readings: list[Reading] = []
    digests: list[int] = []
    for meter_value in meter_values:
        at, clock_wrong = seen.moment(meter_value.timestamp)
        for context, sampled in _by_context(meter_value.sampled_value):
            values, beside = _values(sampled)
            if values or beside:
                one = fold(values, at=at, context=context, clock_wrong=clock_wrong, beside=beside)
                readings.append(one)
                if clock_wrong and meter_value.timestamp not in _STOPPED:
                    # Wrong as it is, only the station's own time is the same when it says it again.
                    one = replace(one, at=to_instant(meter_value.timestamp))
                digests.append(reading_digest(one))
    return tuple(readings), tuple(digests)


def _by_context(
    sampled: list[SampledValue],
) -> Iterable[tuple[str | None, list[SampledValue]]]:
    if not sampled:
        return ()
    if len({it.context for it in sampled}) == 1:
        return ((sampled[0].context, sampled),)
    grouped: dict[str | None, list[SampledValue]] = {}
    for value in sampled:
        grouped.setdefault(value.context, []).append(value)
    return grouped.items()


def _values(sampled: Iterable[SampledValue]) -> tuple[list[Placed], dict[str, object]]:
    values: list[Placed] = []
    beside: dict[str, object] = {}
    for it in sampled:
        if it.format == "SignedData":
            beside[f"signed:{it.measurand or ''}:{it.context or ''}"] = it.value
            continue
        try:
            number = float(it.value)
        except ValueError:
            # Kept whole: some put signed data here without saying so.
            beside[f"unreadable:{it.measurand or ''}"] = it.value
            continue
        if abs(number) < READABLE_BELOW:
            values.append((place_of(it.measurand, it.phase, it.unit, it.location), number))
    return values, beside
