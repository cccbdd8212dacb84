"""The flight recorder: every call that crossed a station's link, with its answer."""

from enum import StrEnum

from msgspec import Struct

from ogniwo.base.units import Instant


class Direction(StrEnum):
    UP = "up"  # from the station
    DOWN = "down"  # to the station


class Answered(StrEnum):
    RESULT = "result"
    ERROR = "error"
    NONE = "none"  # timed out, link lost, or a message that has no answer


class Message(Struct, frozen=True, kw_only=True, gc=False):
    """One call and its answer, the texts exactly as they crossed the wire.

    ``prev`` is the station's message before this one. ``latency_us`` is, for our calls, until
    the station's answer; for the station's calls, until its answer went to the disk's writer.
    """

    id: int
    prev: int | None
    station_id: int
    session_id: int | None
    direction: Direction
    action: str
    message_id: str
    at: Instant
    latency_us: int
    call: bytes
    answer: bytes | None
    answered: Answered
    notes: str | None = None  # what was odd about it and what was made of it
