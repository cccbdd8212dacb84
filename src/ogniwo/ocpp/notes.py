"""What was odd about a payload and what was done about it, noted during a tolerant reading."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

FRAGMENT_CHARS_MAX: Final = 100
NOTES_MAX: Final = 50  # a message of a thousand bad samples needs no thousand notes


class Oddity(StrEnum):
    """What was wrong."""

    NOT_JSON = "not_json"
    WRONG_TYPE = "wrong_type"
    MISSING = "missing"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_VALUE = "unknown_value"
    SPELLING = "spelling"
    LENGTH = "length"
    RANGE = "range"
    COUNT = "count"
    CONTROLS = "controls"
    TIME = "time"
    ZONE = "zone"


class Remedy(StrEnum):
    """What was done about it."""

    KEPT = "kept"  # taken as it is
    READ = "read"  # understood in spite of its form
    REPLACED = "replaced"  # by the fallback the caller gave
    DROPPED = "dropped"  # the value alone
    OWNER_DROPPED = "owner_dropped"  # with the object or list item it made useless
    REFUSED = "refused"  # the whole payload is unusable


class Note(Struct, frozen=True):
    """One liberty taken; ``fragment`` is the JSON of what stood there, cut short."""

    path: str
    oddity: Oddity
    remedy: Remedy
    fragment: str

    def __str__(self) -> str:
        words = f"{self.oddity.value}, {self.remedy.value}".replace("_", " ")
        return f"{self.path}: {words}: {self.fragment}"


Fallbacks = Mapping[str, object]  # "meterValue.timestamp" -> what to use when that one is hopeless


class Hopeless(Exception):  # noqa: N818 - a verdict that travels up to whoever can do without
    """A value that cannot be used; whoever catches it drops the smallest thing possible."""

    def __init__(self, path: tuple[str | int, ...], oddity: Oddity, fragment: str) -> None:
        self.path = path
        self.oddity = oddity
        self.fragment = fragment


class Scribe:
    """Where the walk is, and what it noted on the way."""

    def __init__(self, fallbacks: Fallbacks) -> None:
        self.path: list[str | int] = []
        self.notes: list[Note] = []
        self._fallbacks = fallbacks

    def note(self, oddity: Oddity, remedy: Remedy, value: object) -> None:
        if len(self.notes) < NOTES_MAX:
            self.notes.append(Note(path_text(self.path), oddity, remedy, fragment_of(value)))

    def loss(self, oddity: Oddity, value: object) -> Hopeless:
        """To be raised: the value here cannot be used."""
        return Hopeless(tuple(self.path), oddity, fragment_of(value))

    def note_loss(self, loss: Hopeless, remedy: Remedy = Remedy.DROPPED) -> None:
        if remedy is Remedy.DROPPED and loss.path != tuple(self.path):
            remedy = Remedy.OWNER_DROPPED
        note = Note(path_text(loss.path), loss.oddity, remedy, loss.fragment)
        # The refusal says why there is no payload: it is never the note left out.
        if len(self.notes) < NOTES_MAX or remedy is Remedy.REFUSED:
            self.notes.append(note)

    def fallback(self) -> object:
        if not self._fallbacks:
            return None
        return self._fallbacks.get(".".join(step for step in self.path if isinstance(step, str)))


def path_text(path: list[str | int] | tuple[str | int, ...]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    text = text.removeprefix(".")[:FRAGMENT_CHARS_MAX]
    return text if text.isprintable() else fragment_of(text)  # a field's name is theirs as well


def fragment_of(value: object) -> str:
    """JSON text: printable and without a real NUL, whatever the station sent."""
    return msgspec.json.encode(value)[: FRAGMENT_CHARS_MAX * 4].decode(errors="ignore")[
        :FRAGMENT_CHARS_MAX
    ]
