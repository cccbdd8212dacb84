"""Opens the storage of a server, SQLite or PostgreSQL, and closes it in order."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from ogniwo.app.nodes import Nodes
from ogniwo.app.ports import Retention
from ogniwo.base.clock import Clock
from ogniwo.storage.checkpoints import Checkpoints
from ogniwo.storage.data_file import DataFile, cannot_be_opened, path_from
from ogniwo.storage.driver_records import SqlDriverRecords
from ogniwo.storage.migrate import migrate_file
from ogniwo.storage.nodes import PgNodes, SoleNode
from ogniwo.storage.people import SqlPeople
from ogniwo.storage.pg_connect import Address, address_from, is_postgresql
from ogniwo.storage.pg_opening import prepare
from ogniwo.storage.pg_readers import readers_of_records, readers_of_views
from ogniwo.storage.postgres import PgStore
from ogniwo.storage.read_models import SqlReadModels
from ogniwo.storage.readers import InlineReaders, PoolReaders, Readers, sqlite_engine
from ogniwo.storage.records import SqlRecords
from ogniwo.storage.retention import FileRetention, PgRetention
from ogniwo.storage.schema import station_head
from ogniwo.storage.sqlite import SqliteStore
from ogniwo.storage.writer import InlineWriter, ThreadWriter

Close = Callable[[], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Storage:
    """One writer, what is read, and who else is there; opened within a running loop."""

    writer: InlineWriter | ThreadWriter
    records: SqlRecords
    read_models: SqlReadModels
    people: SqlPeople
    nodes: Nodes
    retention: Retention
    drivers: SqlDriverRecords
    closing: tuple[Close, ...]

    async def close(self) -> None:
        for close in self.closing:
            await close()


async def open_storage(url: str, *, clock: Clock, inline: bool = False) -> Storage:
    """``inline``: no threads, for deterministic simulation. Errors: ``UsageError``."""
    if is_postgresql(url):
        return await _on_server(address_from(url), clock)
    path = path_from(url)
    file = _opened(path) if inline else await asyncio.to_thread(_opened, path)
    return _inline(file, clock) if inline else _threaded(file, clock)


async def _on_server(address: Address, clock: Clock) -> Storage:
    await prepare(address, clock)
    writer = ThreadWriter(PgStore(address.dsn), now_ms=clock.now_ms)
    records = readers_of_records(address)
    views = readers_of_views(address)
    nodes = PgNodes(address)
    return Storage(
        writer=writer,
        records=SqlRecords(records, writer, alone=False),
        read_models=SqlReadModels(views),
        people=SqlPeople(records),
        nodes=nodes,
        retention=PgRetention(records, clock),
        drivers=SqlDriverRecords(views),
        closing=(writer.close, records.close, views.close, nodes.close),
    )


def _opened(path: Path) -> DataFile:
    file = DataFile(path)
    try:
        migrate_file(file)
        _let_go(file)
    except BaseException:
        file.close()
        raise
    return file


def _let_go(file: DataFile) -> None:
    """Whoever was connected was so to a process that has ended."""
    engine = sqlite_engine(file.path, writable=True)
    try:
        with engine.begin() as connection:
            connection.execute(
                update(station_head)
                .where(station_head.c.connected_since.is_not(None))
                .values(owner=None, connected_since=None)
            )
    except OperationalError as error:  # the disk is full
        if isinstance(error.orig, sqlite3.Error):
            raise cannot_be_opened(file.path, error.orig) from error
        raise
    finally:
        engine.dispose()


def _threaded(file: DataFile, clock: Clock) -> Storage:
    store = SqliteStore(file.path)
    writer = ThreadWriter(store, now_ms=clock.now_ms)
    readers = PoolReaders(file.path)
    figures = writer.figures
    checkpoints = Checkpoints(file.path, lambda: figures.batches, store.note_folded)

    async def close_file() -> None:
        """The last connection to close leaves one file, without a log beside it."""
        await asyncio.to_thread(checkpoints.close)
        await readers.close()
        file.close()

    return _storage(writer, readers, clock, close_file)


def _inline(file: DataFile, clock: Clock) -> Storage:
    writer = InlineWriter(SqliteStore(file.path), now_ms=clock.now_ms)
    readers = InlineReaders(file.path)

    async def close_file() -> None:
        await readers.close()
        file.close()

    return _storage(writer, readers, clock, close_file)


def _storage(
    writer: InlineWriter | ThreadWriter, readers: Readers, clock: Clock, close_file: Close
) -> Storage:
    return Storage(
        writer=writer,
        records=SqlRecords(readers, writer, alone=True),
        read_models=SqlReadModels(readers),
        people=SqlPeople(readers),
        nodes=SoleNode(clock.now_us),
        retention=FileRetention(readers, clock),
        drivers=SqlDriverRecords(readers),
        closing=(writer.close, close_file),
    )
