"""What is told of a backup that was made or restored, and of a database that was moved."""

from msgspec import Struct

from ogniwo.base.errors import OgniwoError
from ogniwo.base.units import Instant
from ogniwo.domain.audit import Finding


class CopyError(OgniwoError):
    """A backup could not be made, restored or moved; everything is as it was before."""


class Copy(Struct, frozen=True, kw_only=True):
    """What a finished copy holds, for the person who made it."""

    path: str
    size_bytes: int
    sessions: int
    newest_event: str | None
    newest_event_at: Instant | None
    noted: bool = True  # False: the servers cannot know of it


class Restored(Struct, frozen=True, kw_only=True):
    database: Copy
    kept: str | None  # where the database lies that was in use before
    orders_ended: int


class TableMoved(Struct, frozen=True, kw_only=True):
    name: str
    rows: int  # in the source
    rows_found: int  # in the target, counted there
    sums: dict[str, int]  # of columns that bills are made of
    differing: tuple[str, ...]  # columns whose sums or lengths are not those of the source

    @property
    def sound(self) -> bool:
        return self.rows == self.rows_found and not self.differing


class Moved(Struct, frozen=True, kw_only=True):
    """A database moved to another engine, counted on both sides; kept only if nothing differs."""

    source: str
    target: str
    tables: tuple[TableMoved, ...]
    mended: int  # texts that the target could not hold as they were
    findings: tuple[Finding, ...] = ()  # in the target's books, and not in the source's

    @property
    def sound(self) -> bool:
        return all(it.sound for it in self.tables)
