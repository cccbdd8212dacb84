"""The headers of a request: by name, in order, with every byte kept."""

from collections.abc import Iterable


class Headers:
    """Names lower-cased; values as text that keeps every byte (latin-1)."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in raw:
            key = name.decode("latin-1").lower()
            self._values.setdefault(key, []).append(value.decode("latin-1").strip())

    def first(self, name: str) -> str:
        return self._values.get(name, [""])[0]

    def only(self, name: str) -> str:
        """ "" when there is none, and when there are several: which one would it be?"""
        values = self._values.get(name, [])
        return values[0] if len(values) == 1 else ""

    def joined(self, name: str) -> str:
        return ",".join(self._values.get(name, []))

    def tokens(self, name: str) -> tuple[str, ...]:
        parts = (part.strip() for part in self.joined(name).split(","))
        return tuple(part for part in parts if part)

    def __contains__(self, name: str) -> bool:
        return name in self._values
