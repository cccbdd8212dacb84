"""Where queries run: beside the loop on connections of their own, or inline for simulation."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from ogniwo.app.ports import StorageAwayError
from ogniwo.storage.sqlite import connect

READER_THREADS: Final = 4  # more only fight for the interpreter with the loop
CACHE_KIB_READER: Final = 8 * 1024

T = TypeVar("T")


def sqlite_engine(path: Path, *, writable: bool = False) -> Engine:
    """Each ``connect`` is one transaction, so what several queries see belongs together."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        creator=lambda: connect(path, cache_kib=CACHE_KIB_READER),
        pool_size=READER_THREADS,
        max_overflow=0,
    )
    kind = "BEGIN IMMEDIATE" if writable else "BEGIN"

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(kind)

    return engine


class Readers(Protocol):
    async def run(self, query: Callable[[Connection], T]) -> T:
        """One transaction that only reads, and sees one moment. Errors: StorageAwayError."""
        ...

    async def change(self, work: Callable[[Connection], T]) -> T:
        """One transaction past the writer, for the few things that need an answer of the database.

        It is short, and may be done again from its beginning. Errors: StorageAwayError.
        """
        ...

    async def close(self) -> None: ...


class _FileReaders:
    def __init__(self, path: Path) -> None:
        self._reading = sqlite_engine(path)
        self._changing = sqlite_engine(path, writable=True)

    def _read(self, query: Callable[[Connection], T]) -> T:
        with self._reading.connect() as connection:
            return query(connection)

    def _change(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._changing.begin() as connection:
                return work(connection)
        except OperationalError as error:  # e.g. the disk is full, or somebody holds the lock
            raise StorageAwayError(f"the database takes nothing now ({error.orig})") from error

    def _dispose(self) -> None:
        self._reading.dispose()
        self._changing.dispose()


class PoolReaders(_FileReaders):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._pool = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="ogniwo-reader")

    async def run(self, query: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, query)

    async def change(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._change, work)

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        self._dispose()


class InlineReaders(_FileReaders):
    async def run(self, query: Callable[[Connection], T]) -> T:
        return self._read(query)

    async def change(self, work: Callable[[Connection], T]) -> T:
        return self._change(work)

    async def close(self) -> None:
        self._dispose()
