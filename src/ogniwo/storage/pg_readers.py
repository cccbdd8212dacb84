"""Queries on PostgreSQL: the same functions as on SQLite, on connections of their own.

While the server is away a query waits and is asked again, for as long as its caller may wait.
What stations wait for and what people look at have a pool each, so that a hundred browsers
cannot keep a station waiting.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy import Connection

from ogniwo.app.ports import StorageAwayError
from ogniwo.base.limits import STORAGE_PATIENCE_S, VIEW_PATIENCE_S
from ogniwo.storage.loop_thread import LoopThread
from ogniwo.storage.pg_connect import FAILURES, Address, engine_on, is_passing, lasting, sqlstate_of

# A server allows 100 connections by default, and each is a process of it: with the writer's,
# this leaves room for ten nodes. More would not make it answer faster.
CONNECTIONS_RECORDS: Final = 4
CONNECTIONS_VIEWS: Final = 3

# We look rows up by key, station by station and step by step. A server that thinks otherwise,
# because a day's table is new to it, reads all tables to answer for one station.
LOOKING_UP: Final = {"enable_hashjoin": "off", "enable_mergejoin": "off"}

_TOO_LONG: Final = "57014"  # the server's own limit on a statement

T = TypeVar("T")


class PgReaders:
    def __init__(self, address: Address, *, name: str, connections: int, patience_s: float) -> None:
        self._loop = LoopThread(name.replace(" ", "-"))
        self._server = address.server
        self._patience_s = patience_s
        self._engine = engine_on(
            address,
            name=name,
            connections=connections,
            statement_s=patience_s,
            wait_s=patience_s,
            settings=LOOKING_UP,
        )
        # One statement is one round trip then: a node that freezes holds nothing from the others.
        self._alone = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reading = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    async def run(self, query: Callable[[Connection], T]) -> T:
        async def attempt() -> T:
            async with self._reading.connect() as connection:
                return await connection.run_sync(query)

        return await self._lasting(attempt)

    async def change(self, work: Callable[[Connection], T]) -> T:
        """One transaction that may write; done again from its beginning if it was cut short."""

        async def attempt() -> T:
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)

        return await self._lasting(attempt)

    async def change_at_once(self, work: Callable[[Connection], T]) -> T:
        """One statement that may be done twice; each is a transaction of its own."""

        async def attempt() -> T:
            async with self._alone.connect() as connection:
                return await connection.run_sync(work)

        return await self._lasting(attempt)

    async def close(self) -> None:
        await self._loop.run(self._engine.dispose())
        await self._loop.close()

    async def _lasting(self, attempt: Callable[[], Awaitable[T]]) -> T:
        try:
            return await self._loop.run(lasting(attempt, patience_s=self._patience_s))
        except FAILURES as error:
            if not is_passing(error) and sqlstate_of(error) != _TOO_LONG:
                raise
            raise StorageAwayError(
                f"the database server {self._server} did not answer within {self._patience_s} s"
            ) from error


def readers_of_records(address: Address) -> PgReaders:
    return PgReaders(
        address,
        name="ogniwo records",
        connections=CONNECTIONS_RECORDS,
        patience_s=STORAGE_PATIENCE_S,
    )


def readers_of_views(address: Address) -> PgReaders:
    return PgReaders(
        address,
        name="ogniwo views",
        connections=CONNECTIONS_VIEWS,
        patience_s=VIEW_PATIENCE_S,
    )
