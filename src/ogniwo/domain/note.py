"""What a person wrote about a station for the next one who looks at it."""

from msgspec import Struct

from ogniwo.base.units import Instant


class Note(Struct, frozen=True, kw_only=True):
    id: int
    station_id: int
    author: str
    text: str
    at: Instant
    org_id: int = 1
