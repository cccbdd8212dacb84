"""What moves on a live page between two durable events."""

from datetime import datetime

from msgspec import Struct

from ogniwo.app.views import EventView


class SessionLive(Struct, frozen=True, kw_only=True):
    """What moves in a running session between two durable events."""

    id: str
    station_id: str
    evse_id: int | None = None
    state: str
    charging_state: str | None = None
    energy_wh: int | None = None
    power_w: int | None = None
    soc: float | None = None


class EvseLive(Struct, frozen=True, kw_only=True):
    id: int
    status: str
    error_code: str | None = None
    power_w: int | None = None
    session_id: str | None = None


class StationLive(Struct, frozen=True, kw_only=True):
    """A station as it is now; ``evses`` holds those that changed."""

    id: str
    connected: bool
    connected_since: datetime | None = None
    last_seen_at: datetime | None = None
    status: str = "unknown"
    power_w: int | None = None
    evses: list[EvseLive] = []


class LiveBatch(Struct, frozen=True, kw_only=True):
    """What happened since the batch before: durable events, and the newest of what only moves."""

    events: list[EventView] = []
    sessions: list[SessionLive] = []
    stations: list[StationLive] = []
