"""Two halves of an update: what may run beside the program before, and what must wait."""

import asyncio
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Final

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from ogniwo.base.errors import UsageError
from ogniwo.storage.migrate import MIGRATIONS, Phase, migrate, migrate_server
from ogniwo.storage.pg_connect import address_from, engine_on
from ogniwo.storage.schema import SCHEMA_VERSION, metadata
from tests.services.postgres import Postgres

REVISION: Final = """
from alembic import op
revision, down_revision, branch_labels, depends_on = "{revision}", "{after}", None, None
phase = "{phase}"

def upgrade():
    op.execute("CREATE TABLE made_by_{revision} ()")
"""


INDEXES: Final = """
SELECT indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename NOT LIKE '%_rest' AND tablename <> 'alembic_version'
ORDER BY 1
"""
TABLES: Final = """
SELECT relname, reloptions, relkind FROM pg_class
WHERE reloptions IS NOT NULL AND relnamespace = 'public'::regnamespace OR relkind = 'p' ORDER BY 1
"""
COLUMNS: Final = """
SELECT table_name, column_name, column_default, collation_name, is_nullable
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name NOT LIKE '%_rest'
AND table_name <> 'alembic_version' ORDER BY 1, 2
"""


def test_every_revision_says_when_it_may_run() -> None:
    revisions = list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())

    assert revisions[0].revision == SCHEMA_VERSION
    assert {it.module.phase for it in revisions} <= {"pre", "post"}


def later(steps: int) -> str:
    return f"{int(SCHEMA_VERSION) + steps:04}"


class Update:
    """A later program: our migrations and some more."""

    def __init__(self, folder: Path, url: str, server: Postgres) -> None:
        self._folder = folder / "migrations"
        self._url = url
        self._server = server
        self._newest = SCHEMA_VERSION
        shutil.copytree(MIGRATIONS, self._folder)

    def adds(self, *phases: str) -> None:
        for phase in phases:
            after, self._newest = self._newest, f"{int(self._newest) + 1:04}"
            text = REVISION.format(revision=self._newest, after=after, phase=phase)
            (self._folder / "versions" / f"{self._newest}.py").write_text(text)

    def run(self, phase: Phase | None) -> str:
        address = address_from(self._url)
        asyncio.run(migrate_server(address, phase=phase, migrations=self._folder))
        return self.version()

    def version(self) -> str:
        database = address_from(self._url).database
        return self._server.run("SELECT version_num FROM alembic_version", database)


@pytest.fixture
def update(tmp_path: Path, database_url: str, postgres: Postgres) -> Update:
    return Update(tmp_path, database_url, postgres)


def test_a_node_does_the_first_half_alone(update: Update) -> None:
    update.adds("pre", "pre", "post")

    assert update.run(Phase.PRE) == later(2)
    assert update.run(Phase.PRE) == later(2)
    assert update.run(Phase.POST) == later(3)


def test_the_second_half_waits_for_the_first(update: Update) -> None:
    update.adds("pre", "post")

    with pytest.raises(UsageError, match=r"not been prepared .*`ogniwo db migrate --pre`"):
        update.run(Phase.POST)
    assert update.version() == SCHEMA_VERSION


def test_an_update_waits_for_the_second_half_of_the_one_before(update: Update) -> None:
    update.adds("pre", "post", "pre")

    with pytest.raises(UsageError, match=r"second half of an earlier update.*migrate --post"):
        update.run(Phase.PRE)
    assert update.version() == SCHEMA_VERSION
    assert update.run(None) == later(3)


def test_a_failed_migration_leaves_nothing_behind(update: Update, database_url: str) -> None:
    update.adds("pre")
    migration = update._folder / "versions" / f"{later(1)}.py"
    migration.write_text(migration.read_text() + '    op.execute("SELECT 1 / 0")\n')

    with pytest.raises(UsageError, match="division by zero"):
        update.run(Phase.PRE)

    assert update.version() == SCHEMA_VERSION


def test_a_new_database_gets_everything_at_once(
    tmp_path: Path, empty_database_url: str, postgres: Postgres
) -> None:
    update = Update(tmp_path, empty_database_url, postgres)
    update.adds("pre", "post", "pre", "post")

    assert update.run(Phase.PRE) == later(4)


OPEN: Final = """
    import asyncio, sys
    from ogniwo.base.clock import SystemClock
    from ogniwo.storage.opening import open_storage

    async def main():
        storage = await open_storage(sys.argv[1], clock=SystemClock())
        print(await storage.nodes.join("node", "all"), flush=True)
        await storage.close()

    asyncio.run(main())
"""


def test_nodes_that_start_at_once_on_a_new_database_all_start(empty_database_url: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(OPEN), empty_database_url]
    nodes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [node.communicate(timeout=50) for node in nodes]

    assert [node.returncode for node in nodes] == [0, 0, 0], told
    assert sorted(int(number) for number, _ in told) == [1, 2, 3]


def test_a_database_of_a_newer_program_is_refused_untouched(
    database_url: str, postgres: Postgres
) -> None:
    database = address_from(database_url).database
    postgres.run("UPDATE alembic_version SET version_num = '9999'", database)

    with pytest.raises(UsageError, match=r"newer ogniwo \(schema 9999\): update this program"):
        migrate(database_url)

    assert postgres.run("SELECT version_num FROM alembic_version", database) == "9999"


def test_the_database_of_another_program_is_refused(
    empty_database_url: str, postgres: Postgres
) -> None:
    postgres.run("CREATE TABLE recipes (name text)", address_from(empty_database_url).database)

    with pytest.raises(UsageError, match="is the database of another program"):
        migrate(empty_database_url)


def test_a_table_that_somebody_holds_is_not_waited_for_long(
    update: Update, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogniwo.storage.migrate.LOCK_S", 0.1)
    monkeypatch.setattr("ogniwo.storage.migrate.PATIENCE_S", 2.0)
    update.adds("pre")
    migration = update._folder / "versions" / f"{later(1)}.py"
    migration.write_text(
        migration.read_text().replace(f"CREATE TABLE made_by_{later(1)} ()", "LOCK TABLE session")
    )

    async def hold() -> None:
        engine = engine_on(address_from(database_url), name="holder", connections=1)
        try:
            async with engine.begin() as connection:
                await connection.exec_driver_sql("LOCK TABLE session")
                with pytest.raises(UsageError, match="while another program holds its tables"):
                    await asyncio.to_thread(update.run, Phase.PRE)
        finally:
            await engine.dispose()

    asyncio.run(hold())
    assert update.run(Phase.PRE) == later(1)


def test_migrations_make_the_schema_that_the_program_knows(empty_database_url: str) -> None:
    migrate(empty_database_url)

    async def compared() -> list[object]:
        engine = engine_on(address_from(empty_database_url), name="test", connections=1)
        async with engine.connect() as connection:
            differences = await connection.run_sync(_differences)
        await engine.dispose()
        return differences

    assert asyncio.run(compared()) == []


def _differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "include_object": _is_ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def _is_ours(_: object, name: str | None, kind: str, *__: object) -> bool:
    """Parts of the partitioned tables are listed as tables."""
    return kind != "table" or name in metadata.tables


def test_partial_indexes_and_room_on_pages_are_as_the_schema_says(
    postgres: Postgres,
) -> None:
    migrated, created = (postgres.new_database(empty=True) for _ in range(2))
    migrate(postgres.url(migrated))

    async def create() -> None:
        engine = engine_on(address_from(postgres.url(created)), name="test", connections=1)
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        await engine.dispose()

    asyncio.run(create())
    for query in (INDEXES, TABLES, COLUMNS):
        assert postgres.run(query, migrated) == postgres.run(query, created)
    for database in (migrated, created):
        postgres.drop(database)
