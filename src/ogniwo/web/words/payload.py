"""Looking into a stored payload without trusting it: it may be of any version, or nonsense."""

from collections.abc import Iterator
from typing import Final

_TEXT_MAX: Final = 80  # of one value: a sentence stays a sentence


class Payload:
    """A JSON value that answers every question, with "" or an empty one where there is nothing."""

    def __init__(self, value: object) -> None:
        self._value = value

    def at(self, *path: str) -> "Payload":
        value = self._value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return Payload(value)

    def text(self, *path: str) -> str:
        value = self.at(*path)._value
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return ""
        text = str(value)
        return text if len(text) <= _TEXT_MAX else text[: _TEXT_MAX - 1] + "…"

    def number(self, *path: str) -> float | None:
        value = self.at(*path)._value
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        try:
            return float(value)
        except (ValueError, OverflowError):
            return None

    def each(self, *path: str) -> Iterator["Payload"]:
        value = self.at(*path)._value
        yield from (Payload(item) for item in value) if isinstance(value, list) else ()

    def __bool__(self) -> bool:
        return bool(self._value)
