"""What is too old goes, what is not stays, and a row always has a place."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, text, update

from ogniwo.app.filters import Cut, HoldingFilter, MessageFilter
from ogniwo.app.ports import Row, StorageAwayError
from ogniwo.base.clock import SystemClock
from ogniwo.base.ids import first_id_at
from ogniwo.base.units import Instant, from_instant, seconds
from ogniwo.domain.access import Token, TokenType
from ogniwo.domain.holdings import Holding, Kind
from ogniwo.domain.telemetry import Telemetry
from ogniwo.storage import partitions, schema
from ogniwo.storage.opening import Storage
from tests.storage.engines import SQLITE, Engine, aggregates, on_every_engine, on_postgresql
from tests.storage.pg_world import other_on
from tests.storage.trade import a_message, a_sample, a_session, a_station

DAY_US: Final = seconds(24 * 3_600)
NOW: Final = SystemClock().now_us()
A: Final = a_station(1, "A")


def id_at(days_ago: float) -> int:
    return first_id_at(NOW - round(days_ago * DAY_US))


def days_ago(days: float) -> Instant:
    return NOW - round(days * DAY_US)


async def prune(storage: Storage, *, messages: float, samples: float) -> int:
    steps = 1
    while await storage.retention.prune_trails(
        messages_before=days_ago(messages), samples_before=days_ago(samples)
    ):
        steps += 1
    return steps


async def write_trail(storage: Storage, *ages: float) -> None:
    """A station's messages and a session's readings, one of each for each age in days."""
    session = a_session(7, A)
    rows: list[Row] = [A]
    prev: int | None = None
    for age in ages:
        number = id_at(age)
        rows.append(a_message(number, A, prev=prev, session=session, at=days_ago(age)))
        rows.append(a_sample(number, A, prev=prev, session=session))
        prev = number
    rows.append(replace(session, sample_head=prev, samples=len(ages)))
    await storage.writer.write(rows)


@on_every_engine
async def test_messages_and_readings_go_when_their_time_is_over(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await write_trail(storage, 40, 20, 5, 0)
        await prune(storage, messages=10, samples=30)

        messages = await storage.read_models.messages(MessageFilter(station_id="A"), Cut())
        everywhere = await storage.read_models.messages(MessageFilter(), Cut())
        samples = await storage.read_models.samples("7", Cut())
        aggregate = (await aggregates(storage.records, ["A"]))[0]

    assert [it.id for it in messages.items] == [str(id_at(0)), str(id_at(5))]
    assert [it.id for it in everywhere.items] == [str(id_at(0)), str(id_at(5))]
    assert [it.id for it in samples.items] == [str(id_at(20)), str(id_at(5)), str(id_at(0))]
    assert aggregate.message_head == id_at(0)


@on_every_engine
async def test_streams_reports_and_what_is_held_no_more_go_when_their_time_is_over(
    engine: Engine, tmp_path: Path
) -> None:
    def held(key: str, age: float, state: str, kind: Kind = Kind.VARIABLE) -> Holding:
        return Holding(station_id=1, kind=kind, key=key, at=days_ago(age), state=state)

    def values(age: float) -> Telemetry:
        number, at = id_at(age), days_ago(age)
        return Telemetry(
            id=number, station_id=1, stream=1, monitor=1, received_at=at, values=((at, "1"),)
        )

    async with engine.opened(tmp_path) as storage:
        rows: list[Row] = [A, values(40), values(20)]
        rows += [held("old", 40, "gone"), held("new", 20, "gone"), held("kept", 40, "current")]
        rows += [held(str(age), age, "complete", Kind.REPORT) for age in (40, 20)]
        await storage.writer.write(rows)
        while await storage.retention.prune_holdings(before=days_ago(30)):
            pass

        telemetry = await storage.read_models.telemetry(A.identity, Cut())
        where = HoldingFilter(station_id=A.identity, gone=True)
        holdings = await storage.read_models.holdings(where, Cut())

    assert [it.id for it in telemetry.items] == [str(id_at(20))]
    assert [it.key for it in holdings.items] == ["20", "kept", "new"]


@on_every_engine
async def test_more_than_one_step_of_old_streams_goes_by_steps(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        old = [
            Telemetry(
                id=id_at(40) + number,
                station_id=1,
                stream=1,
                monitor=1,
                received_at=days_ago(40),
                values=(),
            )
            for number in range(1_200)
        ]
        await storage.writer.write([A, *old])
        steps = [await storage.retention.prune_holdings(before=days_ago(30)) for _ in range(2)]
        left = await storage.read_models.telemetry(A.identity, Cut())

    assert (steps, left.items) == ([True, False], [])


@on_every_engine
async def test_a_trail_that_is_all_gone_is_empty_and_goes_on(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await write_trail(storage, 40)
        await prune(storage, messages=10, samples=10)
        assert (
            await storage.read_models.messages(MessageFilter(station_id="A"), Cut())
        ).items == []
        assert (await storage.read_models.samples("7", Cut())).items == []
        assert await storage.records.session_digests(7) == []

        await storage.writer.write([a_message(id_at(0), A, prev=id_at(40))])
        page = await storage.read_models.messages(MessageFilter(station_id="A"), Cut())

    assert [it.id for it in page.items] == [str(id_at(0))]


@on_every_engine
async def test_much_goes_in_steps(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine.opened(tmp_path) as storage:
        first = id_at(40)
        old = [a_message(first + number, A) for number in range(2_500)]
        await storage.writer.write([A, *old, a_message(id_at(0), A)])
        monkeypatch.setattr(partitions, "REST_ROWS_MAX", 1_000)
        steps = await prune(storage, messages=10, samples=10)
        left = [row["id"] for row in engine.rows(tmp_path, schema.message)]

    assert left == [id_at(0)]
    assert steps == 3


async def test_a_file_that_somebody_has_locked_is_pruned_another_time(tmp_path: Path) -> None:
    async with SQLITE.opened(tmp_path) as storage:
        with closing(sqlite3.connect(tmp_path / "ogniwo.db", isolation_level=None)) as somebody:
            somebody.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageAwayError, match="database is locked"):
                await prune(storage, messages=10, samples=10)
        assert await prune(storage, messages=10, samples=10) == 1


@on_every_engine
async def test_changes_are_told_for_a_week(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        for uid in ("A", "B"):
            await storage.writer.write([Token(uid=uid, type=TokenType.RFID)])
        long_ago = update(schema.change).where(schema.change.c.key == "A").values(at=days_ago(8))
        engine.run(tmp_path, lambda it: it.execute(long_ago))
        await prune(storage, messages=10, samples=10)

        assert [it.key for it in await storage.records.changes(0, 10)] == ["B"]


@on_postgresql
async def test_holds_that_are_over_are_forgotten(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.records.hold_tokens([("A", 1)], hold_s=0)
        await storage.records.hold_tokens([("B", 1)], hold_s=60)
        await prune(storage, messages=10, samples=10)

    assert [row["uid"] for row in engine.rows(tmp_path, schema.token_hold)] == ["B"]


# -- the days of PostgreSQL -------------------------------------------------------------------


def days(engine: Engine, folder: Path, table: str = "message") -> list[str]:
    names = text(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ :name ORDER BY relname"
    )
    return engine.run(folder, lambda it: list(it.scalars(names, {"name": f"^{table}_[0-9]+$"})))


def lies_in(engine: Engine, folder: Path, number: int) -> str:
    where = text("SELECT tableoid::regclass::text FROM message WHERE id = :id")
    return engine.run(folder, lambda it: str(it.scalars(where, {"id": number}).one()))


def day(at: Instant) -> str:
    return f"message_{from_instant(at):%Y%m%d}"


@on_postgresql
async def test_an_opened_database_has_room_for_a_week(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, a_message(id_at(0), A), a_message(id_at(-6.9), A)])
        made = days(engine, tmp_path)

        assert made == [day(days_ago(-ahead)) for ahead in range(-1, 8)]
        assert len(days(engine, tmp_path, "sample")) == len(made)
        assert lies_in(engine, tmp_path, id_at(0)) == day(NOW)
        assert lies_in(engine, tmp_path, id_at(-6.9)) == day(days_ago(-6.9))


@on_postgresql
async def test_a_row_of_no_day_lies_in_the_rest_until_its_day_is_made(
    engine: Engine, tmp_path: Path
) -> None:
    later = id_at(-12)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, a_message(later, A), a_message(id_at(-99), A)])
        before = lies_in(engine, tmp_path, later)
        await storage.read_models.messages(MessageFilter(station_id="A"), Cut())
        engine.run(tmp_path, lambda it: partitions.make_days(it, days_ago(-10)))

    assert before == "message_rest"
    assert lies_in(engine, tmp_path, later) == day(days_ago(-12))
    assert lies_in(engine, tmp_path, id_at(-99)) == "message_rest"


@on_postgresql
async def test_a_day_with_much_in_the_rest_stays_there_and_the_others_are_made(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "REST_ROWS_MAX", 2)
    first = id_at(-12)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, a_message(first, A), a_message(first + 1, A)])
        engine.run(tmp_path, lambda it: partitions.make_days(it, days_ago(-10)))
        made = days(engine, tmp_path)

    assert lies_in(engine, tmp_path, first) == "message_rest"
    assert day(days_ago(-12)) not in made
    assert day(days_ago(-13)) in made


@on_postgresql
async def test_a_rest_that_takes_long_to_read_is_not_read_under_a_lock(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "REST_BYTES_MAX", 1)
    async with engine.opened(tmp_path) as storage:
        before = days(engine, tmp_path)
        await storage.writer.write([A, a_message(id_at(-99), A)])
        engine.run(tmp_path, lambda it: partitions.make_days(it, days_ago(-10)))

        assert days(engine, tmp_path) == before


@on_postgresql
async def test_days_are_made_and_dropped_while_stations_write_and_people_read(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A])
        engine.run(tmp_path, lambda it: partitions.make_days(it, days_ago(60)))
        over = asyncio.Event()
        written: list[int] = []

        async def write() -> None:
            while not over.is_set():
                number = id_at(0) + len(written)
                await storage.writer.write(
                    [a_message(number, A), a_message(id_at(60) + number % 1_000_000, A)]
                )
                written.append(number)

        async def read() -> None:
            while not over.is_set():
                await storage.read_models.messages(MessageFilter(), Cut(limit=5))

        async with asyncio.TaskGroup() as group:
            group.create_task(write(), name="write")
            group.create_task(read(), name="read")
            await prune(storage, messages=30, samples=30)
            await asyncio.to_thread(
                engine.run, tmp_path, lambda it: partitions.make_days(it, days_ago(-10))
            )
            over.set()

        left = {row["id"] for row in engine.rows(tmp_path, schema.message)}
        made = days(engine, tmp_path)

    assert len(written) > 1
    assert left >= set(written)
    assert day(days_ago(60)) not in made
    assert day(days_ago(-17)) in made


@on_postgresql
async def test_nodes_that_make_days_at_once_make_each_once(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as one, engine.opened(tmp_path) as other:
        engine.run(tmp_path, drop_all)
        await asyncio.gather(
            *(prune(by, messages=30, samples=30) for by in (one, other, one, other))
        )

    assert len(days(engine, tmp_path)) == 9


def drop_all(connection: Connection) -> None:
    for name in connection.scalars(
        text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^message_[0-9]+$'")
    ).all():
        connection.execute(text(f"DROP TABLE {name}"))


@on_postgresql
async def test_a_day_that_somebody_reads_is_dropped_later(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "LOCK_S", 0.1)
    monkeypatch.setattr("ogniwo.storage.pg_readers.STORAGE_PATIENCE_S", 0.5)
    async with engine.opened(tmp_path) as storage, other_on(engine.url(tmp_path)) as report:
        engine.run(tmp_path, lambda it: partitions.make_days(it, days_ago(60)))
        await report.run("BEGIN")
        await report.column("SELECT count(*) FROM message")
        with pytest.raises(StorageAwayError):
            await prune(storage, messages=30, samples=30)
        await storage.writer.write([A, a_message(id_at(0), A)])  # nobody else waits
        await report.run("COMMIT")
        await prune(storage, messages=30, samples=30)

        assert day(days_ago(60)) not in days(engine, tmp_path)
