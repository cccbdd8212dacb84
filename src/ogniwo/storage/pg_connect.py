"""The way to a PostgreSQL server: what a URL says, how connections are set up, what errors mean.

Every sentence that a person reads about the server is made here, and none holds a password.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeVar

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ogniwo.base.errors import UsageError

SERVER_MIN: Final = (
    15  # MERGE, security of views and rights on the public schema as we rely on them
)
CONNECT_S: Final = 5.0  # a server that does not answer by then is away
STARTING_S: Final = 10.0  # one that just starts is waited for
STARTING_STEP_S: Final = 0.2
IDLE_IN_TRANSACTION_S: Final = 10  # a node that froze must not hold a station from the others

_STARTING: Final = "57P03"
# Connections, resources, operator intervention, the server's own disk, a stand-by that took over,
# and what two nodes did to each other: all of it passes.
_PASSING: Final = ("08", "53", "57P", "58", "25006", "40001", "40P01", "55P03")

# What goes wrong between us and the server, with SQLAlchemy between or without.
FAILURES: Final = (
    OSError,
    DBAPIError,
    PoolTimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # e.g. of several servers none is the one asked for
)

T = TypeVar("T")


@dataclass(frozen=True)
class Address:
    dsn: str = field(repr=False)  # with the password
    server: str
    database: str
    user: str


def is_postgresql(url: str) -> bool:
    return url.startswith(("postgresql:", "postgres:"))


def address_from(url: str) -> Address:
    """Errors: UsageError."""
    scheme, _, rest = url.partition(":")
    try:
        parsed = make_url(f"postgresql:{rest}")
    except (ArgumentError, ValueError) as error:
        raise UsageError(
            f"--database {scheme}:... is no URL: use postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        ) from error
    if not parsed.database or not parsed.host:
        raise UsageError(
            f"--database {parsed.render_as_string(hide_password=True)} names no host or no "
            "database: use postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        )
    return Address(
        dsn=f"postgresql:{rest}",
        server=f"{parsed.host}:{parsed.port or 5432}",
        database=parsed.database,
        user=parsed.username or "of the operating system",
    )


async def connect(
    address: Address,
    *,
    name: str,
    statement_s: float | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> "asyncpg.Connection":
    """``name`` is what the server's administrator sees. Errors: those of the driver, OSError."""
    its = {
        "application_name": name,
        "default_transaction_isolation": "read committed",
        "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_S}s",
        "jit": "off",  # compiling takes longer than any of our questions
        "timezone": "UTC",
        **settings,
    }
    if statement_s is not None:
        its["statement_timeout"] = f"{round(statement_s * 1000)}ms"
    return await asyncpg.connect(address.dsn, timeout=CONNECT_S, server_settings=its)


def engine_on(
    address: Address,
    *,
    name: str,
    connections: int,
    statement_s: float | None = None,
    wait_s: float = 30.0,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> AsyncEngine:
    async def connection() -> object:
        return await connect(address, name=name, statement_s=statement_s, settings=settings)

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connection,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=wait_s,
        hide_parameters=True,  # what stations and people send is nothing for a log
    )


async def check_server(address: Address) -> None:
    """That the server is there, lets us in, and is one we can use. Errors: UsageError."""
    connection = await _first_connection(address)
    try:
        _check_version(connection.get_server_version().major, address)
        encoding = connection.get_settings().server_encoding
        if encoding != "UTF8":
            raise UsageError(
                f"database {address.database} on {address.server} is encoded in {encoding}: "
                "create one WITH ENCODING 'UTF8' TEMPLATE template0"
            )
    finally:
        await connection.close()


async def _first_connection(address: Address) -> "asyncpg.Connection":
    loop = asyncio.get_running_loop()
    deadline = loop.time() + STARTING_S
    while True:
        try:
            return await connect(address, name="ogniwo start")
        except (*FAILURES, ValueError) as error:
            if sqlstate_of(error) != _STARTING or loop.time() > deadline:
                raise refusal(error, address) from error
        await asyncio.sleep(STARTING_STEP_S)


def _check_version(major: int, address: Address) -> None:
    if major < SERVER_MIN:
        raise UsageError(
            f"the database server {address.server} is PostgreSQL {major}: use {SERVER_MIN} or newer"
        )


def refusal(error: BaseException, address: Address) -> UsageError:
    """What went wrong with the server, for the person who started us."""
    server, database, user = address.server, address.database, address.user
    state = sqlstate_of(error) or ""
    if state.startswith("28"):
        return UsageError(
            f"the database server {server} refuses user {user}: "
            "check the user and the password in --database"
        )
    if state == "3D000":
        return UsageError(
            f"there is no database {database} on {server}: create it, or check --database"
        )
    if state == "42501":
        return UsageError(
            f"user {user} may not do what is needed in database {database} on {server} "
            f"({_reason(error)}): make that user the owner of the database"
        )
    if state:
        return UsageError(
            f"the database server {server} cannot be used ({_reason(error)}): "
            "look at the server's log"
        )
    return UsageError(
        f"the database server {server} cannot be reached ({_reason(error)}): "
        "start it, or check --database"
    )


def sqlstate_of(error: BaseException) -> str | None:
    """The server's code for an error, however deep the driver wrapped it."""
    seen: BaseException | None = error
    while seen is not None:
        code = getattr(seen, "sqlstate", None)
        if isinstance(code, str):
            return code
        seen = seen.orig if isinstance(seen, DBAPIError) else seen.__cause__
    return None


def is_passing(error: BaseException) -> bool:
    """True where trying again, perhaps on another connection, may well succeed."""
    if isinstance(error, OSError | PoolTimeoutError | TimeoutError):
        return True
    driver = _driver_s(error)
    if isinstance(driver, asyncpg.InvalidCachedStatementError):
        return True  # a migration changed a table: it is planned anew
    state = sqlstate_of(error)
    if state is not None:
        return state != "57014" and state.startswith(_PASSING)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(driver, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError)


def _driver_s(error: BaseException) -> BaseException:
    """The driver's own error, from what SQLAlchemy made of it."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig.__cause__ or error.orig
    return error


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    error = _driver_s(error)
    return (str(error) or type(error).__name__).splitlines()[0]


async def lasting(work: Callable[[], Awaitable[T]], *, patience_s: float, step_s: float = 0.1) -> T:
    """Tries again, for as long as ``patience_s``, what fails because the server is away.

    Errors: the last one; TimeoutError where there was none, only no answer.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_s
    last: BaseException | None = None
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                return await work()
        except FAILURES as error:
            if not is_passing(error):
                raise
            if last is None or not isinstance(error, TimeoutError):
                last = error
        if loop.time() + step_s >= deadline:
            raise last
        await asyncio.sleep(step_s)
