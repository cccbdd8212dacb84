"""The writers on real stores: natural batches, poison, a full disk, back pressure, the end."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from ogniwo.app.ports import LastSeen, Row, RowRefusedError, WriterStoppedError
from ogniwo.base.clock import SystemClock
from ogniwo.storage import schema
from ogniwo.storage.checkpoints import Checkpoints
from ogniwo.storage.data_file import DataFile
from ogniwo.storage.group_commit import Store
from ogniwo.storage.migrate import migrate_file
from ogniwo.storage.postgres import PgStore
from ogniwo.storage.sqlite import SqliteStore
from ogniwo.storage.writer import ROWS_WAITING_MAX, InlineWriter, ThreadWriter
from tests.services.postgres import Postgres
from tests.storage.engines import ENGINES
from tests.storage.trade import a_message, a_station, an_event

Writer = ThreadWriter | InlineWriter
both_writers = pytest.mark.parametrize("kind", [ThreadWriter, InlineWriter])
on_every_store = pytest.mark.parametrize(
    "opened", ["thread", "inline", "postgresql"], indirect=True
)
A = a_station(1, "A")


class Written(Protocol):
    """A writer on a fresh store, and what it wrote."""

    @property
    def writer(self) -> Writer: ...

    @property
    def store(self) -> Store: ...

    def messages(self) -> list[int]: ...


Opened = Callable[[], AbstractAsyncContextManager[Written]]


@pytest.fixture
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    if request.param == "postgresql":
        url = request.getfixturevalue("database_url")
        return lambda: on_server(request.getfixturevalue("postgres"), url)
    kind: type[Writer] = ThreadWriter if request.param == "thread" else InlineWriter
    return lambda: world(kind, tmp_path)


class OnServer:
    def __init__(self, writer: Writer, store: Store, server: Postgres, database: str) -> None:
        self.writer = writer
        self.store = store
        self._server = server
        self._database = database

    def messages(self) -> list[int]:
        found = self._server.run("SELECT id FROM message ORDER BY id", self._database)
        return [int(line) for line in found.splitlines()]


@asynccontextmanager
async def on_server(server: Postgres, url: str) -> AsyncIterator[Written]:
    store = PgStore(url)
    writer = ThreadWriter(store, now_ms=SystemClock().now_ms)
    try:
        yield OnServer(writer, store, server, urlsplit(url).path[1:])
    finally:
        await writer.close()


class World:
    """A writer on a fresh file, and the store behind it for making it fail."""

    def __init__(self, writer: Writer, store: SqliteStore, folder: Path) -> None:
        self.writer = writer
        self.store = store
        self._folder = folder

    def messages(self) -> list[int]:
        connection = sqlite3.connect(self._folder / "ogniwo.db")
        try:
            return [row[0] for row in connection.execute("SELECT id FROM message ORDER BY id")]
        finally:
            connection.close()

    def fill_disk(self) -> None:
        """Not one page more: the same error as a full disk, from the same place."""
        (pages,) = self.store.connection.execute("PRAGMA page_count").fetchone()
        self.store.connection.execute(f"PRAGMA max_page_count = {pages}")

    def clear_disk(self) -> None:
        self.store.connection.execute("PRAGMA max_page_count = 1000000")

    async def until_held(self) -> None:
        while self.writer.healthy:  # noqa: ASYNC110 - the writer has no event for it
            await asyncio.sleep(0.005)


@asynccontextmanager
async def world(
    kind: type[Writer], folder: Path, *, rows_waiting_max: int = ROWS_WAITING_MAX
) -> AsyncIterator[World]:
    with DataFile(folder / "ogniwo.db") as file:
        migrate_file(file)
        store = SqliteStore(file.path)
        writer = kind(store, now_ms=SystemClock().now_ms, rows_waiting_max=rows_waiting_max)
        try:
            yield World(writer, store, folder)
        finally:
            await writer.close()


@on_every_store
async def test_what_waits_together_is_stored_together(opened: Opened) -> None:
    async with opened() as here:
        async with asyncio.TaskGroup() as group:
            for number in range(1, 201):
                group.create_task(here.writer.write([a_message(number, A)]))

        assert here.messages() == list(range(1, 201))
        assert here.writer.figures.units == 200
        # The thread may have begun with the first few, never with each alone.
        assert here.writer.figures.batches <= 10


async def test_units_collect_while_a_batch_is_being_stored(tmp_path: Path) -> None:
    async with world(ThreadWriter, tmp_path) as here:
        blocker = sqlite3.connect(tmp_path / "ogniwo.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")  # the first batch waits in SQLite's busy handler
        writes = [asyncio.ensure_future(here.writer.write([a_message(1, A)]))]  # noqa: TID251 - gathered below
        await asyncio.sleep(0.05)
        writes += [
            asyncio.ensure_future(here.writer.write([a_message(number, A)]))  # noqa: TID251 - gathered below
            for number in range(2, 100)
        ]
        await asyncio.sleep(0.05)
        blocker.execute("COMMIT")
        blocker.close()
        await asyncio.gather(*writes)

        assert here.writer.figures.batches == 2
        assert here.writer.figures.last_batch_units == 98


@on_every_store
async def test_a_poisonous_unit_is_refused_among_good_ones(opened: Opened) -> None:
    async with opened() as here:
        await here.writer.write([an_event(50)])
        units = [[a_message(number, A)] for number in range(1, 41)]
        poisonous: list[Row] = [a_message(41, A), an_event(50)]  # the event is on file already
        results = await asyncio.gather(
            *(here.writer.write(rows) for rows in units[:20]),
            here.writer.write(poisonous),
            here.writer.write([replace(a_message(42, A), action="\ud800")]),
            here.writer.write([replace(a_message(43, A), latency_us=2**63)]),
            *(here.writer.write(rows) for rows in units[20:]),
            return_exceptions=True,
        )

        assert [type(it) for it in results if it is not None] == [RowRefusedError] * 3
        assert [position for position, it in enumerate(results) if it is not None] == [20, 21, 22]
        assert here.messages() == list(range(1, 41))


@both_writers
async def test_a_full_disk_holds_everything_and_loses_nothing(
    kind: type[Writer], tmp_path: Path
) -> None:
    async with world(kind, tmp_path) as here:
        await here.writer.write([A])
        here.fill_disk()
        async with asyncio.TaskGroup() as group:
            writes = [
                group.create_task(here.writer.write([a_message(number, A, call=b"x" * 5_000)]))
                for number in range(1, 20)
            ]
            await here.until_held()
            assert not any(write.done() for write in writes)
            assert here.writer.held_since_ms is not None
            writes.append(group.create_task(here.writer.write([a_message(20, A)])))
            here.clear_disk()

        assert here.writer.healthy
        assert here.messages() == list(range(1, 21))
        assert here.writer.figures.holds == 1


@both_writers
async def test_whoever_waits_when_the_writer_ends_on_a_full_disk_is_told(
    kind: type[Writer], tmp_path: Path
) -> None:
    async with world(kind, tmp_path) as here:
        await here.writer.write([A])
        here.fill_disk()
        async with asyncio.TaskGroup() as group:
            waiting = [group.create_task(_outcome(here.writer, number)) for number in range(1, 10)]
            await here.until_held()
            waiting.append(group.create_task(_outcome(here.writer, 10)))
            await asyncio.sleep(0)
            await here.writer.close()

        assert [type(task.result()) for task in waiting] == [WriterStoppedError] * 10
        assert not here.writer.healthy


async def _outcome(writer: Writer, number: int) -> Exception | None:
    try:
        await writer.write([a_message(number, A, call=b"x" * 5_000)])
    except WriterStoppedError as error:
        return error
    return None


@both_writers
async def test_beyond_the_bound_writing_waits_for_room(kind: type[Writer], tmp_path: Path) -> None:
    async with world(kind, tmp_path, rows_waiting_max=10) as here:
        await here.writer.write([A])
        here.fill_disk()
        async with asyncio.TaskGroup() as group:
            for number in range(1, 31):
                rows = [a_message(number, A, call=b"x" * 5_000)]
                group.create_task(here.writer.write(rows))
            await here.until_held()
            assert here.writer.rows_waiting == 10
            assert not here.writer.submit([LastSeen(station_id=1, at=5)])
            here.clear_disk()

        assert here.messages() == list(range(1, 31))


@on_every_store
async def test_closing_stores_what_waits(opened: Opened) -> None:
    async with opened() as here:
        for number in range(1, 101):
            assert here.writer.submit([a_message(number, A)])
        await here.writer.close()

        assert here.messages() == list(range(1, 101))


@on_every_store
async def test_a_closed_writer_takes_nothing(opened: Opened) -> None:
    async with opened() as here:
        await here.writer.close()

        with pytest.raises(WriterStoppedError):
            await here.writer.write([A])
        assert not here.writer.submit([A])


@on_every_store
async def test_a_waiter_that_goes_away_takes_nobody_along(opened: Opened) -> None:
    async with opened() as here:
        async with asyncio.TaskGroup() as group:
            gone = group.create_task(here.writer.write([a_message(1, A)]))
            group.create_task(here.writer.write([a_message(2, A)]))
            await asyncio.sleep(0)
            gone.cancel()
        await here.writer.write([a_message(3, A)])

        assert here.messages()[-2:] == [2, 3]


@on_every_store
async def test_a_writer_that_breaks_fails_every_waiter(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of ours, not a fault of the store: nobody may wait for ever."""
    async with opened() as here:
        monkeypatch.setattr(here.store, "store", _broken)
        results = await asyncio.gather(
            *(here.writer.write([a_message(number, A)]) for number in range(1, 5)),
            return_exceptions=True,
        )

        assert {type(it) for it in results} == {WriterStoppedError}
        with pytest.raises(WriterStoppedError):
            await here.writer.write([A])


def _broken(*_: object) -> None:
    raise LookupError("a bug")


async def test_the_inline_writer_starts_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    async with ENGINES[1].opened(tmp_path) as storage:
        await storage.writer.write([A])
        assert await storage.records.highest_id() == 1

        assert threading.active_count() == before


async def test_the_log_is_folded_when_it_has_grown_and_no_reader_needs_it(
    tmp_path: Path,
) -> None:
    log = tmp_path / "ogniwo.db-wal"
    with DataFile(tmp_path / "ogniwo.db") as file:
        migrate_file(file)
        writer = InlineWriter(
            SqliteStore(file.path, wal_bytes_max=100_000), now_ms=SystemClock().now_ms
        )
        reader = sqlite3.connect(file.path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM message").fetchall()
        for number in range(1, 31):
            await writer.write([a_message(number, A, call=b"x" * 10_000)])
        kept_bytes = _size(log)
        reader.close()
        for number in range(31, 61):
            await writer.write([a_message(number, A, call=b"x" * 10_000)])
        folded_bytes = _size(log)
        await writer.close()

    assert kept_bytes > 300_000
    assert folded_bytes < 200_000


async def test_a_log_that_nobody_needs_is_begun_anew_and_not_cut(tmp_path: Path) -> None:
    sizes = []
    with DataFile(tmp_path / "ogniwo.db") as file:
        migrate_file(file)
        writer = InlineWriter(
            SqliteStore(file.path, wal_bytes_max=100_000), now_ms=SystemClock().now_ms
        )
        for number in range(1, 61):
            await writer.write([a_message(number, A, call=b"x" * 10_000)])
            sizes.append(_size(tmp_path / "ogniwo.db-wal"))
        await writer.close()

    assert sizes == sorted(sizes)
    assert 100_000 < sizes[-1] < 200_000


async def test_a_log_folded_by_somebody_else_is_begun_anew_at_half_its_length(
    tmp_path: Path,
) -> None:
    with DataFile(tmp_path / "ogniwo.db") as file:
        migrate_file(file)
        store = SqliteStore(file.path, wal_bytes_max=200_000)
        writer = InlineWriter(store, now_ms=SystemClock().now_ms)
        for number in range(1, 61):
            store.note_folded()
            await writer.write([a_message(number, A, call=b"x" * 10_000)])
        bytes_kept = _size(tmp_path / "ogniwo.db-wal")
        await writer.close()

    assert 100_000 < bytes_kept < 200_000


async def test_who_folds_beside_the_writer_says_when_it_has(tmp_path: Path) -> None:
    told = threading.Event()
    with DataFile(tmp_path / "ogniwo.db") as file:
        migrate_file(file)
        writer = InlineWriter(SqliteStore(file.path), now_ms=SystemClock().now_ms)
        checkpoints = Checkpoints(file.path, lambda: writer.figures.batches, told.set)
        await writer.write([a_message(1, A, call=b"x" * 100_000)])
        bytes_before = _size(file.path)
        await asyncio.to_thread(told.wait, 10)
        bytes_after = _size(file.path)
        await asyncio.to_thread(checkpoints.close)
        await writer.close()

    assert bytes_after > bytes_before + 50_000


def _size(path: Path) -> int:
    return path.stat().st_size


async def test_a_commit_reaches_the_disk_before_it_is_told(tmp_path: Path) -> None:
    async with world(InlineWriter, tmp_path) as here:
        settings = {
            name: here.store.connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "wal_autocheckpoint")
        }

    assert settings == {"journal_mode": "wal", "synchronous": 2, "wal_autocheckpoint": 0}


async def test_only_the_last_batch_numbers_are_kept(tmp_path: Path) -> None:
    async with world(InlineWriter, tmp_path) as here:
        for number in range(1, 101):
            await here.writer.write([a_message(number, A)])

    numbers = [row["number"] for row in ENGINES[1].rows(tmp_path, schema.writer_batch)]
    assert numbers == list(range(37, 101))


async def test_batch_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    for number in (1, 2):
        async with world(InlineWriter, tmp_path) as here:
            await here.writer.write([a_message(number, A)])

    numbers = [row["number"] for row in ENGINES[1].rows(tmp_path, schema.writer_batch)]
    assert numbers == [1, 2]
