"""A connection that was refused, kept so that an operator sees why and can let it in."""

from msgspec import Struct

from ogniwo.base.units import Instant


class ConnectionAttempt(Struct, frozen=True, kw_only=True):
    """Repeats of one identity for one reason from one address are counted, not listed."""

    id: int
    identity: str
    reason: str  # stable code, e.g. "unknown_station"
    detail: str
    http_status: int
    peer: str
    path: str
    subprotocols: str
    user_agent: str | None
    at: Instant
