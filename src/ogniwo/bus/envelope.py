"""How questions, answers and notices travel: one byte of version, then msgpack of ``app``'s types.

The version is raised when an older node would misread what a newer one says; it refuses it in
words instead. Fields that are added need no new version: who does not know them passes over
them. Errors travel as data, never as a traceback.
"""

from collections.abc import Iterator
from typing import Final, TypeVar, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ogniwo.app.bus import Answered, AnyNotice, Asked, NodeFailedError, NodeGoneError
from ogniwo.app.live import LiveBatch
from ogniwo.base.errors import (
    InvariantError,
    MissingError,
    OgniwoError,
    RefusedError,
    UsageError,
)

VERSION: Final = 1
_LISTS: Final = ("events", "sessions", "stations", "commands", "attempts", "messages")
LIVE_ITEMS_MAX: Final = 500  # some 100 kB: encoding and reading one holds up a loop for 1 ms

T = TypeVar("T")


class RefusalTold(Struct, frozen=True, tag="refused"):
    code: str
    text: str


class AbsenceTold(Struct, frozen=True, tag="missing"):
    kind: str
    name: str


class MisuseTold(Struct, frozen=True, tag="usage"):
    text: str


class FailureTold(Struct, frozen=True, tag="failed"):
    text: str


Told = Answered | RefusalTold | AbsenceTold | MisuseTold | FailureTold


class UnreadableError(OgniwoError):
    """What came is not what this node understands; the text says why."""


class OtherVersionError(UnreadableError):
    """It comes from a node that refuses what we say, too, and does none of it."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"it is in version {version} of the bus and this node speaks version {VERSION}: "
            "run the same version of Ogniwo on all nodes"
        )


_HEAD: Final = bytes((VERSION,))
_encoder: Final = msgspec.msgpack.Encoder()
_question: Final[msgspec.msgpack.Decoder[Asked]] = msgspec.msgpack.Decoder(Asked)
_answer: Final[msgspec.msgpack.Decoder[Told]] = msgspec.msgpack.Decoder(Told)
_notices: Final[dict[type[Struct], msgspec.msgpack.Decoder[AnyNotice]]] = {
    kind: msgspec.msgpack.Decoder(kind) for kind in get_args(AnyNotice)
}


def seal(content: Asked | Told | AnyNotice) -> bytes:
    """Errors: ValueError, TypeError for what no wire could carry, e.g. half a character."""
    return _HEAD + _encoder.encode(content)


def open_question(payload: bytes) -> Asked:
    """Errors: UnreadableError."""
    return _opened(payload, _question)


def open_answer(payload: bytes) -> Told:
    """Errors: UnreadableError."""
    return _opened(payload, _answer)


def open_notice(kind: type[Struct], payload: bytes) -> AnyNotice:
    """Errors: UnreadableError."""
    return _opened(payload, _notices[kind])


def _opened(payload: bytes, decoder: msgspec.msgpack.Decoder[T]) -> T:
    if not payload:
        raise UnreadableError("it is empty")
    if payload[0] != VERSION:
        raise OtherVersionError(payload[0])
    try:
        return decoder.decode(memoryview(payload)[1:])
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise UnreadableError(str(error)) from error


def told_of(error: OgniwoError) -> Told | None:
    """An error as it travels; None for a bug of ours, which only the log is told."""
    match error:
        case InvariantError():
            return None
        case RefusedError(code=code):
            return RefusalTold(code, str(error))
        case MissingError(kind=kind, name=name):
            return AbsenceTold(kind, name)
        case UsageError():
            return MisuseTold(str(error))
        case _:
            return FailureTold(str(error))


def answer_of(told: Told, *, node: int) -> Answered:
    """Errors: RefusedError, MissingError, UsageError, NodeFailedError."""
    match told:
        case RefusalTold(code=code, text=text):
            raise RefusedError(code, text)
        case AbsenceTold(kind=kind, name=name):
            raise MissingError(kind, name)
        case MisuseTold(text=text):
            raise UsageError(text)
        case FailureTold(text=text):
            raise NodeFailedError(f"node {node}: {text}")
        case _:
            return told


def node_gone(node: int) -> NodeGoneError:
    return NodeGoneError(f"node {node} does not answer: it is not running, or about to end")


def parts_of(notice: AnyNotice, *, bytes_max: int) -> Iterator[bytes]:
    """A notice as payloads of at most ``bytes_max``; a live batch is cut up, nothing else is.

    Errors: UnreadableError for what is too large and cannot be cut, after what could be sent.
    """
    if not isinstance(notice, LiveBatch):
        payload = seal(notice)
        if len(payload) > bytes_max:
            raise UnreadableError(f"{len(payload)} bytes are more than the bus carries")
        yield payload
        return
    waiting = [notice]
    while waiting:
        batch = waiting.pop()
        if _items(batch) <= LIVE_ITEMS_MAX:
            payload = seal(batch)
            if len(payload) <= bytes_max:
                yield payload
                continue
            if _items(batch) <= 1:
                raise UnreadableError(f"one item has {len(payload)} bytes: the bus carries less")
        waiting.extend(reversed(_halves(batch)))


def _items(batch: LiveBatch) -> int:
    return sum(len(getattr(batch, name)) for name in _LISTS)


def _halves(batch: LiveBatch) -> tuple[LiveBatch, LiveBatch]:
    """Events first, as they happened; then what only moves. Marks go with the first half."""
    half = _items(batch) // 2
    first: dict[str, list[Struct]] = {}
    second: dict[str, list[Struct]] = {}
    for name in _LISTS:
        items = getattr(batch, name)
        first[name], second[name] = items[:half], items[half:]
        half = max(0, half - len(items))
    return replace(batch, **first), LiveBatch(**second)  # type: ignore[arg-type] # lists by name
