"""J. Meter values: readings, and the message that carries them outside transactions (J01)."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from ogniwo.domain.decision import Reply
from ogniwo.domain.facts import MeterReported
from ogniwo.domain.meter import Reading
from ogniwo.ocpp.adapter import NO_TIME, Inbound, Seen
from ogniwo.ocpp.digest import reading_digest
from ogniwo.ocpp.measurands import READABLE_BELOW, Placed, fold, place_of
from ogniwo.ocpp.v201.schema import (
    MeterValuesRequest,
    MeterValuesResponse,
    MeterValueType,
    SampledValueType,
)


def to_readings(meter_values: Iterable[MeterValueType] | None, seen: Seen) -> tuple[Reading, ...]:
    readings: list[Reading] = []
    for meter_value in meter_values or ():
        at, clock_wrong = seen.moment(meter_value.timestamp)
        grouped: dict[str | None, list[SampledValueType]] = {}
        for value in meter_value.sampled_value:
            grouped.setdefault(value.context, []).append(value)
        for context, sampled in grouped.items():
            beside = {
                f"signed:{it.measurand or ''}": msgspec.to_builtins(it.signed_meter_value)
                for it in sampled
                if it.signed_meter_value is not None
            }
            values = [_placed(it) for it in sampled if abs(it.value) < READABLE_BELOW]
            readings.append(
                fold(values, at=at, context=context, clock_wrong=clock_wrong, beside=beside)
            )
    return tuple(readings)


def meter_values_to_fact(request: MeterValuesRequest, seen: Seen) -> MeterReported:
    readings = to_readings(request.meter_value, seen)
    return MeterReported(
        evse=max(request.evse_id, 0),
        transaction_id=None,
        readings=readings,
        digests=tuple(reading_digest(it) for it in readings),
        notes=seen.notes,
    )


def meter_values_to_reply(_reply: Reply) -> MeterValuesResponse:
    return MeterValuesResponse()


def _placed(it: SampledValueType) -> Placed:
    unit = it.unit_of_measure
    if unit is None:
        return place_of(it.measurand, it.phase, None, it.location), it.value
    return place_of(it.measurand, it.phase, unit.unit, it.location, unit.multiplier or 0), it.value


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound(
        "MeterValues",
        meter_values_to_fact,
        meter_values_to_reply,
        money=True,
        stand_ins={"evseId": 0, "meterValue.timestamp": NO_TIME},
    ),
)
