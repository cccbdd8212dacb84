"""The operator's tools around the database, beside a server under load and after it."""

import asyncio
import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.system.crash.audit import differences
from tests.system.crash.fleet import a_fleet, a_seed, living
from tests.system.crash.tables import SqliteTables
from tests.system.server import Server, api_of, serving
from tests.system.station import Hours, connected
from tests.system.station16 import Station16
from tests.system.test_command_line import Ended, run
from tests.system.versions import a_name, a_token


def db(server: Server, *words: str) -> Ended:
    folder = server.data_dir.parent
    return run(folder, "db", *words, "--data-dir", str(server.data_dir))


async def db_async(server: Server, *words: str) -> Ended:
    return await asyncio.to_thread(db, server, *words)


def findings(ended: Ended) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(ended.out)["findings"]
    assert ended.code == (1 if found else 0), ended
    return found


async def one_session(server: Server, *, wh: int) -> str:
    """The station's name; its session is closed."""
    name, hours = a_name(), Hours()
    async with api_of(server) as api:
        token = await api.token(a_token())
        async with connected(Station16, server.url(name), name) as station:
            charging = await station.start(token, wh=1_000, at=hours.begin)
            await station.measure(charging, wh=1_000 + wh // 2, w=9_000, at=hours.after(10))
            await station.stop(charging, wh=1_000 + wh, at=hours.after(20))
        await api.has_left(name)
    return name


@pytest.mark.timeout(120)
async def test_a_backup_made_under_load_is_a_database_that_serves_and_agrees(
    tmp_path: Path,
) -> None:
    server = Server(tmp_path / "data").on_fixed_ports()
    copy = tmp_path / "backup.db"
    try:
        await asyncio.to_thread(server.start)
        fleet = await a_fleet(server, a_seed())
        async with living(fleet):
            await asyncio.sleep(random.Random(a_seed()).uniform(1.0, 2.0))
            backed_up = await db_async(server, "backup", str(copy), "--json")
            checked_under_load = await db_async(server, "check", "--json")
        refused = await db_async(server, "restore", str(copy))
        async with api_of(server) as api:
            wrong = await differences(
                api, SqliteTables(server.database), [it.books for it in fleet]
            )
        await asyncio.to_thread(server.stop)

        assert wrong == []
        assert backed_up.code == 0, backed_up
        told = json.loads(backed_up.out)
        assert told["size_bytes"] == copy.stat().st_size
        assert told["sessions"] > 0
        assert told["files"] == str(server.data_dir / "files")
        assert faults(checked_under_load) == []
        assert (refused.code, "in use" in refused.err) == (2, True), refused

        restored = db(server, "restore", str(copy))
        assert restored.code == 0, restored
        assert "uploaded belong into" in restored.out
        assert len(list(server.data_dir.glob("ogniwo.db.before-*"))) == 1
        assert faults(db(server, "check", "--json")) == []

        await asyncio.to_thread(server.start)
        name = await one_session(server, wh=4_000)
        async with api_of(server) as api:
            session = await api.only_session(name)
            everything = await api.all("/sessions")
        await asyncio.to_thread(server.stop)
        assert (session["state"], session["energy_wh"]) == ("closed", 4_000)
        assert len(everything) == told["sessions"] + 1
        assert faults(db(server, "check", "--json")) == []
    finally:
        server.kill()


def faults(checked: Ended) -> list[dict[str, str]]:
    """Without what the cut of the time itself leaves: cars charge on whose station is cut off."""
    return [it for it in findings(checked) if it["kind"] != "session_waits"]


async def test_check_finds_each_thing_that_was_broken_and_says_where(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as (server, _):
        name = await one_session(server, wh=4_000)
        sound = await db_async(server, "check")
    with closing(sqlite3.connect(server.database)) as connection, connection:
        connection.execute("UPDATE session SET energy_wh = 4711, samples = samples + 5")
        connection.execute("UPDATE station_head SET message_head = 77")
        connection.execute("DELETE FROM message WHERE id = (SELECT min(id) + 0 FROM message)")
        connection.execute("UPDATE event SET session_id = 78 WHERE session_id IS NOT NULL")
    broken = db(server, "check")
    found = {it["kind"]: it for it in findings(db(server, "check", "--json"))}

    assert (sound.code, sound.out) == (0, "Nothing inconsistent was found.\n"), sound
    assert {"energy_differs", "samples_differ", "head_lost", "event_orphaned"} <= found.keys()
    assert name in found["energy_differs"]["where"]
    assert "4711 Wh" in found["energy_differs"]["what"]
    lines = broken.out.splitlines()
    assert broken.code == 1
    assert all(it["advice"] for it in found.values())
    assert any(line.startswith("energy_differs: ") for line in lines), lines


async def test_check_tells_of_a_damaged_file_instead_of_failing(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as (server, _):
        await one_session(server, wh=4_000)
    hurt(server.database)

    found = findings(db(server, "check", "--json"))
    assert "damaged" in {it["kind"] for it in found}
    assert "restore" in found[0]["advice"]


def hurt(path: Path) -> None:
    """All but the first pages, in which the schema lies, is noise."""
    content = bytearray(path.read_bytes())
    keep = len(content) * 3 // 4
    content[keep:] = b"\x55" * (len(content) - keep)
    path.write_bytes(content)


def test_the_tools_make_no_database_where_none_is(tmp_path: Path) -> None:
    for words in (["check"], ["backup", str(tmp_path / "copy.db")]):
        ended: Any = run(tmp_path, "db", *words, "--data-dir", str(tmp_path / "nowhere"))
        ended.says("no database", "--data-dir")
    assert not (tmp_path / "nowhere").exists()
