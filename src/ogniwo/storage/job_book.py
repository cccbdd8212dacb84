"""Orders for many stations: what is to be done of them, and how they are shown."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, func, literal_column, select

from ogniwo.app.filters import Cut
from ogniwo.app.job_views import JobStationView, JobView
from ogniwo.app.views import Page
from ogniwo.base.units import Instant, from_instant
from ogniwo.domain.commands import Command
from ogniwo.domain.job import Job, JobState, JobStation, StationJobState
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.orders.order import as_asked
from ogniwo.storage import values
from ogniwo.storage.paging import before_id, numbers_in, page_of, rows_wanted
from ogniwo.storage.readers import Readers
from ogniwo.storage.schema import command, station
from ogniwo.storage.schema_jobs import job, job_station
from ogniwo.storage.values import AnyRow

_ORDER: Final[msgspec.json.Decoder[AnyOrder]] = msgspec.json.Decoder(AnyOrder)

RUNNING: Final = (
    select(job)
    .where(job.c.state == literal_column("'running'"))  # as its index says it
    .order_by(job.c.id)
)
JOB: Final = select(job).where(job.c.id == bindparam("id"))
JOB_OF_KEY: Final = select(job).where(
    job.c.author == bindparam("author"), job.c.idempotency_key == bindparam("key")
)
JOBS: Final = (
    select(job)
    .where(job.c.id < bindparam("before"))
    .order_by(job.c.id.desc())
    .limit(bindparam("limit"))
)
_OF_JOB: Final = (
    select(job_station).where(job_station.c.job_id == bindparam("id")).order_by(job_station.c.place)
)
WAITING: Final = (
    select(job_station, station.c.identity)
    .join_from(job_station, station, station.c.id == job_station.c.station_id)
    .where(
        job_station.c.job_id == bindparam("id"),
        job_station.c.state == StationJobState.WAITING.value,
    )
    .order_by(job_station.c.place)
    .limit(bindparam("limit"))
)
ORDERED: Final = _OF_JOB.where(job_station.c.state == StationJobState.ORDERED.value)
FAILED: Final = _OF_JOB.where(job_station.c.state == StationJobState.FAILED.value)
COMMANDS: Final = select(command).where(command.c.id.in_(bindparam("ids", expanding=True)))
LAST_ORDERED: Final = select(func.max(command.c.created_at).label("at")).where(
    command.c.job_id == bindparam("id")
)
COUNTS: Final = (
    select(job_station.c.job_id, job_station.c.state, func.count().label("stations"))
    .where(job_station.c.job_id.in_(bindparam("ids", expanding=True)))
    .group_by(job_station.c.job_id, job_station.c.state)
)
STATIONS: Final = (
    select(job_station, station.c.identity)
    .outerjoin_from(job_station, station, station.c.id == job_station.c.station_id)
    .where(job_station.c.job_id == bindparam("id"), job_station.c.place > bindparam("after"))
    .order_by(job_station.c.place)
    .limit(bindparam("limit"))
)


class SqlJobBook:
    def __init__(self, readers: Readers) -> None:
        self._run = readers.run

    async def running(self) -> list[Job]:
        return await self._run(lambda it: [_job(row) for row in it.execute(RUNNING)])

    async def job(self, job_id: int) -> Job | None:
        def query(connection: Connection) -> Job | None:
            row = connection.execute(JOB, {"id": job_id}).one_or_none()
            return None if row is None else _job(row)

        return await self._run(query)

    async def job_of_key(self, author: str, idempotency_key: str) -> Job | None:
        def query(connection: Connection) -> Job | None:
            given = {"author": author, "key": idempotency_key}
            row = connection.execute(JOB_OF_KEY, given).one_or_none()
            return None if row is None else _job(row)

        return await self._run(query)

    async def counts(self, job_id: int) -> Mapping[StationJobState, int]:
        return (await self._run(lambda it: _counts(it, [job_id]))).get(job_id, {})

    async def last_ordered_at(self, job_id: int) -> Instant | None:
        return await self._run(lambda it: it.scalar(LAST_ORDERED, {"id": job_id}))

    async def waiting(self, job_id: int, limit: int) -> list[tuple[str, JobStation]]:
        def query(connection: Connection) -> list[tuple[str, JobStation]]:
            rows = connection.execute(WAITING, {"id": job_id, "limit": limit})
            return [(row.identity, _job_station(row)) for row in rows]

        return await self._run(query)

    async def failed(self, job_id: int) -> list[JobStation]:
        def query(connection: Connection) -> list[JobStation]:
            return [_job_station(row) for row in connection.execute(FAILED, {"id": job_id})]

        return await self._run(query)

    async def ordered(self, job_id: int) -> list[tuple[JobStation, Command]]:
        def query(connection: Connection) -> list[tuple[JobStation, Command]]:
            found = [_job_station(row) for row in connection.execute(ORDERED, {"id": job_id})]
            ids = [it.command_id for it in found if it.command_id is not None]
            commands = {
                row.id: values.to_command(row) for row in connection.execute(COMMANDS, {"ids": ids})
            }
            return [(it, commands[it.command_id]) for it in found if it.command_id in commands]

        return await self._run(query)

    # -- as people see them

    async def job_views(self, cut: Cut) -> Page[JobView]:
        return await self._run(lambda it: _job_views(it, cut))

    async def job_view(self, job_id: int) -> JobView | None:
        def query(connection: Connection) -> JobView | None:
            row = connection.execute(JOB, {"id": job_id}).one_or_none()
            if row is None:
                return None
            return _job_view(_job(row), _counts(connection, [job_id]).get(job_id, {}))

        return await self._run(query)

    async def station_views(self, job_id: int, state: str | None, cut: Cut) -> Page[JobStationView]:
        return await self._run(lambda it: _station_views(it, job_id, state, cut))


def _job_views(connection: Connection, cut: Cut) -> Page[JobView]:
    given = {"before": before_id(cut), "limit": rows_wanted(cut) + 1}
    rows = connection.execute(JOBS, given).all()
    counts = _counts(connection, [row.id for row in rows])
    return page_of(
        rows, cut, lambda row: _job_view(_job(row), counts.get(row.id, {})), lambda row: str(row.id)
    )


def _station_views(
    connection: Connection, job_id: int, state: str | None, cut: Cut
) -> Page[JobStationView]:
    after = -1 if cut.cursor is None else numbers_in(cut.cursor, count=1)[0]
    query = STATIONS if state is None else STATIONS.where(job_station.c.state == state)
    given = {"id": job_id, "after": after, "limit": rows_wanted(cut) + 1}
    rows = connection.execute(query, given).all()
    return page_of(rows, cut, _station_view, lambda row: str(row.place))


def _counts(connection: Connection, ids: Sequence[int]) -> dict[int, dict[StationJobState, int]]:
    found: dict[int, dict[StationJobState, int]] = {}
    for row in connection.execute(COUNTS, {"ids": ids}):
        found.setdefault(row.job_id, {})[StationJobState(row.state)] = row.stations
    return found


def _job(row: AnyRow) -> Job:
    return Job(
        id=row.id,
        org_id=row.org_id,
        order=_ORDER.decode(row.order_json),
        state=JobState(row.state),
        author=row.author,
        note=row.note,
        pace_per_minute=row.pace_per_minute,
        stop_after_failures=row.stop_after_failures,
        forgiven=row.forgiven,
        deadline_s=row.deadline_s,
        created_at=row.created_at,
        finished_at=row.finished_at,
        reason=row.reason,
        idempotency_key=row.idempotency_key,
        meant=None if row.meant_json is None else msgspec.json.decode(row.meant_json),
    )


def _job_station(row: AnyRow) -> JobStation:
    return JobStation(
        job_id=row.job_id,
        place=row.place,
        station_id=row.station_id,
        state=StationJobState(row.state),
        tries=row.tries,
        command_id=row.command_id,
        reason=row.reason,
        at=row.at,
    )


def _job_view(it: Job, counts: Mapping[StationJobState, int]) -> JobView:
    named: dict[str, object] = msgspec.to_builtins(as_asked(it.order))
    for name in ("command", *it.order.inner):
        named.pop(name, None)
    return JobView(
        id=str(it.id),
        command=it.name,
        parameters=named,
        state=it.state.value,
        author=it.author,
        note=it.note,
        pace_per_minute=it.pace_per_minute,
        stop_after_failures=it.stop_after_failures,
        deadline_s=it.deadline_s,
        created_at=from_instant(it.created_at),
        finished_at=None if it.finished_at is None else from_instant(it.finished_at),
        reason=it.reason,
        cancelled_by=it.cancelled_by,
        stations=sum(counts.values()),
        waiting=counts.get(StationJobState.WAITING, 0),
        ordered=counts.get(StationJobState.ORDERED, 0),
        done=counts.get(StationJobState.DONE, 0),
        failed=counts.get(StationJobState.FAILED, 0),
        skipped=counts.get(StationJobState.SKIPPED, 0),
    )


def _station_view(row: AnyRow) -> JobStationView:
    return JobStationView(
        station_id=row.identity or "",
        state=row.state,
        reason=row.reason,
        command_id=None if row.command_id is None else str(row.command_id),
        tries=row.tries,
        at=None if row.at is None else from_instant(row.at),
    )
