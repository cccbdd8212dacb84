"""The RPC envelope of OCPP-J: one WebSocket text to one frozen frame, and back.

Owns the five message types and what each version says about them. Payloads pass through as
bytes, unread. No input makes ``parse`` raise.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, assert_never, cast

import msgspec
from msgspec import Raw, Struct

from ogniwo.ocpp.almost_json import rescue
from ogniwo.ocpp.faults import CODES_2X, CODES_16, Codes, Fault

MessageId = str | int  # text; some 1.6 stations send a number and want a number back

ID_CHARS_MAX: Final = 36
ID_CHARS_ECHOED_MAX: Final = 255  # a long id is refused by its name, an absurd one is not repeated
ID_UNREADABLE: Final = "-1"
ID_NUMBER_MAX: Final = 2**53  # the largest that every JSON reader keeps exact
ACTION_CHARS_MAX: Final = 100  # the longest of 2.1 has 34, a signature suffix 7 more
CODE_CHARS_MAX: Final = 50
DESCRIPTION_CHARS_MAX: Final = 255
EMPTY: Final = b"{}"


class Dialect(Struct, frozen=True):
    """What one version says about the envelope."""

    version: str  # the WebSocket subprotocol
    codes: Codes
    numeric_ids: bool = False
    answers_noise: bool = True  # what is no envelope at all gets a CALLERROR with the id "-1"
    has_streams: bool = False  # SEND and CALLRESULTERROR exist
    rescues: bool = True  # almost-JSON is repaired; a certification turns this off


OCPP16: Final = Dialect("ocpp1.6", CODES_16, numeric_ids=True, answers_noise=False)
OCPP201: Final = Dialect("ocpp2.0.1", CODES_2X)
OCPP21: Final = Dialect("ocpp2.1", CODES_2X, has_streams=True)

_CALL: Final = 2

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {dialect.version: dialect for dialect in (OCPP16, OCPP201, OCPP21)}
)


class Call(Struct, frozen=True):
    id: MessageId
    action: str
    payload: bytes
    rescued: bool = False  # the text was no proper JSON and has been repaired


class Result(Struct, frozen=True):
    id: MessageId
    payload: bytes


class Error(Struct, frozen=True):
    """``code`` as the station wrote it; ``faults.fault_from_wire`` says what it means."""

    id: MessageId
    code: str
    description: str
    details: bytes


class ResultError(Struct, frozen=True):
    """The other side could not use our CALLRESULT (2.1)."""

    id: MessageId
    code: str
    description: str
    details: bytes


class Send(Struct, frozen=True):
    """A message that is never answered (2.1)."""

    id: MessageId
    action: str
    payload: bytes
    rescued: bool = False


class Malformed(Struct, frozen=True):
    """``fault`` is what to answer under ``id`` ("-1" when it has none); None: stay silent."""

    reason: str
    id: MessageId = ID_UNREADABLE
    fault: Fault | None = None


Frame = Call | Result | Error | ResultError | Send | Malformed


def parse(text: str | bytes, dialect: Dialect) -> Frame:
    try:
        wire = _read(text, dialect)
    except (ValueError, RecursionError):
        return _second_look(text, dialect)
    return _to_frame(wire, dialect, rescued=False)


def call_text(message_id: MessageId, action: str, payload: bytes) -> bytes:
    return b"[2,%b,%b,%b]" % (_quote(message_id), _quote(action), payload)


def result_text(message_id: MessageId, payload: bytes) -> bytes:
    return b"[3,%b,%b]" % (_quote(message_id), payload)


def error_text(message_id: MessageId, code: str, description: str) -> bytes:
    return b"[4,%b,%b,%b,{}]" % _error_parts(message_id, code, description)


def result_error_text(message_id: MessageId, code: str, description: str) -> bytes:
    return b"[5,%b,%b,%b,{}]" % _error_parts(message_id, code, description)


def send_text(message_id: MessageId, action: str, payload: bytes) -> bytes:
    return b"[6,%b,%b,%b]" % (_quote(message_id), _quote(action), payload)


def _error_parts(message_id: MessageId, code: str, description: str) -> tuple[bytes, bytes, bytes]:
    return _quote(message_id), _quote(code), _quote(description[:DESCRIPTION_CHARS_MAX])


# What the decoder fills: arrays told apart by their first element. Elements after the last one
# known are ignored; an answer may lack its tail, because a call of ours hangs on it.


class _Call(Struct, frozen=True, array_like=True, tag_field="type", tag=2):
    id: MessageId
    action: str
    payload: Raw


class _Result(Struct, frozen=True, array_like=True, tag_field="type", tag=3):
    id: MessageId
    payload: Raw = Raw(EMPTY)


class _Error(Struct, frozen=True, array_like=True, tag_field="type", tag=4):
    id: MessageId
    code: str | None = None
    description: str | None = None
    details: Raw = Raw(EMPTY)


class _ResultError(Struct, frozen=True, array_like=True, tag_field="type", tag=5):
    id: MessageId
    code: str | None = None
    description: str | None = None
    details: Raw = Raw(EMPTY)


class _Send(Struct, frozen=True, array_like=True, tag_field="type", tag=6):
    id: MessageId
    action: str
    payload: Raw


_Wire = _Call | _Result | _Error | _ResultError | _Send
_Reader = msgspec.json.Decoder[_Wire]

_READER: Final = cast("_Reader", msgspec.json.Decoder(_Call | _Result | _Error))
_READER_STREAMS: Final[_Reader] = msgspec.json.Decoder(_Wire)
_LIST_READER: Final = msgspec.json.Decoder(list[object])
_quote: Final = msgspec.json.Encoder().encode


def _read(text: str | bytes, dialect: Dialect) -> _Wire:
    return (_READER_STREAMS if dialect.has_streams else _READER).decode(text)


def _to_frame(wire: _Wire, dialect: Dialect, *, rescued: bool) -> Frame:
    if not _usable(wire.id, dialect):
        return _refusal("unusable message id", wire.id, wire.__struct_config__.tag)
    match wire:
        case _Call():
            if not _readable(wire.action, ACTION_CHARS_MAX):
                return Malformed("unreadable action", wire.id, Fault.NOT_IMPLEMENTED)
            return Call(wire.id, wire.action, _payload(wire.payload), rescued)
        case _Result():
            return Result(wire.id, _payload(wire.payload))
        case _Error():
            return Error(*_error_fields(wire))
        case _ResultError():
            return ResultError(*_error_fields(wire))
        case _Send():
            if not _readable(wire.action, ACTION_CHARS_MAX):
                return Malformed("unreadable action")
            return Send(wire.id, wire.action, _payload(wire.payload), rescued)
    assert_never(wire)


def _second_look(text: str | bytes, dialect: Dialect) -> Frame:
    """The quick reader refused: repair the text if it can be repaired, else say why not."""
    clean = rescue(text)
    if clean is None:
        return _noise("not JSON", dialect)
    if dialect.rescues:
        try:
            return _to_frame(_read(clean, dialect), dialect, rescued=True)
        except (ValueError, RecursionError):
            pass  # proper JSON after all, so the envelope is what is wrong
    return _judge(clean, dialect)


def _judge(clean: bytes, dialect: Dialect) -> Malformed:
    try:
        parts = _LIST_READER.decode(clean)
    except (ValueError, RecursionError):
        return _noise("not an array", dialect)
    if not parts:
        return _noise("an empty array", dialect)
    kind = parts[0]
    if type(kind) is not int or kind not in (range(2, 7) if dialect.has_streams else range(2, 5)):
        return Malformed("unknown message type")  # to be ignored whole, in every version
    return _refusal("elements missing or of a wrong type", parts[1] if parts[1:] else None, kind)


def _noise(reason: str, dialect: Dialect) -> Malformed:
    return Malformed(reason, fault=Fault.RPC if dialect.answers_noise else None)


def _refusal(reason: str, message_id: object, kind: object) -> Malformed:
    """Only a CALL is answered: never an answer, never a SEND."""
    if kind != _CALL:
        return Malformed(reason)
    return Malformed(reason, _echo(message_id), Fault.RPC)


def _echo(message_id: object) -> MessageId:
    """The sender's id when it can be repeated at all, so that it knows which call failed."""
    if isinstance(message_id, str) and _readable(message_id, ID_CHARS_ECHOED_MAX):
        return message_id
    return ID_UNREADABLE


def _usable(message_id: MessageId, dialect: Dialect) -> bool:
    if isinstance(message_id, str):
        return _readable(message_id, ID_CHARS_MAX)
    return dialect.numeric_ids and -ID_NUMBER_MAX <= message_id <= ID_NUMBER_MAX


def _readable(name: str, chars_max: int) -> bool:
    return 0 < len(name) <= chars_max and name.isprintable()


def _payload(raw: Raw) -> bytes:
    """A copy: the view would keep the whole text alive, and databases do not know views."""
    payload = bytes(raw)
    return EMPTY if payload == b"null" else payload


def _error_fields(wire: _Error | _ResultError) -> tuple[MessageId, str, str, bytes]:
    code = (wire.code or "")[:CODE_CHARS_MAX]
    description = (wire.description or "")[:DESCRIPTION_CHARS_MAX]
    return wire.id, code, description.replace("\0", ""), _payload(wire.details)
