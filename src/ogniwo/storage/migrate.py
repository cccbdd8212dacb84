"""Brings a database to the schema of this program, and refuses one from a later program.

A revision says in ``phase`` when it may run: "pre" only adds, so the program before goes on
beside it; "post" takes away what that program needed, so every node must be on this one. A
node applies "pre" by itself; "post" is an administrator's word. A new database gets everything,
and so does SQLite, which one process uses alone.
"""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from ogniwo.base.errors import UsageError
from ogniwo.storage.data_file import DataFile, path_from
from ogniwo.storage.pg_connect import (
    FAILURES,
    Address,
    address_from,
    check_server,
    engine_on,
    is_postgresql,
    lasting,
    refusal,
    sqlstate_of,
)
from ogniwo.storage.readers import sqlite_engine

MIGRATIONS: Final = Path(__file__).with_name("migrations")
ONE_AT_A_TIME: Final = 6_713_480_112  # of PostgreSQL's advisory locks, ours for migrations
# A migration that waits for a table makes everybody else wait for it too: give up, try again.
LOCK_S: Final = 2
PATIENCE_S: Final = 60.0

_OURS: Final = {"alembic_version", "station", "session"}


class Phase(StrEnum):
    PRE = "pre"
    POST = "post"


def migrate(url: str, *, phase: Phase | None = None) -> str:
    """For the command line: what was migrated; all of it without ``phase``. Errors: UsageError."""
    if is_postgresql(url):
        address = address_from(url)
        asyncio.run(_migrate_server(address, phase))
        return f"database {address.database} on {address.server}"
    with DataFile(path_from(url)) as file:
        migrate_file(file)
        return str(file.path)


def migrate_file(file: DataFile, *, migrations: Path = MIGRATIONS) -> None:
    engine = sqlite_engine(file.path, writable=True)
    try:
        with engine.begin() as connection:
            _upgrade(connection, str(file.path), "give another --data-dir", None, migrations)
    except DBAPIError as error:
        raise UsageError(
            f"{file.path} cannot be brought to this program's schema ({error.orig}): "
            "check the disk's space, or restore a backup"
        ) from error
    finally:
        engine.dispose()


async def _migrate_server(address: Address, phase: Phase | None) -> None:
    await check_server(address)
    await migrate_server(address, phase=phase)


async def migrate_server(
    address: Address, *, phase: Phase | None, migrations: Path = MIGRATIONS
) -> None:
    """Several nodes may start at once: one migrates, the others find it done."""
    engine = engine_on(address, name="ogniwo migration", connections=1)
    name = f"database {address.database} on {address.server}"

    def run(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_S}s'"))
        _upgrade(connection, name, "name one of our own in --database", phase, migrations)

    async def attempt() -> None:
        async with engine.begin() as connection:
            await connection.run_sync(run)

    try:
        await lasting(attempt, patience_s=PATIENCE_S)
    except FAILURES as error:
        if sqlstate_of(error) == "55P03":
            raise UsageError(
                f"{name} cannot be migrated while another program holds its tables: "
                "end long queries and backups, then try again"
            ) from error
        raise refusal(error, address) from error
    finally:
        await engine.dispose()


def _upgrade(
    connection: Connection, name: str, elsewhere: str, phase: Phase | None, migrations: Path
) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    waiting = _waiting(connection, scripts, name, elsewhere)
    if target := _target(waiting, phase, name):
        command.upgrade(config, target)


def _waiting(
    connection: Connection, scripts: ScriptDirectory, name: str, elsewhere: str
) -> Sequence[Script]:
    """The revisions that the database lacks, oldest first."""
    current = MigrationContext.configure(connection).get_current_revision()
    tables = set(inspect(connection).get_table_names())
    revisions = [*scripts.walk_revisions()]
    known = [script.revision for script in revisions]
    if current is None and not tables - {"alembic_version"}:
        return revisions[::-1]
    if not tables >= _OURS:
        raise UsageError(f"{name} is the database of another program: {elsewhere}")
    if current not in known:
        raise UsageError(
            f"{name} was written by a newer ogniwo (schema {current}): "
            "update this program, or restore the backup made before the update"
        )
    return revisions[: known.index(current)][::-1]


def _target(waiting: Sequence[Script], phase: Phase | None, name: str) -> str | None:
    """How far to go; None: nowhere."""
    phases = [Phase(script.module.phase) for script in waiting]
    is_new = bool(waiting) and waiting[0].down_revision is None
    if phase is None or is_new or not waiting:
        return waiting[-1].revision if waiting else None
    if phase is Phase.POST:
        if Phase.PRE in phases:
            raise UsageError(
                f"{name} has not been prepared for this program: run `ogniwo db migrate --pre`, "
                "start every node with this program, then migrate --post"
            )
        return waiting[-1].revision
    before_post = phases.index(Phase.POST) if Phase.POST in phases else len(phases)
    if Phase.PRE in phases[before_post:]:
        raise UsageError(
            f"{name} lacks the second half of an earlier update: when no node of a program older "
            "than that one runs any more, run `ogniwo db migrate --post` of that program"
        )
    return waiting[before_post - 1].revision if before_post else None
