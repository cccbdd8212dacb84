"""Which of many: what a reader of lists asks for, and which page of them."""

from collections.abc import Collection

from msgspec import Struct

from ogniwo.base.units import Instant


class StationFilter(Struct, frozen=True, kw_only=True):
    q: str | None = None  # in its identity, name, serial number, vendor or model
    site_id: str | None = None  # "none": on no site
    status: str | None = None  # of the station or of a connector
    connected: bool | None = None
    vendor: str | None = None
    model: str | None = None
    firmware: str | None = None
    protocol: str | None = None
    registration: str | None = None
    error: str | None = None  # its code; "any": whichever


class SessionFilter(Struct, frozen=True, kw_only=True):
    station_id: str | None = None
    state: str | None = None
    token: str | None = None
    running: bool | None = None
    flagged: bool | None = None
    since: Instant | None = None
    until: Instant | None = None
    exception: bool = False  # only those that a person must look at
    as_of: Instant | None = None  # and when; ``Queries`` says so


class OrphanFilter(Struct, frozen=True, kw_only=True):
    station_id: str | None = None
    settled: bool = False  # those that were decided about, not those that wait


class MessageFilter(Struct, frozen=True, kw_only=True):
    station_id: str | None = None
    session_id: str | None = None
    action: str | None = None  # several are divided by commas
    direction: str | None = None
    message_id: str | None = None  # as it stood on the wire
    errors: bool = False  # answered by an error or not at all, or odd in itself
    since: Instant | None = None
    until: Instant | None = None
    texts: bool = False  # no condition: the views also carry both texts as they crossed the wire


class HoldingFilter(Struct, frozen=True, kw_only=True):
    station_id: str
    kind: str | None = None
    key: str | None = None  # its beginning
    gone: bool = False  # also what the station does not hold any more


class Cut(Struct, frozen=True, kw_only=True):
    """Which page of a list: at most ``limit`` rows after ``cursor`` (opaque text)."""

    limit: int = 100
    cursor: str | None = None


class TokenFilter(Struct, frozen=True, kw_only=True):
    text: str | None = None  # anywhere in the uid or the group
    type: str | None = None
    status: str | None = None


class CommandFilter(Struct, frozen=True, kw_only=True):
    station_id: str | None = None
    command: str | None = None
    states: Collection[str] = ()  # none: any
    author: str | None = None
    since: Instant | None = None
    until: Instant | None = None
    job_id: str | None = None
