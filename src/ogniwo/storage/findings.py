"""What a look at a database brings back."""

from msgspec import Struct

from ogniwo.base.checkup import Check
from ogniwo.base.units import Instant


class Figures(Struct, frozen=True, kw_only=True):
    """What other checks want to know of the database."""

    stations: int = 0
    newest_event_at: Instant | None = None
    gateways: int = 0  # living nodes of that role
    key_mark: str | None = None  # of the key with which passwords are hashed


class Looked(Struct, frozen=True):
    checks: tuple[Check, ...]
    figures: Figures
