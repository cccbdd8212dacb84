"""Orders for many stations as people give, watch, stop and resume them."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from ogniwo.app.filters import Cut, StationFilter
from ogniwo.app.job_views import JobPreviewLine, JobStarted, JobStationView, JobView
from ogniwo.app.ports import Credentials, RowRefusedError, Writer
from ogniwo.app.views import CapabilityView, Page, StationView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, RefusedError, UsageError
from ogniwo.base.ids import Ids
from ogniwo.base.limits import JOB_STATIONS_MAX, PAGE_ROWS_MAX
from ogniwo.base.units import Instant
from ogniwo.domain.commands import Command
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.job import (
    CANCELLED_BY,
    PACE_PER_MINUTE,
    Job,
    JobState,
    JobStation,
    StationJobState,
    resumed,
    same_job,
    tried_again,
)
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.station import Registration
from ogniwo.domain.why_not import WhyNot

FOUND_AT_ONCE: Final = 500


class JobWanted(Struct, frozen=True, kw_only=True):
    order: AnyOrder
    stations: list[str] | None = None
    where: StationFilter | None = None
    pace_per_minute: int = PACE_PER_MINUTE
    stop_after_failures: int | None = None
    deadline_s: int | None = None
    note: str | None = None
    dry_run: bool = False
    idempotency_key: str | None = None


class JobBook(Protocol):
    async def running(self) -> list[Job]: ...

    async def job(self, job_id: int) -> Job | None: ...

    async def job_of_key(self, author: str, idempotency_key: str) -> Job | None: ...

    async def counts(self, job_id: int) -> Mapping[StationJobState, int]: ...

    async def last_ordered_at(self, job_id: int) -> Instant | None: ...

    async def waiting(self, job_id: int, limit: int) -> list[tuple[str, JobStation]]:
        """With the stations' identities, in their order."""
        ...

    async def failed(self, job_id: int) -> list[JobStation]: ...

    async def ordered(self, job_id: int) -> list[tuple[JobStation, Command]]: ...

    async def job_views(self, cut: Cut) -> Page[JobView]:
        """Newest first."""
        ...

    async def job_view(self, job_id: int) -> JobView | None: ...

    async def station_views(
        self, job_id: int, state: str | None, cut: Cut
    ) -> Page[JobStationView]: ...


class Fleet(Protocol):
    """The stations as whoever gives the order may see them."""

    async def stations(self, where: StationFilter, cut: Cut) -> Page[StationView]: ...

    async def station(self, identity: str) -> StationView | None: ...


class Abilities(Protocol):
    async def capabilities(self, identity: str) -> list[CapabilityView]: ...


class Numbers(Protocol):
    async def find_credentials(self, identities: list[str]) -> list[Credentials]: ...


class MassOrders:
    def __init__(
        self,
        *,
        book: JobBook,
        numbers: Numbers,
        abilities: Abilities,
        writer: Writer,
        clock: Clock,
        ids: Ids,
        told: Callable[[], None],
    ) -> None:
        """``told``: events were written, and whoever follows them may look."""
        self._told = told
        self._book = book
        self._numbers = numbers
        self._abilities = abilities
        self._writer = writer
        self._clock = clock
        self._ids = ids

    async def start(self, wanted: JobWanted, fleet: Fleet, *, author: str) -> JobStarted:
        """A repeat of one with a key is answered with the first.

        Errors: UsageError, MissingError, RefusedError.
        """
        asked = self._asked(wanted, author)
        if not wanted.dry_run and (before := await self._repeated(asked, fleet)) is not None:
            return before
        found = [it async for it in _meant(wanted, fleet)]
        if not found:
            raise UsageError("no station is meant by that: nothing would be done")
        name = str(wanted.order.__struct_config__.tag)
        lines = [await self._line(it, name) for it in found]
        if wanted.dry_run:
            return _started(None, lines)
        if not any(it.possible for it in lines):
            raise RefusedError(
                "no_station_can", "none of these stations can do it; a dry run says why"
            )
        try:
            return _started(await self._store(asked, lines), lines)
        except RowRefusedError:
            # Of two with one key at one moment the database lets one pass.
            if (before := await self._repeated(asked, fleet)) is None:
                raise
            return before

    async def cancel(self, job_id: int, *, author: str) -> JobView:
        """No more stations are ordered; what was sent goes on. Errors: MissingError, Refused."""
        job = await self._job(job_id)
        if job.state not in {JobState.RUNNING, JobState.STOPPED}:
            raise RefusedError("job_ended", f"the job is {job.state.value} already")
        job = replace(job, state=JobState.CANCELLED, reason=CANCELLED_BY + author)
        return await self._changed(job)

    async def resume(self, job_id: int) -> JobView:
        """Errors: MissingError, RefusedError."""
        job = await self._job(job_id)
        if job.state not in {JobState.STOPPED, JobState.CANCELLED}:
            raise RefusedError(
                "job_not_stopped", f"the job is {job.state.value}: nothing to resume"
            )
        return await self._changed(resumed(job, await self._book.counts(job_id)))

    async def retry_failed(self, job_id: int) -> JobView:
        """The failed take their turns once more. Errors: MissingError, RefusedError."""
        job = await self._job(job_id)
        failed = await self._book.failed(job_id)
        if not failed:
            raise RefusedError("nothing_failed", "no station of the job has failed")
        again = [tried_again(it) for it in failed]
        return await self._changed(resumed(job, {}), *again)

    async def jobs(self, cut: Cut) -> Page[JobView]:
        return await self._book.job_views(cut)

    async def job(self, job_id: int) -> JobView:
        view = await self._book.job_view(job_id)
        if view is None:
            raise MissingError("job", str(job_id))
        return view

    async def stations(self, job_id: int, state: str | None, cut: Cut) -> Page[JobStationView]:
        await self._job(job_id)
        return await self._book.station_views(job_id, state, cut)

    async def _line(self, station: StationView, name: str) -> JobPreviewLine:
        why = await self._why_not(station, name)
        return JobPreviewLine(
            station_id=station.id,
            possible=why is None,
            why_not=why.text if why else None,
            why_not_code=why.code if why else None,
            why_not_of=why.of if why else None,
        )

    async def _why_not(self, station: StationView, name: str) -> WhyNot | None:
        if station.registration != Registration.ACCEPTED.value:
            text = f"the station is {station.registration}: accept it first"
            return WhyNot("not_accepted", text)
        able = await self._abilities.capabilities(station.id)
        one = next((it for it in able if it.command == name), None)
        if one is None:
            return WhyNot("no_message", "the station's OCPP version has no such order")
        if one.possible:
            return None
        return WhyNot(one.why_not_code or "", one.why_not or "", one.why_not_of)

    def _asked(self, wanted: JobWanted, author: str) -> Job:
        return Job(
            id=self._ids.next(),
            order=wanted.order,
            author=author,
            note=wanted.note,
            pace_per_minute=wanted.pace_per_minute,
            stop_after_failures=wanted.stop_after_failures,
            deadline_s=wanted.deadline_s,
            created_at=self._clock.now_us(),
            idempotency_key=wanted.idempotency_key,
            meant=None if wanted.idempotency_key is None else _words_of(wanted),
        )

    async def _repeated(self, asked: Job, fleet: Fleet) -> JobStarted | None:
        """As the first job of this key began. Errors: RefusedError, it was for another job."""
        if asked.idempotency_key is None:
            return None
        before = await self._book.job_of_key(asked.author, asked.idempotency_key)
        if before is None:
            return None
        if not same_job(before, asked):
            raise RefusedError(
                "key_reused",
                f"the idempotency key {asked.idempotency_key!r} stands for another job: "
                "use a new key for each job",
            )
        lines = [
            await self._line_again(it, before.name, fleet)
            async for it in self._stations_of(before.id)
        ]
        return _started(await self.job(before.id), lines)

    async def _line_again(self, it: JobStationView, name: str, fleet: Fleet) -> JobPreviewLine:
        """The sentence of its reason is on file; the code is derived, if it still holds."""
        if it.state != StationJobState.SKIPPED.value:
            return JobPreviewLine(station_id=it.station_id, possible=True, why_not=None)
        station = await fleet.station(it.station_id)
        today = None if station is None else await self._line(station, name)
        if today is not None and today.why_not == it.reason:
            return today
        return JobPreviewLine(station_id=it.station_id, possible=False, why_not=it.reason)

    async def _stations_of(self, job_id: int) -> AsyncIterator[JobStationView]:
        cut = Cut(limit=PAGE_ROWS_MAX)
        while True:
            page = await self._book.station_views(job_id, None, cut)
            for it in page.items:
                yield it
            if page.next_cursor is None:
                return
            cut = Cut(limit=PAGE_ROWS_MAX, cursor=page.next_cursor)

    async def _store(self, job: Job, lines: list[JobPreviewLine]) -> JobView:
        numbers: dict[str, int] = {}
        names = [it.station_id for it in lines]
        for first in range(0, len(names), FOUND_AT_ONCE):
            some = await self._numbers.find_credentials(names[first : first + FOUND_AT_ONCE])
            numbers |= {it.identity: it.station_id for it in some}
        rows = [
            JobStation(
                job_id=job.id,
                place=place,
                station_id=numbers[it.station_id],
                state=StationJobState.WAITING if it.possible else StationJobState.SKIPPED,
                reason=it.why_not,
                at=None if it.possible else job.created_at,
            )
            for place, it in enumerate(lines)
            if it.station_id in numbers
        ]
        return await self._changed(job, *rows)

    async def _job(self, job_id: int) -> Job:
        job = await self._book.job(job_id)
        if job is None:
            raise MissingError("job", str(job_id))
        return job

    async def _changed(self, job: Job, *stations: JobStation) -> JobView:
        told = job_changed(job, event_id=self._ids.next(), now=self._clock.now_us())
        await self._writer.write([job, *stations, told])
        self._told()
        return await self.job(job.id)


def job_changed(
    job: Job, *, event_id: int, now: Instant, counts: Mapping[StationJobState, int] | None = None
) -> Event:
    told = {state.value: counts.get(state, 0) for state in StationJobState} if counts else {}
    return Event(
        id=event_id,
        kind=EventKind.JOB_CHANGED,
        at=now,
        data={
            "job_id": str(job.id),
            "command": job.name,
            "state": job.state.value,
            "reason": job.reason,
            "cancelled_by": job.cancelled_by,
            "author": job.author,
            **told,
        },
    )


def _started(job: JobView | None, lines: list[JobPreviewLine]) -> JobStarted:
    possible = sum(it.possible for it in lines)
    return JobStarted(job=job, stations=lines, possible=possible, impossible=len(lines) - possible)


def _words_of(wanted: JobWanted) -> dict[str, object]:
    """Which stations are meant, as it was said: who they are may change until it is said again."""
    where = wanted.where or StationFilter()
    given = {name: getattr(where, name) for name in StationFilter.__struct_fields__}
    words: dict[str, object] = {name: it for name, it in given.items() if it is not None}
    return words if wanted.stations is None else {"stations": wanted.stations, **words}


async def _meant(wanted: JobWanted, fleet: Fleet) -> AsyncIterator[StationView]:
    """Errors: UsageError, MissingError."""
    if (wanted.stations is None) is (wanted.where is None):
        raise UsageError("name the stations, or say with where which are meant")
    count = 0
    async for it in _named(wanted.stations, fleet) if wanted.stations else _found(wanted, fleet):
        count += 1
        if count > JOB_STATIONS_MAX:
            raise UsageError(f"a job has at most {JOB_STATIONS_MAX} stations: make several")
        yield it


async def _named(names: list[str], fleet: Fleet) -> AsyncIterator[StationView]:
    for name in dict.fromkeys(names):
        station = await fleet.station(name)
        if station is None:
            raise MissingError("station", name)
        yield station


async def _found(wanted: JobWanted, fleet: Fleet) -> AsyncIterator[StationView]:
    cut = Cut(limit=PAGE_ROWS_MAX)
    while True:
        page = await fleet.stations(wanted.where or StationFilter(), cut)
        for it in page.items:
            yield it
        if page.next_cursor is None:
            return
        cut = Cut(limit=PAGE_ROWS_MAX, cursor=page.next_cursor)
