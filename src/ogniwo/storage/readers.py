"""Where queries run: beside the loop on connections of their own, or inline for simulation."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event

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

    async def close(self) -> None: ...


class PoolReaders:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="ogniwo-reader")

    async def run(self, query: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, _run, self._engine, query
        )

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        self._engine.dispose()


class InlineReaders:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def run(self, query: Callable[[Connection], T]) -> T:
        return _run(self._engine, query)

    async def close(self) -> None:
        self._engine.dispose()


def _run(engine: Engine, query: Callable[[Connection], T]) -> T:
    with engine.connect() as connection:
        return query(connection)
