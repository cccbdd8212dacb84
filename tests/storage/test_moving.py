"""A network's SQLite database moved to PostgreSQL: everything, or nothing."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from benchmarks.books import Books, fill
from ogniwo.app.copies import CopyError, Moved
from ogniwo.app.filters import Cut, StationFilter
from ogniwo.app.views import EventView, StationView
from ogniwo.base.clock import SystemClock
from ogniwo.base.errors import UsageError
from ogniwo.base.units import to_instant
from ogniwo.storage.data_file import DataFile
from ogniwo.storage.moving import MOVED, columns_of, move
from ogniwo.storage.nodes import PgNodes
from ogniwo.storage.opening import open_storage
from ogniwo.storage.pg_connect import address_from
from ogniwo.storage.sqlite_copies import opened
from tests.services.postgres import Postgres
from tests.system.station import now

NOW: Final = to_instant(now())
BOOKS: Final = Books(stations=40, sessions=400, days=12)

Rows = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Written once for all tests here: none of them changes it."""
    path = tmp_path_factory.mktemp("network") / "ogniwo.db"
    fill(path, BOOKS, until=NOW)
    return path


@contextmanager
def changed(path: Path, folder: Path, *statements: str) -> Iterator[Path]:
    """A copy of the network's file in which somebody has changed something."""
    copy = folder / "ogniwo.db"
    copy.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(copy)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    yield copy


def moved(path: Path, target: str) -> Moved:
    return move(f"sqlite:///{path}", target, now=NOW, told=lambda _: None)


async def in_target(url: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        found: list[asyncpg.Record] = await connection.fetch(query)
        return found
    finally:
        await connection.close()


def there(url: str, query: str) -> Rows:
    return [tuple(it) for it in asyncio.run(in_target(url, query))]


def here(path: Path, query: str) -> Rows:
    with closing(opened(path)) as connection:
        return connection.execute(query).fetchall()


def is_empty(url: str) -> bool:
    names = ("station", "session", "event", "message", "sample", "token", "transaction_id_block")
    return all(there(url, f"SELECT count(*) FROM {name}") == [(0,)] for name in names)


def test_every_row_of_every_table_arrives_as_it_was(network: Path, empty_database_url: str) -> None:
    result = moved(network, empty_database_url)

    assert result.sound
    assert result.findings == ()
    assert {it.name: it.rows for it in result.tables}["session"] == BOOKS.sessions
    for table in MOVED:
        columns = ", ".join(it.name for it in columns_of(table))
        query = f"SELECT {columns} FROM {table.name} ORDER BY 1, 2"
        assert there(empty_database_url, query) == here(network, query), table.name


def test_readings_and_messages_lie_in_the_tables_of_their_days(
    network: Path, empty_database_url: str
) -> None:
    moved(network, empty_database_url)

    for table in ("message", "sample"):
        assert there(empty_database_url, f"SELECT count(*) FROM {table}_rest") == [(0,)]
        (days,) = there(empty_database_url, f"SELECT count(DISTINCT tableoid) FROM {table}")
        assert int(str(days[0])) >= BOOKS.days - 1


def test_a_node_goes_on_where_the_server_stopped(
    network: Path, tmp_path: Path, empty_database_url: str
) -> None:
    connected = "UPDATE station_head SET connected_since = 1, owner = 0"
    with changed(network, tmp_path, connected) as path:
        moved(path, empty_database_url)

    async def look() -> tuple[list[EventView], list[StationView], int]:
        storage = await open_storage(empty_database_url, clock=SystemClock())
        try:
            events = await storage.read_models.events(after=0, limit=100)
            stations = await storage.read_models.stations(StationFilter(), Cut())
            first = await storage.records.reserve_transaction_ids(100)
            return events, stations.items, first
        finally:
            await storage.close()

    events, stations, first = asyncio.run(look())
    assert len(events) == 100
    assert [it.id for it in events] == sorted(it.id for it in events)
    assert len(stations) == BOOKS.stations
    assert not any(it.connected for it in stations)
    assert first == BOOKS.sessions + 1


def test_text_that_postgresql_cannot_hold_is_mended_and_counted(
    network: Path, tmp_path: Path, empty_database_url: str
) -> None:
    with changed(
        network,
        tmp_path,
        "UPDATE station SET model = 'Duo' || char(0) || '22' WHERE identity = 'PL-WAW-000003'",
        "UPDATE station SET vendor = CAST(x'41ff42' AS TEXT) WHERE identity = 'PL-WAW-000004'",
        "UPDATE message SET notes = char(0) WHERE id = (SELECT max(id) FROM message)",
    ) as path:
        result = moved(path, empty_database_url)

    assert (result.sound, result.mended) == (True, 3)
    query = "SELECT model, vendor FROM station WHERE identity IN ('PL-WAW-000003', 'PL-WAW-000004')"
    told = {text for row in there(empty_database_url, query) for text in row}
    assert {"Duo?22", "A?B"} <= told


def test_a_target_that_holds_anything_is_refused_and_left_alone(
    network: Path, postgres: Postgres, database_url: str
) -> None:
    database = database_url.rpartition("/")[2]
    postgres.run("INSERT INTO token (uid, org_id, type, status, concurrent, created_at)"
                 " VALUES ('A', 1, 'rfid', 'accepted', false, 0)", database)  # fmt: skip

    with pytest.raises(UsageError, match="not empty"):
        moved(network, database_url)
    assert there(database_url, "SELECT uid FROM token") == [("A",)]
    assert there(database_url, "SELECT count(*) FROM session") == [(0,)]


def test_a_target_with_a_node_on_it_is_refused(network: Path, database_url: str) -> None:
    async def join() -> None:
        nodes = PgNodes(address_from(database_url))
        await nodes.join("busy-one", "worker")
        await nodes.close()

    asyncio.run(join())

    with pytest.raises(UsageError, match="busy-one"):
        moved(network, database_url)


def test_a_source_with_a_server_on_it_is_refused(network: Path, empty_database_url: str) -> None:
    with DataFile(network), pytest.raises(UsageError, match="in use"):
        moved(network, empty_database_url)


def test_a_row_that_cannot_be_taken_over_leaves_the_target_empty_for_the_next_try(
    network: Path, tmp_path: Path, empty_database_url: str
) -> None:
    """The last table but a few fails, after most of the rows have gone over."""
    with (
        changed(network, tmp_path, "UPDATE token SET created_at = 'yesterday'") as path,
        pytest.raises(CopyError, match="token"),
    ):
        moved(path, empty_database_url)

    assert is_empty(empty_database_url)
    assert moved(network, empty_database_url).sound


def test_what_arrives_otherwise_than_it_was_sent_is_noticed_and_not_kept(
    network: Path, postgres: Postgres, database_url: str
) -> None:
    """Somebody's trigger meddles with a bill on its way."""
    database = database_url.rpartition("/")[2]
    postgres.run(
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN NEW.energy_wh := NEW.energy_wh + 1; RETURN NEW; END';"
        " CREATE TRIGGER meddle BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION meddle()",
        database,
    )

    result = moved(network, database_url)

    assert not result.sound
    assert {it.name: it.differing for it in result.tables if it.differing} == {
        "session": ("energy_wh",)
    }
    assert is_empty(database_url)


def test_what_is_wrong_with_the_books_already_is_no_fault_of_the_move(
    network: Path, tmp_path: Path, empty_database_url: str
) -> None:
    with changed(network, tmp_path, "UPDATE session SET energy_wh = energy_wh + 1") as path:
        result = moved(path, empty_database_url)

    assert (result.sound, result.findings) == (True, ())


@pytest.mark.parametrize("wrong", ["both-sqlite", "turned-round"])
def test_only_from_sqlite_to_postgresql(network: Path, database_url: str, wrong: str) -> None:
    source, target = f"sqlite:///{network}", database_url
    if wrong == "both-sqlite":
        target = source
    else:
        source, target = target, source

    with pytest.raises(UsageError, match="--from"):
        move(source, target, now=NOW, told=lambda _: None)
