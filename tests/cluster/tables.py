"""The database itself, past every node: for what no API shows, and for what an operator may do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg


class PgTables:
    """Implements the audit's ``Tables``."""

    def __init__(self, connection: Any) -> None:  # asyncpg ships no types
        self._connection = connection

    async def rows(self, sql: str, *given: object) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._connection.fetch(sql, *given)]

    async def one(self, sql: str, *given: object) -> Any:
        """The first column of the first row; None without one."""
        return await self._connection.fetchval(sql, *given)

    async def column(self, sql: str, *given: object) -> list[Any]:
        return [row[0] for row in await self._connection.fetch(sql, *given)]

    async def change(self, sql: str, *given: object) -> None:
        await self._connection.execute(sql, *given)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        async with self._connection.transaction():
            yield

    async def damage(self) -> str | None:
        return None  # nobody pulls this server's disk


@asynccontextmanager
async def tables_of(url: str) -> AsyncIterator[PgTables]:
    connection = await asyncpg.connect(url)
    try:
        yield PgTables(connection)
    finally:
        await connection.close()


async def events_of(tables: PgTables, identity: str) -> list[tuple[int, str]]:
    """Id and kind of a station's events, in the order in which they became durable."""
    rows = await tables.rows(
        "SELECT e.id, e.kind FROM event e JOIN station s ON s.id = e.station_id"
        " WHERE s.identity = $1 ORDER BY e.tx, e.id",
        identity,
    )
    return [(number, kind) for number, kind in rows]
