"""For stations of which make something was written: their vendor, model and firmware."""

from fnmatch import fnmatchcase
from typing import Annotated, Protocol

from msgspec import Meta, Struct

Pattern = Annotated[
    str, Meta(min_length=1, max_length=100, description="Case is ignored; `*` is any text.")
]


class Make(Protocol):
    """What is on file of a station's make."""

    @property
    def vendor(self) -> str | None: ...
    @property
    def model(self) -> str | None: ...
    @property
    def firmware_version(self) -> str | None: ...


class ForMake(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For stations whose make fits all patterns that are given."""

    vendor: Pattern | None = None
    model: Pattern | None = None
    firmware: Pattern | None = None

    def fits(self, station: Make) -> bool:
        return (
            _fits(self.vendor, station.vendor)
            and _fits(self.model, station.model)
            and _fits(self.firmware, station.firmware_version)
        )

    @property
    def weight(self) -> int:
        """How much it says about its stations."""
        return sum(it is not None for it in (self.vendor, self.model, self.firmware))


def _fits(pattern: str | None, text: str | None) -> bool:
    if pattern is None:
        return True
    return text is not None and fnmatchcase(text.strip().lower(), pattern.lower())
