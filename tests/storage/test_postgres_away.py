"""PostgreSQL goes away in the middle of it: nothing acknowledged is lost, nothing stored twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from ogniwo.app.ports import Row, TokenRemoved, WriterStoppedError
from ogniwo.base.clock import SystemClock
from ogniwo.storage import pg_session
from ogniwo.storage.postgres import PgStore
from ogniwo.storage.writer import ThreadWriter
from tests.services.postgres import How, Postgres
from tests.storage.pg_world import PATIENCE_S, A, other_on, pg_world
from tests.storage.trade import (
    ChargingStation,
    a_charging_station,
    a_command,
    a_message,
    an_event,
)
from tests.storage.wire import wire_to

# Its command meets the obstacle: until then the batch stands in the middle of its transaction.
HOWS: tuple[How, ...] = ("immediate", "fast")
UNIT: list[Row] = [a_message(11, A), an_event(7), a_command(5, A)]


async def test_a_connection_that_is_ended_before_the_commit_leaves_nothing_behind(
    database_url: str,
) -> None:
    async with pg_world(database_url) as here, asyncio.TaskGroup() as group:
        async with here.obstacle():
            write = group.create_task(here.writer.write(UNIT), name="write")
            await here.other.until_waiting()
            (pid,) = await here.other.pids(here.name)
            await here.other.kill(here.name)
            await here.until_held()
            await here.other.until_waiting()  # again, on a connection of its own
            assert await here.other.pids(here.name) != [pid]
            assert not write.done()
        await write

        assert await here.other.messages() == [11]
        assert here.writer.figures.holds == 1
        assert here.writer.healthy


@asynccontextmanager
async def commits_hang(server: Postgres) -> AsyncIterator[None]:
    """As where a stand-by must confirm: what is committed here is visible, and not yet told."""
    server.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    server.run("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        server.run("ALTER SYSTEM RESET synchronous_standby_names")
        server.run("SELECT pg_reload_conf()")


async def test_a_connection_that_is_ended_after_the_commit_counts_as_stored(
    database_url: str, postgres: Postgres
) -> None:
    async with pg_world(database_url) as here, asyncio.TaskGroup() as group:
        async with commits_hang(postgres):
            write = group.create_task(here.writer.write(UNIT), name="write")
            await here.other.until(
                "SELECT wait_event FROM pg_stat_activity WHERE application_name = $1",
                "SyncRep",
                here.name,
            )
            assert not write.done()
            await here.other.kill(here.name)
            await asyncio.wait_for(write, PATIENCE_S)

        assert await here.other.messages() == [11]
        assert here.writer.figures.holds == 1
        assert await here.other.column("SELECT max(number) FROM writer_batch") == [2]


async def test_an_answer_that_never_comes_is_read_from_the_database(database_url: str) -> None:
    async with (
        wire_to(database_url) as wire,
        pg_world(database_url, through=wire.url) as here,
        asyncio.TaskGroup() as group,
    ):
        await here.writer.write([a_message(10, A)])  # so that the next is asked in one go
        wire.mute = True
        write = group.create_task(here.writer.write([a_message(11, A)]), name="write")
        await here.other.until("SELECT count(*) FROM message", 2)
        wire.cut()
        wire.heal()
        await asyncio.wait_for(write, PATIENCE_S)

        assert await here.other.messages() == [10, 11]
        assert here.writer.figures.holds == 1
        assert await here.other.column("SELECT max(number) FROM writer_batch") == [3]


async def test_a_connection_cut_off_while_the_server_works_on_is_ended_before_it_is_repeated(
    database_url: str,
) -> None:
    async with (
        wire_to(database_url) as wire,
        pg_world(database_url, through=wire.url) as here,
        asyncio.TaskGroup() as group,
    ):
        async with here.obstacle():
            write = group.create_task(here.writer.write(UNIT), name="write")
            await here.other.until_waiting()
            (pid,) = await here.other.pids(here.name)
            wire.cut()
            await here.other.until("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", 0, pid)
            await here.other.until_waiting()
            assert not write.done()
        await asyncio.wait_for(write, PATIENCE_S)

        assert await here.other.messages() == [11]


async def test_a_network_that_goes_silent_is_noticed(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pg_session, "ANSWER_S_MAX", 0.3)
    async with (
        wire_to(database_url) as wire,
        pg_world(database_url, through=wire.url) as here,
        asyncio.TaskGroup() as group,
    ):
        wire.mute = wire.deaf = True
        write = group.create_task(here.writer.write(UNIT), name="write")
        await here.until_held()
        wire.heal()
        await asyncio.wait_for(write, PATIENCE_S)

        assert await here.other.messages() == [11]
        assert here.writer.figures.holds == 1


async def test_a_transaction_of_several_statements_that_breaks_off_is_repeated_whole(
    database_url: str,
) -> None:
    async with pg_world(database_url) as here, asyncio.TaskGroup() as group:
        unit: list[Row] = [an_event(8), TokenRemoved("04AB"), *UNIT]
        async with here.obstacle():
            write = group.create_task(here.writer.write(unit), name="write")
            await here.other.until_waiting()
            await here.other.kill(here.name)
            await here.until_held()
        await write

        assert await here.other.messages() == [11]
        assert await here.other.column("SELECT id FROM event ORDER BY id") == [7, 8]


async def test_a_server_that_crashes_and_comes_back_has_all_that_was_acknowledged(
    database_url: str, postgres: Postgres
) -> None:
    stations = [a_charging_station(number, first_id=number * 10**9) for number in range(1, 11)]
    acknowledged: list[int] = []
    ending = asyncio.Event()
    async with writer_on(database_url) as writer:
        for it in stations:
            await writer.write([it.station, it.session])
        async with asyncio.TaskGroup() as group:
            for it in stations:
                group.create_task(_charge(writer, it, acknowledged, ending), name="charge")
            for how in HOWS:
                await _until_more(acknowledged, 50)
                await asyncio.to_thread(postgres.stop, how)
                await _until_held(writer)
                await asyncio.to_thread(postgres.start)
            await _until_more(acknowledged, 50)
            ending.set()

    async with other_on(database_url) as other:
        assert set(acknowledged) <= set(await other.messages())
        assert await other.column("SELECT count(*) FROM sample") == [len(acknowledged)]
        assert await other.column("SELECT sum(samples)::int FROM session") == [len(acknowledged)]
        heads = await other.column("SELECT message_head FROM station_head ORDER BY station_id")
        assert heads == [it.message_head for it in stations]
    assert writer.figures.holds == 2


@asynccontextmanager
async def writer_on(url: str) -> AsyncIterator[ThreadWriter]:
    writer = ThreadWriter(PgStore(url), now_ms=SystemClock().now_ms)
    try:
        yield writer
    finally:
        await writer.close()


async def _charge(
    writer: ThreadWriter, station: ChargingStation, acknowledged: list[int], ending: asyncio.Event
) -> None:
    while not ending.is_set():
        rows = station.unit()
        await writer.write(rows)
        acknowledged.append(rows[1].id)


async def _until_more(items: list[int], count: int) -> None:
    wanted = len(items) + count
    async with asyncio.timeout(PATIENCE_S):
        while len(items) < wanted:  # noqa: ASYNC110 - a list has no event for it
            await asyncio.sleep(0.01)


async def test_whoever_waits_when_the_writer_ends_without_a_server_is_told(
    database_url: str, postgres: Postgres
) -> None:
    async with writer_on(database_url) as writer:
        await writer.write([A])
        await asyncio.to_thread(postgres.stop)
        async with asyncio.TaskGroup() as group:
            waiting = [
                group.create_task(_outcome(writer, number), name=f"write {number}")
                for number in range(1, 6)
            ]
            await _until_held(writer)
            await writer.close()

        assert [type(it.result()) for it in waiting] == [WriterStoppedError] * 5


async def test_a_database_that_only_reads_is_held_until_it_writes_again(
    database_url: str,
) -> None:
    """As a stand-by does while another takes over for it."""
    database = urlsplit(database_url).path[1:]
    async with pg_world(database_url) as here, asyncio.TaskGroup() as group:
        await here.other.run(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
        await here.other.kill(here.name)
        write = group.create_task(here.writer.write(UNIT), name="write")
        await here.until_held()
        assert not write.done()
        await here.other.run("SET default_transaction_read_only = off")
        await here.other.run(f"ALTER DATABASE {database} RESET default_transaction_read_only")
        await asyncio.wait_for(write, PATIENCE_S)

        assert await here.other.messages() == [11]


async def test_a_column_that_a_later_program_adds_changes_nothing_for_this_one(
    database_url: str,
) -> None:
    async with pg_world(database_url) as here:
        await here.writer.write([a_message(11, A)])
        await here.other.run("ALTER TABLE message ADD COLUMN mood text DEFAULT 'good'")
        await here.writer.write([a_message(12, A), an_event(7)])
        await here.writer.write([a_message(13, A)])

        assert await here.other.messages() == [11, 12, 13]
        assert await here.other.column("SELECT DISTINCT mood FROM message") == ["good"]
        assert here.writer.figures.refused == 0


async def test_a_table_without_room_for_a_row_holds_it(database_url: str) -> None:
    """A missing partition is no fault of the data."""
    async with pg_world(database_url) as here, asyncio.TaskGroup() as group:
        await here.other.run("ALTER TABLE message DETACH PARTITION message_rest")
        write = group.create_task(here.writer.write(UNIT), name="write")
        await here.until_held()
        await here.other.run("ALTER TABLE message ATTACH PARTITION message_rest DEFAULT")
        await asyncio.wait_for(write, PATIENCE_S)

        assert await here.other.messages() == [11]


async def test_a_row_that_somebody_holds_too_long_is_waited_for_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pg_session.SETTINGS, "lock_timeout", "100ms")
    async with pg_world(database_url) as here, asyncio.TaskGroup() as group:
        async with here.obstacle():
            write = group.create_task(here.writer.write(UNIT), name="write")
            await here.until_held()
        await asyncio.wait_for(write, PATIENCE_S)

        assert await here.other.messages() == [11]


async def test_durability_is_not_what_the_database_would_settle_for(database_url: str) -> None:
    """The writer's own settings, told by a statement of a test in its place."""
    database = urlsplit(database_url).path[1:]
    async with other_on(database_url) as other:
        await other.run(f"ALTER DATABASE {database} SET synchronous_commit = off")
    session = await pg_session.open_session(database_url, "test")
    try:
        settings = [
            (await session.rows(f"SHOW {name}"))[0][0]
            for name in ("synchronous_commit", "default_transaction_isolation")
        ]
    finally:
        await session.close()

    assert settings == ["on", "read committed"]


async def _outcome(writer: ThreadWriter, number: int) -> Exception | None:
    try:
        await writer.write([a_message(number, A)])
    except WriterStoppedError as error:
        return error
    return None


async def _until_held(writer: ThreadWriter) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while writer.healthy:  # noqa: ASYNC110 - the writer has no event for it
            await asyncio.sleep(0.01)
