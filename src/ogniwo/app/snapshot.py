"""All stations in one small answer: columns are named once, each row is an array.

Fields are only ever added at the end. Moments are seconds since 1970, which pack well.
"""

from msgspec import Struct


class EvseLine(Struct, frozen=True, array_like=True):
    id: int
    status: str
    error_code: str | None
    power_w: int | None
    session_id: str | None
    faulted_since: int | None = None  # seconds


class StationLine(Struct, frozen=True, array_like=True):
    id: str
    name: str | None
    site_id: str | None
    vendor: str | None
    model: str | None
    serial_number: str | None
    firmware_version: str | None
    protocol: str | None
    registration: str
    status: str
    error_code: str | None
    connected: bool
    last_seen_at: int | None  # seconds
    power_w: int | None
    sessions: int  # that run
    evses: list[EvseLine]


class Snapshot(Struct, frozen=True, kw_only=True):
    event_id: str  # the newest event in it
    rows: list[StationLine]
