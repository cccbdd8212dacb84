"""What moves on a live page between two durable events."""

from datetime import datetime

from msgspec import Struct

from ogniwo.app.views import EventView
from ogniwo.domain.trace import Direction


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
    faulted_since: datetime | None = None


class StationLive(Struct, frozen=True, kw_only=True):
    """A station as it is now; ``evses`` holds those that changed."""

    id: str
    connected: bool
    connected_since: datetime | None = None
    last_seen_at: datetime | None = None
    status: str = "unknown"
    error_code: str | None = None
    power_w: int | None = None
    evses: list[EvseLive] = []


class CommandLive(Struct, frozen=True, kw_only=True):
    """How far an order is."""

    id: str
    station_id: str
    command: str
    state: str
    result: str | None = None
    reason: str | None = None
    author: str
    created_at: datetime
    sent_at: datetime | None = None
    finished_at: datetime | None = None


class AttemptLive(Struct, frozen=True, kw_only=True):
    """A connection that was refused just now."""

    identity: str
    reason: str
    detail: str
    http_status: int
    peer: str
    path: str
    subprotocols: str
    user_agent: str | None = None
    at: datetime

    @property
    def key(self) -> str:
        """Repeats of it are told once."""
        return f"{self.identity}\n{self.reason}\n{self.peer.rpartition(':')[0]}"


class MessageLive(Struct, frozen=True, kw_only=True):
    """A call and its answer as they crossed the wire; a long text is left out (``cut``)."""

    id: str
    station_id: str
    session_id: str | None = None
    direction: Direction
    action: str
    message_id: str
    at: datetime
    latency_us: int
    call: bytes
    answer: bytes | None = None
    answered: str
    notes: str | None = None
    cut: bool = False


class LiveBatch(Struct, frozen=True, kw_only=True):
    """What happened since the batch before: durable events, and the newest of what only moves."""

    events: list[EventView] = []
    sessions: list[SessionLive] = []
    stations: list[StationLive] = []
    commands: list[CommandLive] = []
    attempts: list[AttemptLive] = []
    messages: list[MessageLive] = []
    skipped: int = 0  # messages beyond what a person could read
    missed: bool = False  # something that moved before this may not have been heard
