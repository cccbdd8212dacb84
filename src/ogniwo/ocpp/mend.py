"""Read a payload that breaks its schema: lose the single bad value, never the message.

Walks the type of a message over plain JSON values and builds the same structs that the strict
decoder builds, with a note for every liberty it took. What to do about the notes is decided
by others; so is what the values mean, with one exception (``DEFINING``).
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple, cast

import msgspec
from msgspec import Struct, inspect

from ogniwo.ocpp.messages import INTEGER_MAX, INTEGER_MIN, CustomDataType, read_custom
from ogniwo.ocpp.notes import Hopeless, Oddity, Remedy, Scribe
from ogniwo.ocpp.timestamps import read_timestamp

# Optional fields whose absence means something else than their bad value: a sample without its
# measurand would be read as an energy register in Wh. A bad one takes its whole object along.
DEFINING: Final = frozenset(
    {"measurand", "unit", "unitOfMeasure", "multiplier", "phase", "location", "format"}
)

# Spellings met in the field, folded as ``_fold`` does; used where the enumeration has the word.
_SPELLINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "c": "Celsius",
        "celcius": "Celsius",
        "celsius": "Celcius",
        "f": "Fahrenheit",
        "hz": "Hertz",
        "%": "Percent",
        "percentage": "Percent",
        "deauthorised": "DeAuthorized",
    }
)

_CONTROLS: Final = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n\r"}

Reader = Callable[[object, Scribe], object]


@cache
def reader_of(model: type[Struct]) -> Reader:
    return _struct_reader(cast("inspect.StructType", inspect.type_info(model)))


def _reader(kind: inspect.Type) -> Reader:
    make = _READERS.get(type(kind))
    return _read_any if make is None else make(kind)


def _union_reader(union: inspect.UnionType) -> Reader:
    kinds = [kind for kind in union.types if not isinstance(kind, inspect.NoneType)]
    return _reader(kinds[0]) if len(kinds) == 1 else _read_any


class _Field(NamedTuple):
    name: str
    read: Reader
    required: bool


def _struct_reader(info: inspect.StructType) -> Reader:
    fields = {
        field.encode_name: _Field(field.name, _reader(field.type), field.required)
        for field in info.fields
    }
    build = info.cls

    def read(value: object, scribe: Scribe) -> object:
        if value == []:  # what PHP makes of an empty object
            scribe.note(Oddity.WRONG_TYPE, Remedy.READ, value)
            value = {}
        if not isinstance(value, dict):
            raise scribe.loss(Oddity.WRONG_TYPE, value)
        values: dict[str, object] = {}
        for key, item in value.items():
            scribe.path.append(key)
            field = fields.get(key)
            if field is None:
                scribe.note(Oddity.UNKNOWN_FIELD, Remedy.DROPPED, item)
            elif item is not None:  # null is how some say "absent"
                _read_field(field, item, scribe, values)
            scribe.path.pop()
        for key, field in fields.items():
            if field.required and field.name not in values:
                scribe.path.append(key)
                values[field.name] = _missing(value, key, scribe)
                scribe.path.pop()
        return build(**values)

    return read


def _read_field(field: _Field, item: object, scribe: Scribe, values: dict[str, object]) -> None:
    depth = len(scribe.path)
    try:
        values[field.name] = field.read(item, scribe)
    except Hopeless as loss:
        del scribe.path[depth:]
        fallback = scribe.fallback()
        if fallback is not None:
            values[field.name] = fallback
            scribe.note_loss(loss, Remedy.REPLACED)
        elif field.required or (scribe.path[-1] in DEFINING and item != ""):
            raise
        else:
            scribe.note_loss(loss)


def _missing(owner: dict[str, object], key: str, scribe: Scribe) -> object:
    oddity = Oddity.WRONG_TYPE if key in owner else Oddity.MISSING
    fallback = scribe.fallback()
    if fallback is None:
        raise scribe.loss(oddity, None)
    scribe.note(oddity, Remedy.REPLACED, None)
    return fallback


def _list_reader(kind: inspect.ListType) -> Reader:
    read_item = _reader(kind.item_type)

    def read(value: object, scribe: Scribe) -> object:
        if not isinstance(value, list):
            scribe.note(Oddity.WRONG_TYPE, Remedy.READ, value)
            value = [value]
        kept: list[object] = []
        depth = len(scribe.path)
        for index, item in enumerate(value):
            scribe.path.append(index)
            try:
                kept.append(read_item(item, scribe))
            except Hopeless as loss:
                del scribe.path[depth + 1 :]
                scribe.note_loss(loss)
            del scribe.path[depth:]
        if not (kind.min_length or 0) <= len(kept) <= (kind.max_length or len(kept)):
            scribe.note(Oddity.COUNT, Remedy.KEPT, len(kept))
        return kept

    return read


def _text_reader(kind: inspect.StrType) -> Reader:
    pattern = re.compile(kind.pattern) if kind.pattern else None

    def read(value: object, scribe: Scribe) -> object:
        text = _as_text(value, scribe, any_object=kind.max_length is None)
        if not (kind.min_length or 0) <= len(text) <= (kind.max_length or len(text)):
            scribe.note(Oddity.LENGTH, Remedy.KEPT, text)
        elif pattern is not None and pattern.search(text) is None:
            scribe.note(Oddity.UNKNOWN_VALUE, Remedy.KEPT, text)
        return text

    return read


def _as_text(value: object, scribe: Scribe, *, any_object: bool) -> str:
    if isinstance(value, str):
        text = value if value.isprintable() else value.translate(_CONTROLS)
        if len(text) != len(value):
            scribe.note(Oddity.CONTROLS, Remedy.READ, value)
        return text
    if isinstance(value, dict | list) and not any_object:
        raise scribe.loss(Oddity.WRONG_TYPE, value)
    # Numbers and booleans as configuration values; an object as the data of a DataTransfer.
    scribe.note(Oddity.WRONG_TYPE, Remedy.READ, value)
    return msgspec.json.encode(value).decode()


def _choice_reader(kind: inspect.LiteralType) -> Reader:
    choices = frozenset(kind.values)
    folded = {_fold(str(choice)): choice for choice in kind.values}
    spellings = {odd: word for odd, word in _SPELLINGS.items() if word in choices} | folded

    def read(value: object, scribe: Scribe) -> object:
        if isinstance(value, str):
            if value in choices:
                return value
            choice = spellings.get(_fold(value))
            if choice is not None:
                scribe.note(Oddity.SPELLING, Remedy.READ, value)
                return choice
            raise scribe.loss(Oddity.UNKNOWN_VALUE, value)
        raise scribe.loss(Oddity.WRONG_TYPE, value)

    return read


def _fold(word: str) -> str:
    return re.sub(r"[\s_\-\x00-\x1f]", "", word).casefold()


def _number_reader(
    kind: inspect.IntType | inspect.FloatType, read_number: Callable[[object, Scribe], float]
) -> Reader:
    def read(value: object, scribe: Scribe) -> object:
        number = read_number(value, scribe)
        if (kind.ge is not None and number < kind.ge) or (kind.le is not None and number > kind.le):
            scribe.note(Oddity.RANGE, Remedy.KEPT, value)
        return number

    return read


def _as_int(value: object, scribe: Scribe) -> int:
    if type(value) is int:
        number = value
    else:
        number = math.floor(_number_in(value, scribe))  # a fraction of a Wh is never billed up
        scribe.note(Oddity.WRONG_TYPE, Remedy.READ, value)
    if not INTEGER_MIN <= number <= INTEGER_MAX:
        raise scribe.loss(Oddity.RANGE, value)
    return number


def _as_float(value: object, scribe: Scribe) -> float:
    number = _number_in(value, scribe)
    if isinstance(value, str):
        scribe.note(Oddity.WRONG_TYPE, Remedy.READ, value)
    return number


def _number_in(value: object, scribe: Scribe) -> float:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            return float(value.replace(",", "."))
    except OverflowError:
        raise scribe.loss(Oddity.RANGE, value) from None
    raise scribe.loss(Oddity.WRONG_TYPE, value)


_NUMBER: Final = re.compile(r"\s*[+-]?\d{1,15}(?:[.,]\d*)?\s*", re.ASCII)
_BOOLS: Final[Mapping[object, bool]] = MappingProxyType(
    {"true": True, "1": True, "false": False, "0": False}
)


def _read_bool(value: object, scribe: Scribe) -> object:
    if isinstance(value, bool):
        return value
    meant = _BOOLS.get(str(value).strip().lower())
    if meant is None:
        raise scribe.loss(Oddity.WRONG_TYPE, value)
    scribe.note(Oddity.WRONG_TYPE, Remedy.READ, value)
    return meant


def _read_time(value: object, scribe: Scribe) -> datetime:
    if not isinstance(value, str):
        raise scribe.loss(Oddity.WRONG_TYPE, value)
    found = read_timestamp(value)
    if found is None:
        raise scribe.loss(Oddity.TIME, value)
    instant, zoned = found
    if not zoned:
        scribe.note(Oddity.ZONE, Remedy.READ, value)
    return instant


def _custom_reader(kind: inspect.CustomType) -> Reader:
    return _read_custom_data if kind.cls is CustomDataType else _read_any


def _read_custom_data(value: object, scribe: Scribe) -> object:
    try:
        return read_custom(CustomDataType, _read_any(value, scribe))
    except (TypeError, ValueError):
        raise scribe.loss(Oddity.WRONG_TYPE, value) from None


def _read_any(value: object, scribe: Scribe) -> object:
    """What the vendor may fill as it likes keeps its form, except for control characters."""
    match value:
        case str():
            return _as_text(value, scribe, any_object=True)
        case list():
            return [_read_any(item, scribe) for item in value]
        case dict():
            return {
                _as_text(key, scribe, any_object=True): _read_any(item, scribe)
                for key, item in value.items()
            }
        case _:
            return value


_READERS: Final[Mapping[type[inspect.Type], Callable[[Any], Reader]]] = MappingProxyType(
    {
        inspect.StructType: lambda kind: reader_of(kind.cls),
        inspect.ListType: _list_reader,
        inspect.UnionType: _union_reader,
        inspect.StrType: _text_reader,
        inspect.LiteralType: _choice_reader,
        inspect.IntType: lambda kind: _number_reader(kind, _as_int),
        inspect.FloatType: lambda kind: _number_reader(kind, _as_float),
        inspect.BoolType: lambda _: _read_bool,
        inspect.DateTimeType: lambda _: _read_time,
        inspect.CustomType: _custom_reader,
    }
)
