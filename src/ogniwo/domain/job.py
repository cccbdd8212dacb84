"""One order for many stations: who is next, how fast, when it stops by itself. Pure.

A job changes nothing at once. It gives its order to one station after the other, no faster than
its pace, and stops where too many of them fail, so that a mistake stays small.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ogniwo.base.units import Instant, seconds
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.orders.order import as_asked

SECONDS_PER_MINUTE: Final = 60
PACE_PER_MINUTE: Final = 30
CANCELLED_BY: Final = "cancelled by "  # then the name; stored so
AT_ONCE_MAX: Final = 20  # in one turn of a job, whatever its pace: others have orders too


class JobState(StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"  # by itself: too many failed
    CANCELLED = "cancelled"
    DONE = "done"


class StationJobState(StrEnum):
    WAITING = "waiting"
    ORDERED = "ordered"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # it cannot carry out the order, and was not asked


class Job(Struct, frozen=True, kw_only=True):
    id: int
    order: AnyOrder
    state: JobState = JobState.RUNNING
    author: str
    note: str | None = None
    pace_per_minute: int = PACE_PER_MINUTE
    stop_after_failures: int | None = None
    forgiven: int = 0  # failures that somebody has seen, and went on
    deadline_s: int | None = None  # of each order
    created_at: Instant
    finished_at: Instant | None = None
    reason: str | None = None
    org_id: int = 1
    idempotency_key: str | None = None
    # Which stations, in the words of who gave it; kept where a key may bring them again.
    meant: Mapping[str, object] | None = None

    @property
    def name(self) -> str:
        return str(self.order.__struct_config__.tag)

    @property
    def cancelled_by(self) -> str | None:
        if self.state is not JobState.CANCELLED or self.reason is None:
            return None
        return self.reason.removeprefix(CANCELLED_BY)


def same_job(one: Job, other: Job) -> bool:
    """Was the same asked for, whatever has become of it since?"""
    return _asked(one) == _asked(other)


def _asked(job: Job) -> tuple[object, ...]:
    return (
        as_asked(job.order),
        job.meant,
        job.pace_per_minute,
        job.stop_after_failures,
        job.deadline_s,
        job.note,
    )


class JobStation(Struct, frozen=True, kw_only=True):
    """What a job does to one station, and what came of it."""

    job_id: int
    place: int
    station_id: int
    state: StationJobState = StationJobState.WAITING
    tries: int = 1
    command_id: int | None = None
    reason: str | None = None
    at: Instant | None = None

    @property
    def key(self) -> str:
        """Given twice, e.g. by a node that took the job over, the order goes out once."""
        return f"job {self.job_id}, place {self.place}, try {self.tries}"


Counts = Mapping[StationJobState, int]


def due(job: Job, last_ordered_at: Instant | None, now: Instant) -> int:
    """How many stations may be ordered now."""
    if last_ordered_at is None or last_ordered_at > now:
        return 1
    gap_us = seconds(SECONDS_PER_MINUTE) // job.pace_per_minute
    return min((now - last_ordered_at) // gap_us, AT_ONCE_MAX)


def settled(one: JobStation, command: Command, *, now: Instant) -> JobStation:
    """After its order, if that has ended."""
    if not command.ended:
        return one
    good = command.state in {CommandState.APPLIED, CommandState.ACCEPTED}
    return replace(
        one,
        state=StationJobState.DONE if good else StationJobState.FAILED,
        reason=command.reason or command.result or (None if good else command.state.value),
        at=now,
    )


def after(job: Job, counts: Counts, *, now: Instant) -> Job:
    """The job once its stations stand so."""
    if job.state is not JobState.RUNNING:
        return job
    left = counts.get(StationJobState.WAITING, 0) + counts.get(StationJobState.ORDERED, 0)
    if left == 0:
        return replace(job, state=JobState.DONE, finished_at=now, reason=None)
    failed = counts.get(StationJobState.FAILED, 0) - job.forgiven
    if job.stop_after_failures is not None and failed >= job.stop_after_failures:
        reason = f"{failed} stations failed: look at them, then resume it"
        return replace(job, state=JobState.STOPPED, reason=reason)
    return job


def resumed(job: Job, counts: Counts) -> Job:
    forgiven = counts.get(StationJobState.FAILED, 0)
    return replace(job, state=JobState.RUNNING, forgiven=forgiven, finished_at=None, reason=None)


def tried_again(one: JobStation) -> JobStation:
    return replace(
        one,
        state=StationJobState.WAITING,
        tries=one.tries + 1,
        command_id=None,
        reason=None,
        at=None,
    )
