"""Brings a database to the schema of this program, and refuses one from a later program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from ogniwo.base.errors import UsageError
from ogniwo.storage.data_file import DataFile, path_from
from ogniwo.storage.readers import sqlite_engine

_MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(url: str) -> None:
    """For the command line: takes the lock, migrates, lets go."""
    with DataFile(path_from(url)) as file:
        migrate_file(file)


def migrate_file(file: DataFile) -> None:
    engine = sqlite_engine(file.path, writable=True)
    try:
        with engine.begin() as connection:
            _check_is_ours(connection, file.path)
            config = Config()
            config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise UsageError(
            f"{file.path} cannot be brought to this program's schema ({error.orig}): "
            "check the disk's space, or restore a backup"
        ) from error
    finally:
        engine.dispose()


def _check_is_ours(connection: Connection, path: Path) -> None:
    version = MigrationContext.configure(connection).get_current_revision()
    if version is None:
        if inspect(connection).get_table_names():
            raise UsageError(f"{path} is the database of another program: give another --data-dir")
        return
    known = {script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}
    if version not in known:
        raise UsageError(
            f"{path} was written by a newer ogniwo (schema {version}): "
            "update this program, or restore the backup made before the update"
        )
