"""Copies made while a writer writes, and copies put in the place of a database."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from ogniwo.app.copies import CopyError
from ogniwo.base.errors import UsageError
from ogniwo.base.units import to_instant
from ogniwo.storage import sqlite_copies
from ogniwo.storage.copies import back_up, restore
from ogniwo.storage.data_file import DataFile
from tests.storage.engines import SQLITE, aggregates
from tests.storage.trade import (
    a_charging_station,
    a_command,
    a_session,
    a_station,
    an_event,
)
from tests.system.station import now

THREADED: Final = SQLITE
NOW: Final = to_instant(now())


def counted(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(rows)


def content(path: str) -> bytes:
    return Path(path).read_bytes()


def names(folder: Path) -> list[str]:
    return sorted(it.name for it in folder.iterdir())


async def filled(folder: Path) -> str:
    station = a_station(1)
    async with THREADED.opened(folder) as storage:
        await storage.writer.write(
            [station, a_session(2, station), an_event(3, station), a_command(4, station)]
        )
    return THREADED.url(folder)


async def test_a_copy_made_under_load_is_one_moment_of_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_copies, "PAGES_AT_ONCE", 8)  # many steps, with writes between them
    charging = a_charging_station(1, first_id=1_000)
    target = tmp_path / "copy.db"
    async with THREADED.opened(tmp_path) as storage:
        await storage.writer.write([charging.station, charging.session])
        for _ in range(500):
            await storage.writer.write(list(charging.unit()))
        copying = asyncio.create_task(  # noqa: TID251 - awaited below, in this test
            asyncio.to_thread(back_up, THREADED.url(tmp_path), target, force=False), name="copy"
        )
        written_meanwhile = 0
        while not copying.done():
            await storage.writer.write(list(charging.unit()))
            written_meanwhile += 1
        made = await copying

    assert made.sessions == 1
    assert written_meanwhile > 0
    with closing(sqlite3.connect(target)) as connection:
        (in_session,) = connection.execute("SELECT samples FROM session").fetchone()
    # A copy of several moments would hold samples that its session does not count.
    assert 500 <= counted(target, "sample") == counted(target, "message") == in_session
    assert names(tmp_path) == ["copy.db", "ogniwo.db", "ogniwo.db.lock"]


async def test_a_copy_tells_what_it_holds_and_is_private(tmp_path: Path) -> None:
    made = back_up(await filled(tmp_path), tmp_path / "copy.db", force=False)

    assert (made.sessions, made.newest_event) == (1, "status_changed")
    assert made.size_bytes == (tmp_path / "copy.db").stat().st_size
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


async def test_a_file_is_overwritten_only_when_told_so(tmp_path: Path) -> None:
    url, target = await filled(tmp_path), tmp_path / "copy.db"
    target.write_text("precious")

    with pytest.raises(CopyError, match="--force"):
        back_up(url, target, force=False)
    assert target.read_text() == "precious"
    back_up(url, target, force=True)
    assert counted(target, "session") == 1


async def test_the_database_is_never_overwritten_by_its_own_copy(tmp_path: Path) -> None:
    with pytest.raises(CopyError, match="itself"):
        back_up(await filled(tmp_path), tmp_path / "ogniwo.db", force=True)


async def test_a_damaged_database_yields_no_copy(tmp_path: Path) -> None:
    url = await filled(tmp_path)
    damage(tmp_path / "ogniwo.db")

    with pytest.raises(CopyError):
        back_up(url, tmp_path / "copy.db", force=False)
    assert names(tmp_path) == ["ogniwo.db", "ogniwo.db.lock"]


def damage(path: Path) -> None:
    """Every page but the first is noise."""
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    path.write_bytes(content)


def test_where_no_database_is_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no database"):
        back_up(THREADED.url(tmp_path), tmp_path / "copy.db", force=False)
    assert names(tmp_path) == []


async def test_a_restored_database_holds_what_was_backed_up_and_the_old_one_is_kept(
    tmp_path: Path,
) -> None:
    url, copy = await filled(tmp_path), tmp_path / "copy.db"
    back_up(url, copy, force=False)
    async with THREADED.opened(tmp_path) as storage:
        await storage.writer.write([a_session(9, a_station(1))])

    restored = restore(url, copy, now=NOW)

    assert restored.kept is not None
    assert counted(tmp_path / "ogniwo.db", "session") == restored.database.sessions == 1
    assert counted(Path(restored.kept), "session") == 2
    assert len(names(tmp_path)) == 4, names(tmp_path)
    async with THREADED.opened(tmp_path) as storage:
        assert len(await aggregates(storage.records, ["CP0001"])) == 1  # it opens


async def test_a_log_left_by_a_killed_server_is_not_taken_for_that_of_the_backup(
    tmp_path: Path,
) -> None:
    url, copy = await filled(tmp_path), tmp_path / "copy.db"
    back_up(url, copy, force=False)
    database = tmp_path / "ogniwo.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("DELETE FROM session")
        connection.commit()
        log = database.with_name("ogniwo.db-wal").read_bytes()
        whole = database.read_bytes()
    database.write_bytes(whole)  # as it was before the closing folded the log into it
    database.with_name("ogniwo.db-wal").write_bytes(log)

    restored = restore(url, copy, now=NOW)

    assert counted(database, "session") == 1
    assert restored.kept is not None
    assert counted(Path(restored.kept), "session") == 0  # what the log held was not lost


async def test_a_damaged_database_is_replaced_and_kept_as_it_is(tmp_path: Path) -> None:
    url, copy = await filled(tmp_path), tmp_path / "copy.db"
    back_up(url, copy, force=False)
    (tmp_path / "ogniwo.db").write_bytes(b"noise " * 5_000)

    restored = restore(url, copy, now=NOW)

    assert counted(tmp_path / "ogniwo.db", "session") == 1
    assert restored.kept is not None
    assert content(restored.kept) == b"noise " * 5_000


async def test_nothing_given_out_after_the_backup_is_given_out_again(tmp_path: Path) -> None:
    url, copy = await filled(tmp_path), tmp_path / "copy.db"
    back_up(url, copy, force=False)
    async with THREADED.opened(tmp_path) as storage:
        given = await storage.records.reserve_transaction_ids(1_000)

    restored = restore(url, copy, now=NOW)

    assert restored.orders_ended == 1
    async with THREADED.opened(tmp_path) as storage:
        assert await storage.records.reserve_transaction_ids(1_000) >= given + 1_000
        assert await storage.records.open_commands(node=0, unowned=True) == []


async def test_nothing_is_restored_while_a_server_has_the_directory(tmp_path: Path) -> None:
    url, copy = await filled(tmp_path), tmp_path / "copy.db"
    back_up(url, copy, force=False)

    with DataFile(tmp_path / "ogniwo.db"), pytest.raises(UsageError, match="in use"):
        restore(url, copy, now=NOW)


async def test_a_restored_database_belongs_to_whom_the_directory_belongs(tmp_path: Path) -> None:
    url, copy = await filled(tmp_path), tmp_path / "copy.db"
    back_up(url, copy, force=False)
    if os.geteuid() == 0:  # else nobody but ourselves can own anything here
        os.chown(tmp_path, 65_534, 65_534)

    restore(url, copy, now=NOW)

    assert owner(tmp_path / "ogniwo.db") == owner(tmp_path)


def owner(path: Path) -> int:
    return path.stat().st_uid


@pytest.mark.parametrize("wrong", ["noise", "empty", "foreign", "newer", "damaged"])
async def test_a_file_that_is_no_good_backup_changes_nothing(tmp_path: Path, wrong: str) -> None:
    url, copy = await filled(tmp_path), tmp_path / "copy.db"
    back_up(url, copy, force=False)
    before = (tmp_path / "ogniwo.db").read_bytes()
    match wrong:
        case "noise":
            copy.write_bytes(b"Dear diary, " * 500)
        case "empty":
            copy.write_bytes(b"")
        case "damaged":
            damage(copy)
        case _:
            with closing(sqlite3.connect(copy)) as connection, connection:
                connection.execute(
                    "DROP TABLE session"
                    if wrong == "foreign"
                    else "UPDATE alembic_version SET version_num = '9999'"
                )

    with pytest.raises(CopyError):
        restore(url, copy, now=NOW)
    assert (tmp_path / "ogniwo.db").read_bytes() == before
    assert names(tmp_path) == ["copy.db", "ogniwo.db", "ogniwo.db.lock"]
