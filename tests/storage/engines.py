"""The engines under test: what a contract test needs to know of one.

A test that takes an ``engine`` argument runs on each; another engine joins in ``ENGINES``.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Connection, Table, delete, select

from ogniwo.base.clock import SystemClock
from ogniwo.storage.opening import Storage, open_storage
from ogniwo.storage.readers import sqlite_engine
from ogniwo.storage.schema import metadata


@dataclass(frozen=True, kw_only=True)
class Engine:
    name: str
    inline: bool  # the same code without threads

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
        with self._connected(folder) as connection:
            found = connection.execute(select(table).order_by(*table.primary_key.columns))
            return [dict(row) for row in found.mappings()]

    def empty(self, folder: Path) -> None:
        with self._connected(folder) as connection:
            for table in metadata.sorted_tables:
                connection.execute(delete(table))
            connection.commit()

    @contextmanager
    def _connected(self, folder: Path) -> Iterator[Connection]:
        engine = sqlite_engine(folder / "ogniwo.db", writable=True)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


ENGINES: Final = (
    Engine(name="sqlite", inline=False),
    Engine(name="sqlite-inline", inline=True),
)

on_every_engine: Final = pytest.mark.parametrize("engine", ENGINES, ids=lambda it: it.name)
