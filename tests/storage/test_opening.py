"""What a person sees when the data directory cannot be used, and that it is left as it was."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ogniwo.app.filters import Cut, StationFilter
from ogniwo.base.errors import UsageError
from ogniwo.storage.data_file import DataFile, path_from
from ogniwo.storage.migrate import migrate
from ogniwo.storage.readers import sqlite_engine
from ogniwo.storage.schema import metadata
from tests.storage.engines import SQLITE, Engine, on_every_engine
from tests.storage.trade import a_station

THREADED = SQLITE


def url(folder: Path) -> str:
    return THREADED.url(folder)


@on_every_engine
async def test_what_was_written_is_there_after_a_restart(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A")])
    async with engine.opened(tmp_path) as storage:
        page = await storage.read_models.stations(StationFilter(), Cut())

    assert [it.id for it in page.items] == ["A"]


async def test_a_closed_database_is_one_file_and_its_lock(tmp_path: Path) -> None:
    async with THREADED.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A")])

    assert _names(tmp_path) == ["ogniwo.db", "ogniwo.db.lock"]


def _names(folder: Path) -> list[str]:
    return sorted(it.name for it in folder.iterdir())


def test_migrations_make_the_schema_that_the_program_knows(tmp_path: Path) -> None:
    migrate(url(tmp_path))

    engine = sqlite_engine(tmp_path / "ogniwo.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_partial_indexes_say_the_same_in_migrations_and_schema(tmp_path: Path) -> None:
    migrate(url(tmp_path / "migrated"))
    created = sqlite_engine(tmp_path / "created.db", writable=True)
    with created.begin() as connection:
        metadata.create_all(connection)
    created.dispose()

    assert _indexes(tmp_path / "migrated" / "ogniwo.db") == _indexes(tmp_path / "created.db")


def _indexes(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
    ).fetchall()
    connection.close()
    return [sql for (sql,) in rows]


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    migrate(url(tmp_path))
    migrate(url(tmp_path))


def test_a_database_of_a_newer_program_is_refused_untouched(tmp_path: Path) -> None:
    migrate(url(tmp_path))
    connection = sqlite3.connect(tmp_path / "ogniwo.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()

    with pytest.raises(UsageError, match=r"newer ogniwo \(schema 9999\): update this program"):
        migrate(url(tmp_path))

    assert connection.execute("SELECT * FROM alembic_version").fetchall() == [("9999",)]
    connection.close()


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "ogniwo.db")
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()

    with pytest.raises(UsageError, match="another program: give another --data-dir"):
        migrate(url(tmp_path))


def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    text = b"Dear diary, " * 500
    (tmp_path / "ogniwo.db").write_bytes(text)

    with pytest.raises(UsageError, match=r"\(file is not a database\): move the file away"):
        migrate(url(tmp_path))

    assert (tmp_path / "ogniwo.db").read_bytes() == text


def test_a_database_locked_by_another_program_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogniwo.storage.data_file.LOCKED_PATIENCE_S", 0.05)
    migrate(url(tmp_path))
    other = sqlite3.connect(tmp_path / "ogniwo.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(UsageError, match="end the program that has locked it"):
        migrate(url(tmp_path))
    other.close()


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match=r"file/data cannot be written to .* --data-dir"):
        migrate(url(tmp_path / "file" / "data"))


@pytest.mark.parametrize("wrong", ["mysql://host/db", "sqlite://", "nonsense"])
def test_a_url_that_cannot_be_used_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match="sqlite:///PATH"):
        path_from(wrong)


def test_a_second_server_on_one_directory_is_refused_by_name(tmp_path: Path) -> None:
    with (
        DataFile(tmp_path / "ogniwo.db"),
        pytest.raises(UsageError, match=rf"another ogniwo \(process {os.getpid()}\)"),
    ):
        migrate(url(tmp_path))
    migrate(url(tmp_path))  # free again


HOLD = """
    import sys, time
    from pathlib import Path
    from ogniwo.storage.data_file import DataFile

    with DataFile(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)
"""


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "ogniwo.db"
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLD), str(path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match=rf"process {holder.pid}\): stop that one"):
            DataFile(path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        DataFile(path).close()
