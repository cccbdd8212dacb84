"""The engines under test: what a contract test needs to know of one.

A test that takes an ``engine`` argument runs on each that its mark names.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import pytest
from sqlalchemy import Connection, Table, select

from ogniwo.app.ports import Aggregate, Records
from ogniwo.base.clock import SystemClock
from ogniwo.storage.opening import Storage, open_storage
from ogniwo.storage.pg_connect import address_from, engine_on
from ogniwo.storage.readers import sqlite_engine
from tests.services.postgres import Postgres

NODE: Final = 1  # who claims, where it does not matter

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Engine:
    name: str
    inline: bool = False  # the same code without threads

    def url(self, folder: Path) -> str:
        return f"sqlite:///{folder / 'ogniwo.db'}"

    @asynccontextmanager
    async def opened(self, folder: Path) -> AsyncIterator[Storage]:
        storage = await open_storage(self.url(folder), clock=SystemClock(), inline=self.inline)
        try:
            yield storage
        finally:
            await storage.close()

    def rows(self, folder: Path, table: Table) -> list[dict[str, object]]:
        """What lies in a table, read past the product's own queries."""

        def query(connection: Connection) -> list[dict[str, object]]:
            found = connection.execute(select(table).order_by(*table.primary_key.columns))
            return [dict(row) for row in found.mappings()]

        return self.run(folder, query)

    def run(self, folder: Path, work: Callable[[Connection], T]) -> T:
        """In a transaction of the test's own, from within a running loop or without one."""
        with self._connected(folder) as connection:
            done = work(connection)
            connection.commit()
            return done

    @contextmanager
    def _connected(self, folder: Path) -> Iterator[Connection]:
        engine = sqlite_engine(folder / "ogniwo.db", writable=True)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


@dataclass(frozen=True, kw_only=True)
class PostgresEngine(Engine):
    """A folder stands for a database of the server."""

    server: Postgres
    databases: dict[Path, str] = field(default_factory=dict)

    def url(self, folder: Path) -> str:
        if folder not in self.databases:
            self.databases[folder] = self.server.new_database()
        return self.server.url(self.databases[folder])

    def run(self, folder: Path, work: Callable[[Connection], T]) -> T:
        async def run() -> T:
            engine = engine_on(address_from(self.url(folder)), name="test", connections=1)
            try:
                async with engine.begin() as connection:
                    return await connection.run_sync(work)
            finally:
                await engine.dispose()

        with ThreadPoolExecutor(1) as elsewhere:  # a test may have a loop running
            return elsewhere.submit(asyncio.run, run()).result()


SQLITE: Final = Engine(name="sqlite")
SQLITE_INLINE: Final = Engine(name="sqlite-inline", inline=True)
POSTGRESQL: Final = "postgresql"  # an engine only where a server runs
ENGINES: Final = (SQLITE, SQLITE_INLINE)

on_every_engine: Final = pytest.mark.parametrize(
    "engine", [*(it.name for it in ENGINES), POSTGRESQL], indirect=True
)
on_postgresql: Final = pytest.mark.parametrize("engine", [POSTGRESQL], indirect=True)


async def aggregates(records: Records, identities: Collection[str]) -> list[Aggregate]:
    """As a node gets them that has the stations to itself."""
    claims = await records.claim(identities, node=NODE, seize=True)
    return [it.aggregate for it in claims if it.aggregate is not None]
