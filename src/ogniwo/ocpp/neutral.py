"""The same thing in a version's words and in ours, field by field, both ways.

For objects too rich to be written out one by one: charging profiles, tariffs, grid controls.
Their fields carry the same names here and there but for those in ``_NAMES``; the words of an
enumeration become snake_case. A version that has no field or no word for something says so.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from ogniwo.base.units import US_PER_MS, from_instant, to_instant
from ogniwo.ocpp.adapter import OrderNotPossibleError
from ogniwo.ocpp.messages import CustomDataType, Payload

P = TypeVar("P", bound=Payload)

DECIMALS_2X: Final = 6

_NAMES: Final[Mapping[str, str]] = {
    "charging_profile_id": "id",
    "charging_profile_kind": "kind",
    "charging_profile_purpose": "purpose",
    "charging_rate_unit": "unit",
    "charging_schedule": "schedules",
    "charging_schedule_period": "periods",
    "duration": "duration_s",
    "dyn_update_interval": "update_interval_s",
    "dyn_update_time": "updated_at",
    "invalid_after_offline_duration": "invalid_after_offline",
    "max_offline_duration": "max_offline_s",
    "randomized_delay": "random_delay_s",
    "recurrency_kind": "recurrency",
    "start_period": "start_s",
    "start_schedule": "starts_at",
    "start_time": "starts_at",
}
_WORDS: Final[Mapping[str, str]] = {
    "ChargePointMaxProfile": "station_max",
    "ChargingStationMaxProfile": "station_max",
    "TxDefaultProfile": "tx_default",
    "TxProfile": "tx",
    "ChargingStationExternalConstraints": "external_constraints",
    "W": "W",
    "A": "A",
}
_BORDERS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def word_of(wire: str) -> str:
    return _WORDS.get(wire) or _BORDERS.sub("_", wire).lower()


def to_data(payload: Payload) -> dict[str, object]:
    """What a station said, under our names; what it left out is left out."""
    return {
        name: read(value)
        for attribute, name, read in _readings(type(payload))
        if (value := getattr(payload, attribute)) is not None
    }


def to_payload(
    source: Struct | Mapping[str, object],
    model: type[P],
    *,
    decimals: int = DECIMALS_2X,
    **given: object,
) -> P:
    """The version's object of ours; ``given`` is taken as it is. Errors: OrderNotPossibleError."""
    told = dict(_told(source))
    made: dict[str, Any] = {}
    for it in fields(model):
        value = told.pop(_NAMES.get(it.name, it.name), None)
        if it.name in given:
            made[it.name] = given[it.name]
        elif value is not None:
            made[it.name] = _write(value, it.type, it.name, decimals)
    if told:
        raise _impossible(f"say {', '.join(sorted(told))!r} there", "leave it out")
    for it in fields(model):
        if it.required and it.name not in made:
            raise _impossible(f"do without {_NAMES.get(it.name, it.name)!r}", "give it")
    return model(**made)


def _told(source: Struct | Mapping[str, object]) -> Iterator[tuple[str, object]]:
    if isinstance(source, Mapping):
        yield from source.items()
        return
    for it in fields(source):
        value = getattr(source, it.name)
        if value is not None:
            yield it.name, value


def _write(value: object, type_: object, name: str, decimals: int) -> object:
    wanted = _bare(type_)
    if get_origin(wanted) is Literal:
        if value in get_args(wanted):  # the version's own word already
            return value
        words = _wire_words(wanted)
        if str(value) not in words:
            raise _impossible(f"take {value!s} as its {name}", f"use {', '.join(words)}")
        return words[str(value)]
    if get_origin(wanted) is list:
        (inner,) = get_args(wanted)
        many = value if isinstance(value, Sequence) else ()
        return [_write(it, inner, name, decimals) for it in many]
    if isinstance(wanted, type) and issubclass(wanted, Payload):
        if isinstance(value, tuple):  # 1.6 has one where 2.x has several
            if len(value) != 1:
                raise _impossible(f"take {len(value)} of {name}", "give one")
            (value,) = value
        if isinstance(value, Struct | Mapping):
            return to_payload(value, wanted, decimals=decimals)
    if isinstance(value, datetime):
        at = to_instant(value)
        return from_instant(at - at % US_PER_MS)
    return _leaf(_rounded(value, decimals) if isinstance(value, float) else value, type_, name)


def _leaf(value: object, type_: Any, name: str) -> object:
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise _impossible(f"take {value!r} as its {name}", str(error)) from error


def _rounded(value: float, decimals: int) -> float:
    """Towards zero: a limit may not grow on its way."""
    return float(Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN))


def _impossible(what: str, instead: str) -> OrderNotPossibleError:
    return OrderNotPossibleError(f"the station's version of OCPP cannot {what}: {instead}")


@cache
def _wire_words(literal: Any) -> dict[str, str]:
    return {word_of(it): it for it in get_args(literal)}


@cache
def _readings(model: type[Payload]) -> tuple[tuple[str, str, Callable[[Any], object]], ...]:
    return tuple(
        (it.name, _NAMES.get(it.name, it.name), _reading(it.type))
        for it in fields(model)
        if _bare(it.type) is not CustomDataType
    )


def _reading(type_: object) -> Callable[[Any], object]:
    type_ = _bare(type_)
    if get_origin(type_) is Literal:
        return {it: word_of(it) for it in get_args(type_)}.__getitem__
    if get_origin(type_) is list:
        inner = _reading(get_args(type_)[0])
        return lambda many: [inner(it) for it in many]
    if isinstance(type_, type) and issubclass(type_, Payload):
        return to_data
    return lambda value: value


def _bare(type_: Any) -> Any:
    """Without its limits and without None."""
    while get_origin(type_) in {Annotated, Union, UnionType}:
        (type_, *_) = (it for it in get_args(type_) if it is not type(None))
    return type_
