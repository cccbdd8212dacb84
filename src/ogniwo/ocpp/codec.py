"""Payload text to typed message and back, one codec for each type of message.

``decode`` is strict and says in the protocol's terms what is wrong. ``decode_tolerant`` saves
what can be saved (``ogniwo.ocpp.mend``). ``read`` does the one and, if need be, the other.
``encode`` reads back what it wrote: nothing that breaks its schema leaves the house.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar, cast

import msgspec
from msgspec import Struct, inspect

from ogniwo.base.errors import OgniwoError
from ogniwo.ocpp.almost_json import rescue
from ogniwo.ocpp.faults import Fault
from ogniwo.ocpp.leaves import Change, change_leaves
from ogniwo.ocpp.mend import reader_of
from ogniwo.ocpp.messages import read_custom
from ogniwo.ocpp.notes import (
    FRAGMENT_CHARS_MAX,
    Fallbacks,
    Hopeless,
    Note,
    Oddity,
    Remedy,
    Scribe,
)

T = TypeVar("T", bound=Struct)

FLOAT_DECIMALS_MAX: Final = 6  # 2.x allows no more towards the station

FAULTS: Final[Mapping[Oddity, Fault]] = MappingProxyType(
    {
        Oddity.NOT_JSON: Fault.FORMAT,
        Oddity.UNKNOWN_FIELD: Fault.FORMAT,
        Oddity.MISSING: Fault.PROTOCOL,
        Oddity.WRONG_TYPE: Fault.TYPE,
        Oddity.COUNT: Fault.OCCURRENCE,
        Oddity.UNKNOWN_VALUE: Fault.PROPERTY,
        Oddity.SPELLING: Fault.PROPERTY,
        Oddity.LENGTH: Fault.PROPERTY,
        Oddity.RANGE: Fault.PROPERTY,
        Oddity.CONTROLS: Fault.PROPERTY,
        Oddity.TIME: Fault.PROPERTY,
        Oddity.ZONE: Fault.PROPERTY,
    }
)

_NO_FALLBACKS: Final[Fallbacks] = MappingProxyType({})
# Escaped control characters, tab and line ends apart; a backslash that is itself escaped is none.
_CONTROL: Final = re.compile(
    rb"(?<!\\)(?:\\\\)*\\(?:[bf]|u00(?:0[0-8bcefBCEF]|1[0-9a-fA-F]|7[fF]))"
)
_BACKSLASH: Final = ord("\\")  # a number is found without the detour that ``b"..." in`` takes
_ENCODER: Final = msgspec.json.Encoder()


class PayloadError(OgniwoError):
    """A payload breaks its schema at ``path``; ``fault`` says how, in no version's spelling."""

    def __init__(self, fault: Fault, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.fault = fault
        self.path = path
        self.reason = reason


class Decoded(Struct, Generic[T], frozen=True):
    """``payload`` is None when nothing could be saved; then the last note says why."""

    payload: T | None
    notes: tuple[Note, ...] = ()

    @property
    def error(self) -> PayloadError | None:
        """What to refuse an unusable payload with."""
        return None if self.payload is not None else _error_from(self.notes[-1])


class Codec(Generic[T]):
    __slots__ = ("_decoder", "_tidy", "model")

    def __init__(self, model: type[T]) -> None:
        self.model = model
        self._decoder = msgspec.json.Decoder(model, dec_hook=read_custom)
        self._tidy = change_leaves(inspect.type_info(model), _tidying)

    def decode(self, raw: bytes) -> T:
        try:
            return self._strictly(raw)
        except (ValueError, RecursionError) as error:
            saved = self.decode_tolerant(raw)
            if saved.notes:
                raise _error_from(saved.notes[0]) from None
            raise PayloadError(Fault.FORMAT, "", str(error)) from None

    def decode_tolerant(self, raw: bytes, fallbacks: Fallbacks = _NO_FALLBACKS) -> Decoded[T]:
        scribe = Scribe(fallbacks)
        try:
            value = _plain_value(raw, scribe)
            payload = cast("T", reader_of(self.model)(value, scribe))
        except Hopeless as loss:
            scribe.note_loss(loss, Remedy.REFUSED)
            return Decoded(None, tuple(scribe.notes))
        except RecursionError:
            return Decoded(None, (Note("", Oddity.NOT_JSON, Remedy.REFUSED, ""),))
        return Decoded(payload, tuple(scribe.notes))

    def read(self, raw: bytes, fallbacks: Fallbacks = _NO_FALLBACKS) -> Decoded[T]:
        """Strictly, and only if that fails tolerantly: the way every station is read."""
        try:
            return Decoded(self._strictly(raw))
        except (ValueError, RecursionError):
            return self.decode_tolerant(raw, fallbacks)

    def encode(self, payload: T) -> bytes:
        """Empty optional fields are left out; raises ``PayloadError`` rather than send rubbish."""
        raw = self.written(payload)
        self.decode(raw)
        return raw

    def written(self, payload: T) -> bytes:
        """As ``encode``, for who reads it back by another model than that it was built with."""
        return _ENCODER.encode(payload if self._tidy is None else self._tidy(payload))

    def _strictly(self, raw: bytes) -> T:
        payload = self._decoder.decode(raw)
        if _BACKSLASH in raw and _CONTROL.search(raw):
            raise ValueError("control characters")
        return payload


_CODECS: Final[dict[type[Struct], Codec[Any]]] = {}


def codec_of(model: type[T]) -> Codec[T]:
    codec = _CODECS.get(model)
    if codec is None:
        codec = _CODECS[model] = Codec(model)
    return codec


def decode(model: type[T], raw: bytes) -> T:
    return codec_of(model).decode(raw)


def decode_tolerant(model: type[T], raw: bytes, fallbacks: Fallbacks = _NO_FALLBACKS) -> Decoded[T]:
    return codec_of(model).decode_tolerant(raw, fallbacks)


def read(model: type[T], raw: bytes, fallbacks: Fallbacks = _NO_FALLBACKS) -> Decoded[T]:
    return codec_of(model).read(raw, fallbacks)


def encode(payload: Struct) -> bytes:
    return codec_of(type(payload)).encode(payload)


def _plain_value(raw: bytes, scribe: Scribe) -> object:
    try:
        return msgspec.json.decode(raw)
    except ValueError:
        clean = rescue(raw)
        if clean is None:
            raise scribe.loss(Oddity.NOT_JSON, _text(raw)) from None
        scribe.note(Oddity.NOT_JSON, Remedy.READ, _text(raw))
        value: object = msgspec.json.decode(clean)
        return value


def _text(raw: bytes) -> str:
    return raw[:FRAGMENT_CHARS_MAX].decode(errors="replace")


def _error_from(note: Note) -> PayloadError:
    return PayloadError(FAULTS[note.oddity], note.path, note.oddity.value.replace("_", " "))


def _tidying(kind: inspect.Type) -> Change | None:
    match kind:
        case inspect.DateTimeType():
            return _plain_time
        case inspect.FloatType():
            return _plain_number
        case _:
            return None


def _plain_time(instant: datetime) -> datetime:
    """UTC to the second: one station looped on a time with decimals and an offset."""
    if instant.tzinfo is UTC and not instant.microsecond:
        return instant
    if instant.tzinfo is None:
        raise PayloadError(Fault.PROPERTY, "", f"a time without a zone: {instant}")
    return instant.astimezone(UTC).replace(microsecond=0)


def _plain_number(number: float) -> float:
    if not isfinite(number):
        raise PayloadError(Fault.PROPERTY, "", f"not a number: {number}")
    plain = round(number, FLOAT_DECIMALS_MAX)
    return number if plain == number else plain
