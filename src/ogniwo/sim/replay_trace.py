"""The trace file: what ``ogniwo message export`` writes and ``simulate --replay`` reads.

JSON lines. The first is the ``Head``, each further one a ``Line``: one call with its answer, as it
crossed the wire, in the order in which they were settled. Fields may be added to version 1, never
renamed or removed; whoever reads skips what it does not know. Pure: text in, structs out.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct, field

from ogniwo.base.errors import UsageError
from ogniwo.base.units import Instant, to_instant

TRACE: Final = "ogniwo-messages"
VERSION: Final = 1
LINE_BYTES_MAX: Final = 32 * 1024 * 1024  # two frames of 4 MiB, all of it escaped
PROTOCOLS: Final = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")


class TraceError(UsageError):
    """The file cannot be played; says where and why."""


class Side(StrEnum):
    STATION = "station"
    CSMS = "csms"


class Head(Struct, frozen=True, kw_only=True):
    trace: str  # what the file is: TRACE
    version: int
    messages: int | None = None  # how many lines follow, so that a cut file is noticed
    exported_at: datetime | None = None


class Line(Struct, frozen=True, kw_only=True):
    """``call`` and ``answer`` are whole frames; times are RFC 3339 with a zone."""

    at: datetime  # when the server had received the call, or sent its own
    station: str
    protocol: str  # the WebSocket subprotocol
    sender: Side = field(name="from", default=Side.STATION)
    call: str
    answer: str | None = None
    answered_at: datetime | None = None
    action: str = ""
    message_id: str = ""
    connection: str | None = None  # changes when the station had connected again
    session: str | None = None
    notes: str | None = None  # what was odd about it and what the server made of it

    @property
    def at_us(self) -> Instant:
        return to_instant(self.at)

    @property
    def answered_us(self) -> Instant:
        return self.at_us if self.answered_at is None else to_instant(self.answered_at)


_HEAD: Final = msgspec.json.Decoder(Head)
_LINE: Final = msgspec.json.Decoder(Line)
_ENCODER: Final = msgspec.json.Encoder()


def head_text(messages: int, exported_at: datetime) -> bytes:
    head = Head(trace=TRACE, version=VERSION, messages=messages, exported_at=exported_at)
    return _ENCODER.encode(head) + b"\n"


def line_text(line: Line) -> bytes:
    return _ENCODER.encode(line) + b"\n"


def read_trace(raw_lines: Iterable[bytes]) -> Iterator[tuple[int, Line]]:
    """(number in the file, line). Errors: TraceError, at the first line that is wrong."""
    raw = iter(raw_lines)
    head = _read_head(next(raw, b""))
    number, seen = 1, 0
    for number, text in enumerate(raw, start=2):
        if not text.strip():
            continue
        seen += 1
        yield number, _read_line(number, text)
    if head.messages is not None and seen < head.messages:
        raise TraceError(
            f"The trace ends after line {number}: it has {seen} of {head.messages} messages. "
            "Export it again."
        )


def _read_head(text: bytes) -> Head:
    try:
        head = _HEAD.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        head = None
    if head is None or head.trace != TRACE:
        raise TraceError(
            f'This is no trace of ours: its first line must be like {{"trace":"{TRACE}",'
            f'"version":{VERSION}}}. Write one with "ogniwo message export --output FILE".'
        )
    if head.version != VERSION:
        raise TraceError(
            f"This trace has version {head.version}, but only {VERSION} can be read here: "
            "use the ogniwo that wrote it, or a newer one."
        )
    return head


def _read_line(number: int, text: bytes) -> Line:
    if len(text) > LINE_BYTES_MAX:
        raise TraceError(f"Line {number} is longer than {LINE_BYTES_MAX} bytes.")
    try:
        line = _LINE.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TraceError(
            f"Line {number} cannot be read ({error}): mend it, take it out, or export again."
        ) from error
    if line.at.tzinfo is None:
        raise TraceError(f"Line {number}: 'at' has no zone; write it like 2026-05-17T08:30:00Z.")
    if line.protocol not in PROTOCOLS:
        raise TraceError(
            f"Line {number}: {line.protocol[:40]!r} is no protocol that can be played; "
            f"these are: {', '.join(PROTOCOLS)}."
        )
    if not line.station:
        raise TraceError(f"Line {number} names no station.")
    return line
