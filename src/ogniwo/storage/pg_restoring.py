"""A backup put in the place of a PostgreSQL database that no node uses.

Where the user may create databases the backup becomes one beside the old, and when it is whole
the two change names: until then nothing has happened, and the old one is kept. Where the user
may not, the content is replaced in one transaction, if that is really wanted.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import make_url, text

from ogniwo.app.copies import Copy, CopyError, Restored
from ogniwo.base.errors import UsageError
from ogniwo.base.units import Instant, from_instant
from ogniwo.storage.drafts import existing
from ogniwo.storage.pg_connect import (
    FAILURES,
    Address,
    check_server,
    connect,
    engine_on,
    refusal,
    sqlstate_of,
)
from ogniwo.storage.pg_copies import SUMMARY, check_backup
from ogniwo.storage.pg_programs import program, run, run_script
from ogniwo.storage.renewal import begin_anew
from ogniwo.storage.schema import metadata

ADMINISTRATION: Final = "postgres"  # every server has it; one cannot rename what one is in
NAME_BYTES_MAX: Final = 63
JOBS_MAX: Final = 4

_LOOK: Final = """
SELECT ARRAY(SELECT tablename::text FROM pg_tables WHERE schemaname = 'public') AS tables,
  (SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may_create,
  (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database())
    AS is_owner,
  datcollate AS collation, datctype AS kind
FROM pg_database WHERE datname = current_database()
"""
_LIVING: Final = """
SELECT name || ' (' || role || ')' FROM node
WHERE alive_until > extract(epoch FROM clock_timestamp()) * 1000000 ORDER BY number
"""
_OPTIONS: Final = ("--no-owner", "--no-privileges", "--exit-on-error")


class _Target(Struct, frozen=True, kw_only=True):
    server: int
    empty: bool
    may_create: bool
    collation: str
    kind: str


def restore(address: Address, backup: Path, *, now: Instant, force: bool) -> Restored:
    """Errors: CopyError; UsageError while nodes run."""
    return asyncio.run(_restored(address, existing(backup), now, force=force))


async def _restored(address: Address, backup: Path, now: Instant, *, force: bool) -> Restored:
    await check_server(address)
    try:
        target = await _look_at(address)
        reader = program("pg_restore", target.server)
        await asyncio.to_thread(check_backup, backup, reader)
        if not target.empty and target.may_create and await _may_administer(address):
            return await _beside(address, target, reader, backup, now)
        if not target.empty and not force:
            raise CopyError(
                f"user {address.user} may not create databases, or not connect to the one named "
                f"{ADMINISTRATION}, so the one in use cannot be kept: let an administrator say "
                f"ALTER ROLE {address.user} CREATEDB, or back the old one up and overwrite it "
                "with --force"
            )
        return await _in_place(address, target, reader, backup, now)
    except FAILURES as error:
        raise refusal(error, address) from error


async def _look_at(address: Address) -> _Target:
    """Errors: UsageError where nodes live; CopyError."""
    name = f"database {address.database} on {address.server}"
    connection = await connect(address, name="ogniwo restore")
    try:
        found = await connection.fetchrow(_LOOK)
        tables = set(found["tables"])
        if tables and not {"alembic_version", "station", "session"} <= tables:
            raise CopyError(f"{name} is the database of another program: check --database")
        if "node" in tables and (living := await connection.fetch(_LIVING)):
            names = ", ".join(row[0] for row in living)
            raise UsageError(f"nodes run on {name}: stop {names} first")
        return _Target(
            server=connection.get_server_version().major,
            empty=not tables,
            may_create=bool(found["may_create"] and found["is_owner"]),
            collation=found["collation"],
            kind=found["kind"],
        )
    finally:
        await connection.close()


async def _may_administer(address: Address) -> bool:
    try:
        async with _administration(address):
            return True
    except FAILURES:
        return False


async def _beside(
    address: Address, target: _Target, reader: Path, backup: Path, now: Instant
) -> Restored:
    draft = _named(address, "_restoring")
    kept = _named(address, f"_before_{from_instant(now):%Y%m%d_%H%M%S}")
    async with _administration(address) as server:
        await server.execute(f"DROP DATABASE IF EXISTS {_quoted(draft)}")
        locale = f"LC_COLLATE {_literal(target.collation)} LC_CTYPE {_literal(target.kind)}"
        await server.execute(
            f"CREATE DATABASE {_quoted(draft)} TEMPLATE template0 ENCODING 'UTF8' {locale}"
        )
        try:
            jobs = min(JOBS_MAX, os.cpu_count() or 1)
            await asyncio.to_thread(
                run, reader, *_OPTIONS, f"--jobs={jobs}", str(backup), address=draft
            )
            ended = await _renewed(draft, now)
            found = await _summary(draft, address)
            await _swap(server, address, draft, kept)
        except BaseException:
            await server.execute(f"DROP DATABASE IF EXISTS {_quoted(draft)}")
            raise
    return Restored(database=found, kept=f"database {kept.database}", orders_ended=ended)


async def _swap(server: Any, address: Address, draft: Address, kept: Address) -> None:
    try:
        async with server.transaction():
            await server.execute(f"ALTER DATABASE {_quoted(address)} RENAME TO {_quoted(kept)}")
            await server.execute(f"ALTER DATABASE {_quoted(draft)} RENAME TO {_quoted(address)}")
    except FAILURES as error:
        if sqlstate_of(error) != "55006":
            raise
        raise CopyError(
            f"database {address.database} on {address.server} is in use: end what is connected to "
            "it (pg_stat_activity names it) and restore again; nothing has changed"
        ) from error


async def _in_place(
    address: Address, target: _Target, reader: Path, backup: Path, now: Instant
) -> Restored:
    """Tables of a day are dropped with the one that they are part of."""
    script = program("psql", target.server)
    old = [] if target.empty else [*metadata.tables, "alembic_version"]
    drops = "\n".join(f"DROP TABLE IF EXISTS public.{table} CASCADE;" for table in old)
    source = (reader, *_OPTIONS, "--file=-", str(backup))
    await asyncio.to_thread(run_script, script, drops, source, address)
    ended = await _renewed(address, now)
    return Restored(database=await _summary(address, address), kept=None, orders_ended=ended)


async def _renewed(address: Address, now: Instant) -> int:
    engine = engine_on(address, name="ogniwo restore", connections=1)
    try:
        async with engine.begin() as connection:
            ended = await connection.run_sync(begin_anew, now)
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("ANALYZE"))
        return ended
    finally:
        await engine.dispose()


async def _summary(address: Address, name: Address) -> Copy:
    connection = await connect(address, name="ogniwo restore")
    try:
        found = await connection.fetchrow(SUMMARY)
        size = await connection.fetchval("SELECT pg_database_size(current_database())")
    finally:
        await connection.close()
    return Copy(
        path=f"database {name.database} on {name.server}",
        size_bytes=size,
        sessions=found["sessions"],
        newest_event=found["kind"],
        newest_event_at=found["at"],
    )


@asynccontextmanager
async def _administration(address: Address) -> AsyncIterator[Any]:
    connection = await connect(_in(address, ADMINISTRATION), name="ogniwo restore")
    try:
        yield connection
    finally:
        await connection.close()


def _named(address: Address, ending: str) -> Address:
    """A database beside this one, its name cut where PostgreSQL would cut it unasked."""
    stem = address.database.encode()[: NAME_BYTES_MAX - len(ending)].decode(errors="ignore")
    return _in(address, stem + ending)


def _in(address: Address, database: str) -> Address:
    url = make_url(address.dsn).set(database=database)
    return replace(address, dsn=url.render_as_string(hide_password=False), database=database)


def _quoted(address: Address) -> str:
    return '"' + address.database.replace('"', '""') + '"'


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
