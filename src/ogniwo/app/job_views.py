"""What the API, the command line and the pages show of orders for many stations."""

from datetime import datetime

from msgspec import Struct


class JobView(Struct, frozen=True, kw_only=True):
    """An order for many stations, and how many of them stand where."""

    id: str
    command: str
    parameters: dict[str, object]
    state: str
    author: str
    note: str | None
    pace_per_minute: int
    stop_after_failures: int | None
    deadline_s: int | None
    created_at: datetime
    finished_at: datetime | None
    reason: str | None
    cancelled_by: str | None
    stations: int
    waiting: int
    ordered: int
    done: int
    failed: int
    skipped: int


class JobStationView(Struct, frozen=True, kw_only=True):
    """What a job does to one station, and what came of it."""

    station_id: str
    state: str
    reason: str | None
    command_id: str | None
    tries: int
    at: datetime | None


class JobPreviewLine(Struct, frozen=True, kw_only=True):
    """One station: can it carry out the order, and if not, why."""

    station_id: str
    possible: bool
    why_not: str | None
    why_not_code: str | None = None
    why_not_of: str | None = None


class JobStarted(Struct, frozen=True, kw_only=True):
    """What a job does, or (`job` is null, a dry run) would do."""

    job: JobView | None
    stations: list[JobPreviewLine]
    possible: int
    impossible: int
