"""Orders for many stations, and notes, on every engine: what is on file comes back as it was."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ogniwo.app.filters import Cut
from ogniwo.app.ports import NoteRemoved, RowRefusedError
from ogniwo.domain.commands import CommandState
from ogniwo.domain.job import Job, JobState, JobStation, StationJobState
from ogniwo.domain.note import Note
from ogniwo.domain.orders import Reset, ResetKind
from tests.storage.engines import Engine, on_every_engine
from tests.storage.trade import HOUR_US, a_command, a_station

A, B, C = (a_station(number, name) for number, name in enumerate("ABC", 1))
JOB = Job(
    id=50,
    order=Reset(kind=ResetKind.HARD),
    author="ania",
    note="as agreed",
    pace_per_minute=6,
    stop_after_failures=2,
    deadline_s=60,
    created_at=HOUR_US,
)


def place(number: int, **changes: object) -> JobStation:
    return replace(JobStation(job_id=JOB.id, place=number, station_id=number + 1), **changes)


@on_every_engine
async def test_a_job_and_the_turns_of_its_stations_come_back_as_they_were(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        jobs = storage.records.jobs
        await storage.writer.write([A, B, C, JOB, *(place(it) for it in range(3))])
        assert await jobs.job(JOB.id) == JOB
        assert await jobs.running() == [JOB]
        assert await jobs.waiting(JOB.id, 2) == [("A", place(0)), ("B", place(1))]

        ended = replace(
            a_command(60, A),
            job_id=JOB.id,
            state=CommandState.APPLIED,
            created_at=2 * HOUR_US,
            finished_at=3 * HOUR_US,
        )
        ordered = place(0, state=StationJobState.ORDERED, command_id=60, at=2 * HOUR_US)
        failed = place(2, state=StationJobState.FAILED, reason="no", at=2 * HOUR_US)
        await storage.writer.write([ended, ordered, failed])

        assert await jobs.ordered(JOB.id) == [(ordered, ended)]
        assert await jobs.failed(JOB.id) == [failed]
        assert await jobs.last_ordered_at(JOB.id) == 2 * HOUR_US
        assert await jobs.counts(JOB.id) == {
            StationJobState.ORDERED: 1,
            StationJobState.WAITING: 1,
            StationJobState.FAILED: 1,
        }
        await storage.writer.write([replace(JOB, state=JobState.DONE, finished_at=HOUR_US)])
        assert await jobs.running() == []


@on_every_engine
async def test_a_second_job_of_one_author_under_one_key_is_refused_by_the_database(
    engine: Engine, tmp_path: Path
) -> None:
    first = replace(JOB, idempotency_key="k", meant={"stations": ["A"], "connected": True})
    async with engine.opened(tmp_path) as storage:
        jobs = storage.records.jobs
        await storage.writer.write([A, first, place(0)])
        with pytest.raises(RowRefusedError):
            await storage.writer.write([replace(first, id=51), place(0, job_id=51)])
        await storage.writer.write([replace(first, id=52, author="ola")])
        await storage.writer.write([replace(first, state=JobState.CANCELLED)])

        assert await jobs.job_of_key("ania", "k") == replace(first, state=JobState.CANCELLED)
        assert await jobs.job(51) is None
        assert (await jobs.station_views(51, None, Cut())).items == []
        assert await jobs.job_of_key("ania", "other") is None


@on_every_engine
async def test_jobs_are_shown_newest_first_and_their_stations_in_their_order(
    engine: Engine, tmp_path: Path
) -> None:
    other = replace(JOB, id=51, state=JobState.STOPPED)
    async with engine.opened(tmp_path) as storage:
        jobs = storage.records.jobs
        skipped = place(1, state=StationJobState.SKIPPED, reason="too old")
        await storage.writer.write([A, B, JOB, other, place(0), skipped])
        first = await jobs.job_views(Cut(limit=1))
        second = await jobs.job_views(Cut(limit=1, cursor=first.next_cursor))
        one = await jobs.station_views(JOB.id, None, Cut(limit=1))
        rest = await jobs.station_views(JOB.id, None, Cut(limit=1, cursor=one.next_cursor))
        only = await jobs.station_views(JOB.id, "skipped", Cut())

    assert [it.id for it in first.items + second.items] == ["51", "50"]
    (shown,) = second.items
    assert (shown.command, shown.parameters["kind"]) == ("reset", "hard")
    assert (shown.stations, shown.waiting, shown.skipped) == (2, 1, 1)
    assert [it.station_id for it in one.items + rest.items] == ["A", "B"]
    assert [(it.station_id, it.reason) for it in only.items] == [("B", "too old")]


@on_every_engine
async def test_a_note_is_read_by_its_station_s_identity_and_gone_when_removed(
    engine: Engine, tmp_path: Path
) -> None:
    one = Note(id=70, station_id=1, author="ania", text="klucz u portiera", at=HOUR_US)
    two = replace(one, id=71, text="zamek zacina się")
    async with engine.opened(tmp_path) as storage:
        notes = storage.read_models.notes
        await storage.writer.write([A, B, one, two])
        assert (await notes.notes_of("A", Cut())).items == [two, one]
        assert (await notes.notes_of("B", Cut())).items == []
        assert await notes.note("A", 70) == one
        assert await notes.note("B", 70) is None
        assert await notes.number_of("A") == 1

        await storage.writer.write([NoteRemoved(70)])
        assert (await notes.notes_of("A", Cut())).items == [two]
