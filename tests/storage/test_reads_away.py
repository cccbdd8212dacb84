"""Whoever asks the database while it is away waits for it, and not for ever."""

import asyncio
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from ogniwo.app.ports import StorageAwayError
from ogniwo.base.clock import SystemClock
from ogniwo.storage import schema
from ogniwo.storage.opening import open_storage
from ogniwo.storage.pg_connect import address_from
from ogniwo.storage.pg_readers import PgReaders
from ogniwo.storage.read_models import SqlReadModels
from tests.services.postgres import Postgres
from tests.storage.engines import Engine, PostgresEngine, on_postgresql
from tests.storage.pg_world import other_on
from tests.storage.trade import a_station

COUNT = select(func.count()).select_from(schema.meta)


@on_postgresql
async def test_connections_that_the_server_ended_are_replaced_unnoticed(
    engine: Engine, tmp_path: Path
) -> None:
    url = engine.url(tmp_path)
    async with engine.opened(tmp_path) as storage, other_on(url) as administrator:
        await storage.writer.write([a_station(1, "A")])
        await storage.records.find_credentials(["A"])
        await storage.read_models.station("A")
        ended = await administrator.column(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name LIKE 'ogniwo %'"
        )
        assert len(ended) >= 2

        assert await storage.read_models.station("A") is not None
        assert len(await storage.records.claim(["A"], node=1, seize=True)) == 1


@on_postgresql
async def test_a_question_waits_for_a_server_that_comes_back(
    engine: PostgresEngine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A")])
        await asyncio.to_thread(engine.server.stop, "immediate")
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(storage.records.find_credentials(["A"]), name="asked")
            claimed = group.create_task(
                storage.records.claim(["A"], node=1, seize=True), name="claimed"
            )
            await asyncio.sleep(0.3)
            assert not asked.done()
            await asyncio.to_thread(engine.server.start)

        assert [it.identity for it in asked.result()] == ["A"]
        assert [it.identity for it in claimed.result()] == ["A"]


@on_postgresql
async def test_a_table_that_a_migration_changed_is_read_on(engine: Engine, tmp_path: Path) -> None:
    """The server refuses the plans that it made for the table as it was."""
    async with engine.opened(tmp_path) as storage, other_on(engine.url(tmp_path)) as migration:
        await storage.writer.write([a_station(1, "A")])
        await asyncio.gather(*(storage.read_models.station("A") for _ in range(20)))
        await storage.records.find_credentials(["A"])
        await migration.run("ALTER TABLE station ALTER COLUMN name TYPE varchar(500)")
        await migration.run("ALTER TABLE station_secret ALTER COLUMN assume_version TYPE varchar")

        assert await storage.read_models.station("A") is not None
        assert len(await storage.records.find_credentials(["A"])) == 1


async def test_people_are_told_sooner_than_stations(
    database_url: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogniwo.storage.pg_readers.VIEW_PATIENCE_S", 0.3)
    monkeypatch.setattr("ogniwo.storage.pg_readers.STORAGE_PATIENCE_S", 0.9)
    storage = await open_storage(database_url, clock=SystemClock())
    try:
        await asyncio.to_thread(postgres.stop)
        began = time.monotonic()
        with pytest.raises(StorageAwayError, match=r"did not answer within 0\.3 s"):
            await storage.read_models.latest_event_id()
        told = time.monotonic() - began
        with pytest.raises(StorageAwayError, match=r"did not answer within 0\.9 s"):
            await storage.records.latest_change()
    finally:
        await storage.close()

    assert told < 0.9


async def test_a_server_that_stands_still_is_given_up_in_time(
    database_url: str, postgres: Postgres
) -> None:
    """Its processes are stopped as a frozen machine is: connections stay, and answer nothing."""
    readers = PgReaders(address_from(database_url), name="frozen", connections=2, patience_s=0.5)
    views = SqlReadModels(readers)
    await views.latest_event_id()
    async with other_on(database_url) as administrator:
        (pid,) = await administrator.column(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'frozen'"
        )
        postgres.signal(pid, signal.SIGSTOP)
        try:
            async with asyncio.timeout(10):
                with pytest.raises(StorageAwayError):
                    await views.latest_event_id()
        finally:
            postgres.signal(pid, signal.SIGCONT)
        assert await views.latest_event_id() == 0
    await readers.close()


async def test_a_question_that_takes_too_long_is_ended_by_the_server(database_url: str) -> None:
    readers = PgReaders(address_from(database_url), name="slow", connections=1, patience_s=0.5)
    with pytest.raises(StorageAwayError, match=r"within 0\.5 s"):
        await readers.run(lambda it: it.exec_driver_sql("SELECT pg_sleep(30)").all())
    async with other_on(database_url) as administrator:
        await administrator.until(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'slow' AND state = 'active'",
            0,
        )
    await readers.close()


async def test_readers_cannot_write(database_url: str) -> None:
    readers = PgReaders(address_from(database_url), name="reader", connections=1, patience_s=0.3)
    with pytest.raises(StorageAwayError) as refused:  # as by a stand-by that others must take over
        await readers.run(lambda it: it.exec_driver_sql("DELETE FROM station"))
    assert "read-only transaction" in str(refused.value.__cause__)
    await readers.close()


@on_postgresql
async def test_what_a_question_sees_belongs_to_one_moment(engine: Engine, tmp_path: Path) -> None:
    readers = PgReaders(
        address_from(engine.url(tmp_path)), name="reader", connections=1, patience_s=5
    )

    def twice(connection: Connection) -> list[int | None]:
        before = connection.scalar(COUNT)
        engine.run(tmp_path, lambda it: it.exec_driver_sql("INSERT INTO meta VALUES ('a', 'b')"))
        return [before, connection.scalar(COUNT)]

    assert await readers.run(twice) == [0, 0]
    assert await readers.run(lambda it: it.scalar(COUNT)) == 1
    await readers.close()


async def test_a_hundred_questions_share_a_few_connections(database_url: str) -> None:
    readers = PgReaders(address_from(database_url), name="many", connections=3, patience_s=10)
    views = SqlReadModels(readers)
    await asyncio.gather(*(views.latest_event_id() for _ in range(100)))
    async with other_on(database_url) as administrator:
        (used,) = await administrator.column(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'many'"
        )
    await readers.close()

    assert used <= 3


async def test_a_question_nobody_waits_for_any_more_gives_its_connection_back(
    database_url: str,
) -> None:
    readers = PgReaders(address_from(database_url), name="left", connections=1, patience_s=10)
    asked = asyncio.create_task(  # noqa: TID251 - cancelled below
        readers.run(lambda it: it.exec_driver_sql("SELECT pg_sleep(9)").all())
    )
    async with other_on(database_url) as administrator:
        await administrator.until(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'left' AND wait_event = 'PgSleep'",
            1,
        )
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)

    async with asyncio.timeout(5):
        assert await SqlReadModels(readers).latest_event_id() == 0
    await readers.close()
