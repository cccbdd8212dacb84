"""A writer on PostgreSQL and somebody else on the same database, who looks and gets in the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from ogniwo.base.clock import SystemClock
from ogniwo.storage.postgres import PgStore
from ogniwo.storage.writer import ThreadWriter
from tests.storage.trade import a_command, a_station

PATIENCE_S = 20.0
STEP_S = 0.005
A = a_station(1, "A")
B = a_station(2, "B")


class Other:
    """Another connection: an administrator, another node, a test that asks what is on file."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def run(self, sql: str, *given: object) -> None:
        await self._connection.execute(sql, *given)

    async def column(self, sql: str, *given: object) -> list[Any]:
        return [row[0] for row in await self._connection.fetch(sql, *given)]

    async def messages(self) -> list[int]:
        return await self.column("SELECT id FROM message ORDER BY id")

    async def claim(self, station_id: int) -> None:
        await self.run(
            "UPDATE station_head SET epoch = epoch + 1 WHERE station_id = $1", station_id
        )

    async def pids(self, writer: str) -> list[int]:
        return await self.column(
            "SELECT pid FROM pg_stat_activity WHERE application_name = $1", writer
        )

    async def kill(self, writer: str) -> None:
        for pid in await self.pids(writer):
            await self.run("SELECT pg_terminate_backend($1)", pid)

    async def until_waiting(self, *, backends: int = 1) -> None:
        """Until so many wait for a lock in this database."""
        waiting = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        await self.until(waiting, backends)

    async def until(self, sql: str, wanted: object, *given: object) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while await self.column(sql, *given) != [wanted]:  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(STEP_S)


@asynccontextmanager
async def other_on(url: str) -> AsyncIterator[Other]:
    connection = await asyncpg.connect(url)
    try:
        yield Other(connection)
    finally:
        await connection.close(timeout=PATIENCE_S)


class World:
    def __init__(self, url: str, store: PgStore, writer: ThreadWriter, other: Other) -> None:
        self.url = url
        self.store = store
        self.writer = writer
        self.other = other

    @property
    def name(self) -> str:
        return self.store.writer

    async def until_held(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.writer.healthy:  # noqa: ASYNC110 - the writer has no event for it
                await asyncio.sleep(STEP_S)

    @asynccontextmanager
    async def obstacle(self) -> AsyncIterator[asyncpg.Connection]:
        """While it is there, a batch with ``a_command(5, A)`` stops in the middle, heads locked."""
        async with other_on(self.url) as somebody:
            await somebody.run("BEGIN")
            await somebody.run("SELECT 1 FROM command WHERE id = 5 FOR UPDATE")
            yield somebody
            await somebody.run("ROLLBACK")


@asynccontextmanager
async def pg_world(database_url: str, *, through: str | None = None) -> AsyncIterator[World]:
    """With stations A and B, and a command of A; ``through`` is another way to the database."""
    store = PgStore(through or database_url)
    writer = ThreadWriter(store, now_ms=SystemClock().now_ms)
    try:
        async with other_on(database_url) as other:
            await writer.write([A, B, a_command(5, A)])
            yield World(database_url, store, writer, other)
    finally:
        await writer.close()
