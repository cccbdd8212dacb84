"""One connection of the writer: its settings, its prepared statements, its patience."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import asyncpg

from ogniwo.base.errors import invariant
from ogniwo.storage.pg_statements import NOW_US, WHOLE, Shape, WholeRows, text_of

CONNECT_S_MAX: Final = 5.0
CLOSE_S_MAX: Final = 2.0
LOCK_S_MAX: Final = 4  # claims are short
STATEMENT_S_MAX: Final = 6  # then the server gives up, and it is known that nothing was stored
ANSWER_S_MAX: Final = 8.0  # then the network has gone silent, and it is not known
FORMER_MS_MAX: Final = 2_000
STATEMENTS_MAX: Final = 100  # with its plan each takes some 400 kB of the server

invariant(LOCK_S_MAX < STATEMENT_S_MAX < ANSWER_S_MAX, "whoever knows more gives up first")

SETTINGS: Final = {
    "default_transaction_isolation": "read committed",  # a fence is looked at again after a wait
    "statement_timeout": f"{STATEMENT_S_MAX}s",
    "lock_timeout": f"{LOCK_S_MAX}s",
    "idle_in_transaction_session_timeout": "10s",
    # The server's side of a connection that was cut holds its locks until it is noticed.
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "8000",
    # A batch looks its rows up by key, however small the tables were when it was planned.
    "plan_cache_mode": "force_generic_plan",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "jit": "off",
}
_SET: Final = (
    "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS it (name, value)"
)
# What is acknowledged is durable, whatever the database's other users are content with.
_COMMIT_DURABLY: Final = (
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)
# An earlier connection of ours may still be at work for us, cut off from here.
_END_FORMER: Final = (
    "SELECT pg_terminate_backend(pid, $2) FROM pg_stat_activity"
    " WHERE application_name = $1 AND pid <> pg_backend_pid()"
)
# Of processes that were killed: whoever lives has newer ones, and asks for nothing as old.
_FORGET_OTHERS: Final = (
    f"DELETE FROM writer_batch WHERE at < {NOW_US} - 30 * 86400000000 AND writer <> $1"  # noqa: S608 - words of our own
)
_COLUMNS: Final = (
    "SELECT relname, array_agg(attname ORDER BY attnum) AS names"
    " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
    " WHERE attrelid = ANY ($1::text[]::regclass[]) AND attnum > 0 AND NOT attisdropped"
    " GROUP BY relname"
)


class FormerConnectionError(OSError):
    """The server still works for a connection of ours that we have given up."""


class PgSession:
    """Every wait for the server ends in time: then the connection is cut, and this closed."""

    def __init__(self, connection: Any, whole_rows: WholeRows) -> None:
        self.whole_rows = whole_rows
        self._connection = connection
        self._prepared: OrderedDict[Shape, Any] = OrderedDict()
        self._drawn = 0

    @property
    def closed(self) -> bool:
        return bool(self._connection.is_closed())

    async def run(self, shape: Shape, parameters: list[object]) -> tuple[int, int]:
        """The statement of that shape: how many fences held, how many rows were matched."""
        with _patience(self._connection):
            statement = self._prepared.get(shape)
            if statement is None:
                statement = await self._prepare(shape)
            self._prepared.move_to_end(shape)
            ((fenced, matched),) = await statement.fetch(*parameters)
        return fenced, matched

    async def rows(self, query: str, *parameters: object) -> list[Any]:
        with _patience(self._connection):
            return list(await self._connection.fetch(query, *parameters))

    async def execute(self, command: str) -> None:
        with _patience(self._connection):
            await self._connection.execute(command)

    async def close(self) -> None:
        await self._connection.close(timeout=CLOSE_S_MAX)

    async def _prepare(self, shape: Shape) -> Any:
        self._drawn += 1  # without a name of its own the next statement would take its place
        name = f"ogniwo_{self._drawn}"
        statement = await self._connection.prepare(text_of(shape, self.whole_rows), name=name)
        self._prepared[shape] = statement
        if len(self._prepared) > STATEMENTS_MAX:
            self._prepared.popitem(last=False)  # the driver tells the server when it is collected
        return statement


async def open_session(url: str, name: str) -> PgSession:
    """``name`` is this writer's alone: what still runs under it is ended first."""
    connection = await asyncpg.connect(
        url,
        timeout=CONNECT_S_MAX,
        statement_cache_size=0,
        target_session_attrs="read-write",
        server_settings={"application_name": name},
    )
    try:
        with _patience(connection):
            return await _prepared(connection, name)
    except BaseException:
        connection.terminate()
        raise


async def _prepared(connection: Any, name: str) -> PgSession:
    session = PgSession(connection, {})
    await session.rows(_SET, list(SETTINGS), list(SETTINGS.values()))
    await session.execute(_COMMIT_DURABLY)
    if not all(row[0] for row in await session.rows(_END_FORMER, name, FORMER_MS_MAX)):
        raise FormerConnectionError("the server does not end the connection before")
    await session.rows(_FORGET_OTHERS, name)
    await connection.set_type_codec(
        "bool", schema="pg_catalog", encoder=_to_bool, decoder=_from_bool, format="binary"
    )
    # The driver learns the types of rows here; a table that changes between this and the next
    # question is no longer ``whole``, one that changes later is refused by the server.
    await connection.prepare(f"SELECT {', '.join(f'NULL::{it}[]' for it in WHOLE)}")
    found = await session.rows(_COLUMNS, list(WHOLE))
    session.whole_rows = {row["relname"]: row["names"] for row in found}
    return session


def _to_bool(value: object) -> bytes:
    """Truth is an integer in ``rows``, which the driver's own codec would refuse."""
    return b"\1" if value else b"\0"


def _from_bool(value: bytes) -> bool:
    return value == b"\1"


@contextmanager
def _patience(connection: Any) -> Iterator[None]:
    """For one answer. The connection is cut without a word: nobody may be there to hear it."""
    end = asyncio.get_running_loop().call_later(ANSWER_S_MAX, connection.terminate)
    try:
        yield
    finally:
        end.cancel()
