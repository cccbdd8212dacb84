"""The operator's tools on PostgreSQL, by the commands that an operator gives."""

import asyncio
import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from benchmarks.books import Books, fill
from ogniwo.base.units import to_instant
from tests.services.ports import HOST, free_ports
from tests.services.postgres import PASSWORD, Postgres
from tests.system.server import Server, launch, serving
from tests.system.station import connected, now
from tests.system.station16 import Station16
from tests.system.test_command_line import Ended, run
from tests.system.test_database_tools import findings, one_session
from tests.system.test_doctor import doctor

LONG_S: Final = 120
NETWORK: Final = Books(stations=2_000, sessions=20_000, days=30)


def db(folder: Path, *words: str) -> Ended:
    ended = run(folder, "db", *words, within_s=LONG_S)
    assert "Traceback" not in ended.err, ended.err
    assert PASSWORD not in ended.out + ended.err, ended
    return ended


async def db_async(folder: Path, *words: str) -> Ended:
    return await asyncio.to_thread(db, folder, *words)


def told(ended: Ended) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ended.out)
    return found


@pytest.mark.timeout(300)
async def test_a_network_that_outgrew_sqlite_goes_on_where_it_was_on_postgresql(
    tmp_path: Path, empty_database_url: str
) -> None:
    """Of 20,000 sessions and one that a real station has just ended."""
    before, after = tmp_path / "before", tmp_path / "after"
    source = f"sqlite:///{before / 'ogniwo.db'}"
    before.mkdir()
    await asyncio.to_thread(fill, before / "ogniwo.db", NETWORK, until=to_instant(now()))
    async with serving(before) as (server, _):
        name = await one_session(server, wh=4_000)
        running = await db_async(
            tmp_path,
            "migrate",
            "--from",
            f"sqlite:///{server.database}",
            "--to",
            empty_database_url,
        )

    moved = await db_async(tmp_path, "migrate", "--from", source, "--to", empty_database_url)
    again = await db_async(tmp_path, "migrate", "--from", source, "--to", empty_database_url)

    after.mkdir()
    shutil.copy(before / "server.key", after / "server.key")
    async with serving(after, "--database", empty_database_url) as (server, api):
        session = await api.only_session(name)
        async with connected(Station16, server.url(name), name):
            pass  # it knows the server, and the server knows it
        await one_session(server, wh=3_000)
        everything = await api.get("/stations", limit=1_000)
    checked = await db_async(tmp_path, "check", "--database", empty_database_url, "--json")

    assert (running.code, "in use" in running.err) == (2, True), running
    assert (moved.code, "server.key" in moved.out) == (0, True), moved
    line = next(it.split() for it in moved.out.splitlines() if it.startswith("session "))
    assert line[1:3] == [str(NETWORK.sessions + 1)] * 2
    assert (again.code, "not empty" in again.err) == (2, True), again
    assert (session["state"], session["energy_wh"]) == ("closed", 4_000)
    assert everything["next_cursor"] is not None
    assert findings(checked) == []


@pytest.mark.timeout(180)
async def test_a_backup_made_beside_a_node_is_restored_and_serves(
    tmp_path: Path, postgres: Postgres, database_url: str
) -> None:
    options, copy = ("--database", database_url), tmp_path / "copy.dump"
    async with serving(tmp_path / "data", *options) as (server, _):
        name = await one_session(server, wh=4_000)
        made = await db_async(tmp_path, "backup", str(copy), *options, "--json")
        lost = await one_session(server, wh=5_000)
        refused = await db_async(tmp_path, "restore", str(copy), *options)
    key = ("--data-dir", str(tmp_path / "data"))
    restored = await db_async(tmp_path, "restore", str(copy), *options, *key)
    elsewhere = await db_async(tmp_path, "restore", str(copy), *options)
    async with serving(tmp_path / "data", *options) as (server, api):
        session = await api.only_session(name)
        sessions = await api.all("/sessions")
        await one_session(server, wh=6_000)
    checked = await db_async(tmp_path, "check", *options, "--json")
    database = database_url.rpartition("/")[2]
    for kept in postgres.run("SELECT datname FROM pg_database").splitlines():
        if kept.startswith(f"{database}_before_"):
            postgres.drop(kept)

    assert (made.code, told(made)["sessions"]) == (0, 1), made
    assert told(made)["key"].endswith("server.key")
    assert told(made)["files"].endswith("files")
    assert (refused.code, "nodes run on" in refused.err) == (2, True), refused
    assert (restored.code, "Before the start" in restored.out) == (0, False), restored
    assert f"{database}_before_" in restored.out
    assert "Before the start" in elsewhere.out  # no key lies in that directory
    assert (session["energy_wh"], len(sessions)) == (4_000, 1)
    assert lost not in json.dumps(sessions)
    assert findings(checked) == []


async def test_check_says_what_is_wrong_and_where(
    tmp_path: Path, postgres: Postgres, database_url: str
) -> None:
    options = ("--database", database_url)
    async with serving(tmp_path / "data", *options) as (server, _):
        name = await one_session(server, wh=4_000)
    sound = await db_async(tmp_path, "check", *options)
    database = database_url.rpartition("/")[2]
    postgres.run("UPDATE session SET energy_wh = 4711, samples = samples + 5", database)
    found = {
        it["kind"]: it for it in findings(await db_async(tmp_path, "check", *options, "--json"))
    }

    assert (sound.code, sound.out) == (0, "Nothing inconsistent was found.\n"), sound
    assert found.keys() == {"energy_differs", "samples_differ"}
    assert name in found["energy_differs"]["where"]


async def test_doctor_beside_a_node_finds_it_fine(tmp_path: Path, database_url: str) -> None:
    options = ("--database", database_url)
    async with serving(tmp_path / "data", *options) as (server, _):
        addresses = {"http": server.http, "ocpp": server.ocpp}
        seen = await asyncio.to_thread(doctor, tmp_path, *options, **addresses)

    assert (seen.code, seen.wrong) == (0, set()), seen
    assert "1: " in seen.of("nodes")["what"]
    assert "is the one of this database" in " ".join(it["what"] for it in seen.checks)


def test_doctor_says_that_a_key_is_not_the_one_of_the_database(
    tmp_path: Path, database_url: str
) -> None:
    server = Server(tmp_path / "data", "--database", database_url)
    server.start()
    server.stop()
    (tmp_path / "data" / "server.key").write_bytes(b"another key, of the same length!")

    seen = doctor(tmp_path, "--database", database_url)
    assert (seen.code, seen.wrong) == (1, {"key"}), seen
    assert "--server-key-file" in seen.of("key")["advice"]
    (tmp_path / "data" / "server.key").unlink()
    assert "is missing" in doctor(tmp_path, "--database", database_url).of("key")["what"]


def test_doctor_asks_after_the_bus_and_opens_the_ports_of_its_role(
    tmp_path: Path, database_url: str
) -> None:
    (port,) = free_ports(1)
    many = ("--database", database_url, "--bus", f"nats://{HOST}:{port}")
    seen = doctor(tmp_path, *many, "--role", "worker")

    assert (seen.code, seen.wrong) == (1, {"bus"}), seen
    assert not [it for it in seen.checks if it["subject"] == "port --ocpp"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["migrate", "--from", "sqlite:///x.db"], ["--to"]),
        (["migrate", "--to", "postgresql://h/n"], ["--from"]),
        (["migrate", "--pre", "--post"], ["--pre", "--post"]),
        (["check", "--database", "postgresql://u:secret@127.0.0.1:1/n"], ["cannot be reached"]),
        (["backup", "x", "--database", "postgresql://u:secret@127.0.0.1:1/n"], ["127.0.0.1:1"]),
    ],
)
def test_what_makes_no_sense_is_explained_without_a_password(
    tmp_path: Path, options: list[str], words: list[str]
) -> None:
    ended = run(tmp_path, "db", *options)

    ended.says(*words)
    assert "secret" not in ended.err


def test_what_arrives_otherwise_is_shown_in_the_table_and_ends_with_1(
    tmp_path: Path, postgres: Postgres, empty_database_url: str
) -> None:
    """Somebody's trigger meddles with bills on their way."""
    path, database = tmp_path / "ogniwo.db", empty_database_url.rpartition("/")[2]
    fill(path, Books(stations=3, sessions=20, days=3), until=to_instant(now()))
    made = db(tmp_path, "migrate", "--pre", "--database", empty_database_url)
    postgres.run(
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN NEW.energy_wh := NEW.energy_wh + 1; RETURN NEW; END';"
        " CREATE TRIGGER meddle BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION meddle()",
        database,
    )
    ended = db(tmp_path, "migrate", "--from", f"sqlite:///{path}", "--to", empty_database_url)
    line = next(it.split() for it in ended.out.splitlines() if it.startswith("session "))

    assert (made.code, f"database {database} on" in made.out) == (0, True), made
    assert (ended.code, line[-1]) == (1, "energy_wh"), ended
    assert "nothing was kept" in ended.out
    assert postgres.run("SELECT count(*) FROM session", database) == "0"


def test_a_move_that_is_killed_leaves_an_empty_database_for_the_next_try(
    tmp_path: Path, postgres: Postgres, empty_database_url: str
) -> None:
    path, database = tmp_path / "ogniwo.db", empty_database_url.rpartition("/")[2]
    fill(path, Books(stations=500, sessions=10_000, days=10), until=to_instant(now()))
    words = ("db", "migrate", "--from", f"sqlite:///{path}", "--to", empty_database_url)
    told = tmp_path / "killed.err"
    process = launch(words, out=tmp_path / "killed.out", err=told)
    try:
        deadline = time.monotonic() + LONG_S
        while "message: " not in told.read_text():  # events are over there already
            assert process.poll() is None, told.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()
    left = postgres.run("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM connector)",
                        database)  # fmt: skip
    again = db(tmp_path, *words[1:])

    assert left == "0|0"
    assert again.code == 0, again
    assert postgres.run("SELECT count(*) FROM session", database) == "10000"


def test_the_source_stays_as_it_was(tmp_path: Path, empty_database_url: str) -> None:
    path = tmp_path / "ogniwo.db"
    fill(path, Books(stations=3, sessions=20, days=3), until=to_instant(now()))
    with closing(sqlite3.connect(path)) as connection:
        before = list(connection.iterdump())
    ended = db(tmp_path, "migrate", "--from", f"sqlite:///{path}", "--database", empty_database_url)
    with closing(sqlite3.connect(path)) as connection:
        after = list(connection.iterdump())

    assert ended.code == 0, ended
    assert before == after
