"""What is told of a backup that was made or restored."""

from msgspec import Struct

from ogniwo.base.units import Instant


class Copy(Struct, frozen=True, kw_only=True):
    """What a finished copy holds, for the person who made it."""

    path: str
    size_bytes: int
    sessions: int
    newest_event: str | None
    newest_event_at: Instant | None


class Restored(Struct, frozen=True, kw_only=True):
    database: Copy
    kept: str | None  # where the database lies that was in use before
    orders_ended: int
