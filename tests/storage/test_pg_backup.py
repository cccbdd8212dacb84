"""Copies of a PostgreSQL database made while a node writes, and copies put in its place."""

import asyncio
from collections.abc import Iterator
from os import urandom as random_bytes
from pathlib import Path
from typing import Final

import pytest

from ogniwo.app.copies import CopyError, Restored
from ogniwo.base.clock import SystemClock
from ogniwo.base.errors import UsageError
from ogniwo.base.units import to_instant
from ogniwo.storage.batch import StoredRow
from ogniwo.storage.copies import back_up, restore
from ogniwo.storage.nodes import PgNodes
from ogniwo.storage.opening import Storage, open_storage
from ogniwo.storage.pg_connect import address_from
from ogniwo.storage.pg_programs import program, run
from tests.services.postgres import PASSWORD, Postgres
from tests.storage.engines import NODE
from tests.storage.trade import (
    a_charging_station,
    a_command,
    a_message,
    a_session,
    a_station,
    an_event,
)
from tests.system.station import now

NOW: Final = to_instant(now())
POOR: Final = "ogniwo_poor"  # a user who may not create databases
FAR_AHEAD: Final = 2**40  # of any number that a transaction of the tests gets


@pytest.fixture
def poor_database_url(postgres: Postgres) -> Iterator[str]:
    """As a provider gives it: the user has the one database and no other rights."""
    postgres.run(f"CREATE ROLE {POOR} LOGIN PASSWORD '{PASSWORD}'")
    postgres.run(f"CREATE DATABASE poor OWNER {POOR} TEMPLATE template0 ENCODING 'UTF8'")
    yield postgres.url("poor").replace("//ogniwo:", f"//{POOR}:")
    postgres.drop("poor")
    postgres.run(f"DROP ROLE {POOR}")


async def opened(url: str) -> Storage:
    return await open_storage(url, clock=SystemClock())


async def fill(url: str) -> None:
    station = a_station(1)
    storage = await opened(url)
    try:
        await storage.writer.write(
            [station, a_session(2, station), an_event(3, station), a_command(4, station)]
        )
        await storage.records.claim([station.identity], node=NODE, seize=True)
    finally:
        await storage.close()


async def write(url: str, session: int, *more: StoredRow) -> None:
    storage = await opened(url)
    try:
        await storage.writer.write([a_session(session, a_station(1)), *more])
    finally:
        await storage.close()


def filled(url: str) -> str:
    asyncio.run(fill(url))
    return url


def backed_up(url: str, folder: Path) -> Path:
    back_up(filled(url), folder / "copy.dump", force=False)
    return folder / "copy.dump"


def restored(url: str, copy: Path, *, force: bool = False) -> Restored:
    return restore(url, copy, now=NOW, force=force)


def database_of(url: str) -> str:
    return url.rpartition("/")[2]


def databases_beside(postgres: Postgres, url: str) -> list[str]:
    told = postgres.run("SELECT datname FROM pg_database ORDER BY datname").splitlines()
    return [it for it in told if it.startswith(database_of(url) + "_")]


def sessions_in(postgres: Postgres, database: str) -> str:
    return postgres.run("SELECT string_agg(id::text, ',' ORDER BY id) FROM session", database)


@pytest.fixture(autouse=True)
def _nothing_is_left(postgres: Postgres) -> Iterator[None]:
    yield
    for name in postgres.run("SELECT datname FROM pg_database").splitlines():
        if "_before_" in name:
            postgres.drop(name)


async def test_a_copy_made_under_load_is_one_moment_of_the_database(
    tmp_path: Path, postgres: Postgres, database_url: str, empty_database_url: str
) -> None:
    charging = a_charging_station(1, first_id=1_000)
    storage = await opened(database_url)
    try:
        await storage.writer.write([charging.station, charging.session])
        copying = asyncio.create_task(  # noqa: TID251 - awaited below, in this test
            asyncio.to_thread(back_up, database_url, tmp_path / "copy.dump", force=False),
            name="copy",
        )
        written_meanwhile = 0
        while not copying.done():
            await storage.writer.write(list(charging.unit()))
            written_meanwhile += 1
        made = await copying
    finally:
        await storage.close()

    assert (made.sessions, written_meanwhile > 0) == (1, True)
    await asyncio.to_thread(restored, empty_database_url, tmp_path / "copy.dump")
    counts = postgres.run(
        "SELECT (SELECT samples FROM session), (SELECT count(*) FROM sample),"
        " (SELECT count(*) FROM message)",
        database_of(empty_database_url),
    ).split("|")
    # A copy of several moments would hold samples that its session does not count.
    assert len(set(counts)) == 1
    assert not (tmp_path / "copy.dump.part").exists()


def test_a_copy_tells_what_it_holds_and_is_private(tmp_path: Path, database_url: str) -> None:
    made = back_up(filled(database_url), tmp_path / "copy.dump", force=False)

    assert (made.sessions, made.newest_event) == (1, "status_changed")
    assert made.size_bytes == (tmp_path / "copy.dump").stat().st_size
    assert (tmp_path / "copy.dump").stat().st_mode & 0o077 == 0


def test_a_file_is_overwritten_only_when_told_so(tmp_path: Path, database_url: str) -> None:
    target = tmp_path / "copy.dump"
    target.write_text("precious")

    with pytest.raises(CopyError, match="--force"):
        back_up(filled(database_url), target, force=False)
    assert target.read_text() == "precious"
    back_up(database_url, target, force=True)
    assert target.read_bytes().startswith(b"PGDMP")


def test_a_server_that_is_away_yields_no_copy(tmp_path: Path, postgres: Postgres) -> None:
    with pytest.raises(UsageError, match="no database nowhere"):
        back_up(postgres.url("nowhere"), tmp_path / "copy.dump", force=False)
    assert list(tmp_path.iterdir()) == []


def test_another_programs_database_is_not_copied(tmp_path: Path, empty_database_url: str) -> None:
    with pytest.raises(CopyError, match="no database of ogniwo"):
        back_up(empty_database_url, tmp_path / "copy.dump", force=False)


def test_a_restored_database_holds_what_was_backed_up_and_the_old_one_is_kept(
    tmp_path: Path, postgres: Postgres, database_url: str
) -> None:
    copy = backed_up(database_url, tmp_path)
    asyncio.run(write(database_url, 9))

    told = restored(database_url, copy)

    assert told.database.sessions == 1
    assert sessions_in(postgres, database_of(database_url)) == "2"
    (kept,) = databases_beside(postgres, database_url)
    assert told.kept == f"database {kept}"
    assert sessions_in(postgres, kept) == "2,9"
    asyncio.run(write(database_url, 10))  # it serves


def test_nothing_given_out_after_the_backup_is_given_out_again(
    tmp_path: Path, database_url: str
) -> None:
    async def numbers() -> tuple[int, int]:
        storage = await opened(database_url)
        try:
            first = await storage.records.reserve_transaction_ids(1_000)
            return first, len(await storage.records.open_commands(node=NODE, unowned=True))
        finally:
            await storage.close()

    copy = backed_up(database_url, tmp_path)
    given, waiting = asyncio.run(numbers())

    assert (waiting, restored(database_url, copy).orders_ended) == (1, 1)
    again, waiting = asyncio.run(numbers())
    assert again >= given + 1_000
    assert waiting == 0


def test_what_nodes_left_behind_is_not_taken_for_living(
    tmp_path: Path, postgres: Postgres, database_url: str
) -> None:
    database = database_of(filled(database_url))
    postgres.run("UPDATE station_head SET connected_since = 1", database)
    postgres.run("INSERT INTO node VALUES (7, 'gone', 'gateway', 1, 2)", database)
    postgres.run("INSERT INTO job_lease VALUES ('closing', 7, 1)", database)
    postgres.run(f"UPDATE event SET tx = {FAR_AHEAD}", database)
    back_up(database_url, tmp_path / "copy.dump", force=False)

    restored(database_url, tmp_path / "copy.dump")

    left = "SELECT (SELECT count(*) FROM node) + (SELECT count(*) FROM job_lease)"
    assert postgres.run(left, database) == "0"
    heads = "SELECT count(*) FROM station_head WHERE owner IS NULL AND connected_since IS NULL"
    assert postgres.run(heads, database) == "1"
    # Its transaction is none of this server's: followers would wait for it for years.
    assert postgres.run("SELECT DISTINCT tx FROM event", database) == "0"


def test_nothing_is_restored_while_a_node_runs(
    tmp_path: Path, postgres: Postgres, database_url: str
) -> None:
    async def join() -> None:
        nodes = PgNodes(address_from(database_url))
        await nodes.join("busy-one", "gateway")
        await nodes.close()

    copy = backed_up(database_url, tmp_path)
    asyncio.run(join())

    with pytest.raises(UsageError, match="busy-one"):
        restored(database_url, copy)
    assert databases_beside(postgres, database_url) == []


async def test_a_database_that_somebody_is_looking_at_is_left_as_it_is(
    tmp_path: Path, postgres: Postgres, database_url: str
) -> None:
    copy = await asyncio.to_thread(backed_up, database_url, tmp_path)
    await write(database_url, 9)
    onlooker = PgNodes(address_from(database_url))  # a connection, and no more
    await onlooker.nodes()
    try:
        with pytest.raises(CopyError, match="in use"):
            await asyncio.to_thread(restored, database_url, copy)
    finally:
        await onlooker.close()

    assert sessions_in(postgres, database_of(database_url)) == "2,9"
    assert databases_beside(postgres, database_url) == []


def test_who_may_not_create_databases_must_say_that_the_old_one_may_go(
    tmp_path: Path, postgres: Postgres, database_url: str, poor_database_url: str
) -> None:
    copy = backed_up(database_url, tmp_path)

    into_empty = restored(poor_database_url, copy)
    asyncio.run(write(poor_database_url, 9))
    with pytest.raises(CopyError, match="CREATEDB") as refused:
        restored(poor_database_url, copy)
    kept_until_then = sessions_in(postgres, "poor")
    over_it = restored(poor_database_url, copy, force=True)

    assert (into_empty.kept, over_it.kept) == (None, None)
    assert "--force" in str(refused.value)
    assert kept_until_then == "2,9"
    assert sessions_in(postgres, "poor") == "2"
    asyncio.run(write(poor_database_url, 10))  # it serves


def test_a_backup_that_breaks_off_leaves_what_it_was_to_overwrite(
    tmp_path: Path, postgres: Postgres, database_url: str, poor_database_url: str
) -> None:
    asyncio.run(write(database_url, 8, a_message(7, a_station(1), call=random_bytes(200_000))))
    copy = backed_up(database_url, tmp_path)
    asyncio.run(fill(poor_database_url))
    asyncio.run(write(poor_database_url, 9))
    copy.write_bytes(copy.read_bytes()[:-100_000])

    with pytest.raises(CopyError, match="nothing was changed"):
        restored(poor_database_url, copy, force=True)
    assert sessions_in(postgres, "poor") == "2,9"


@pytest.mark.parametrize("wrong", ["noise", "empty", "foreign", "newer", "cut"])
def test_a_file_that_is_no_good_backup_changes_nothing(
    tmp_path: Path, postgres: Postgres, database_url: str, wrong: str
) -> None:
    copy, database = backed_up(database_url, tmp_path), database_of(database_url)
    match wrong:
        case "noise":
            copy.write_bytes(b"Dear diary, " * 500)
        case "empty":
            copy.write_bytes(b"")
        case "cut":
            copy.write_bytes(copy.read_bytes()[:-20_000])
        case "newer":
            postgres.run("UPDATE alembic_version SET version_num = '9999'", database)
            back_up(database_url, copy, force=True)
            postgres.run("UPDATE alembic_version SET version_num = '0002'", database)
        case _:
            dump = program("pg_dump", 15)
            table = ("--table=token", "--format=custom", f"--file={copy}")
            run(dump, *table, address=address_from(database_url))

    with pytest.raises(CopyError):
        restored(database_url, copy)
    assert sessions_in(postgres, database) == "2"
    assert databases_beside(postgres, database_url) == []


def test_what_must_be_installed_is_named() -> None:
    with pytest.raises(CopyError, match="postgresql-client-99"):
        program("pg_dump", 99)


def test_a_password_is_not_for_other_users_of_the_machine_to_read(
    tmp_path: Path, database_url: str
) -> None:
    told = tmp_path / "told"
    told.write_text('#!/bin/sh\necho "$@"\necho "$PGPASSWORD"\n')
    told.chmod(0o700)
    arguments, password = run(told, "--list", address=address_from(database_url)).splitlines()

    assert PASSWORD not in arguments
    assert database_of(database_url) in arguments
    assert password == PASSWORD
