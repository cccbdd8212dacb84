"""Values that a station sends for the record, outside any session: periodic event streams (2.1)."""

from msgspec import Struct

from ogniwo.base.units import Instant


class Telemetry(Struct, frozen=True, kw_only=True):
    """One message of a stream; ``values`` are (moment, text) in the order in which they came."""

    id: int
    station_id: int
    stream: int
    monitor: int | None
    received_at: Instant
    values: tuple[tuple[Instant, str], ...]
    pending: int = 0  # how many the station still had to send
