"""MeterValue objects of 1.6 to readings; values are text, and often odd text."""

from collections.abc import Iterable

from ogniwo.domain.meter import Reading
from ogniwo.ocpp.adapter import Seen
from ogniwo.ocpp.digest import reading_digest
from ogniwo.ocpp.measurands import READABLE_BELOW, Placed, fold, place_of
from ogniwo.ocpp.v16.schema import MeterValue, SampledValue


def to_readings(meter_values: Iterable[MeterValue], seen: Seen) -> tuple[Reading, ...]:
    """One reading per moment and context; what carries no usable number is left out."""
    readings: list[Reading] = []
    for meter_value in meter_values:
        at, clock_wrong = seen.moment(meter_value.timestamp)
        for context, sampled in _by_context(meter_value.sampled_value):
            values, beside = _values(sampled)
            if values or beside:
                readings.append(
                    fold(values, at=at, context=context, clock_wrong=clock_wrong, beside=beside)
                )
    return tuple(readings)


def to_digests(readings: Iterable[Reading]) -> tuple[int, ...]:
    """Recognises a reading that is sent again: 1.6 gives readings no number."""
    return tuple([reading_digest(it) for it in readings])


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
