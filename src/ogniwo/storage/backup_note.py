"""That a backup was made, noted where the servers on a database see it.

SQLite has one writer, the server: there the note is a small file beside the database. On
PostgreSQL it is a row.
"""

import asyncio
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from ogniwo.app.backups import DEMO_MARK, BackupTrace
from ogniwo.app.copies import CopyError
from ogniwo.base.errors import UsageError
from ogniwo.base.units import Instant, to_instant, to_rfc3339
from ogniwo.storage.data_file import path_from
from ogniwo.storage.drafts import draft_of, publish
from ogniwo.storage.pg_connect import FAILURES, Address, address_from, connect, is_postgresql
from ogniwo.storage.sqlite_copies import hand_over

_KEY: Final = "backed_up_at"
_ENDING: Final = ".backed-up"
_NOTE: Final = """
INSERT INTO meta (key, value) VALUES ($1, $2)
ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""
_MARKS: Final = text("SELECT key, value FROM meta")
_OLDEST: Final = text("SELECT at FROM event ORDER BY id LIMIT 1")
_FILE: Final = text("SELECT file FROM pragma_database_list WHERE name = 'main'")


def note_backup(url: str, at: Instant) -> bool:
    """False when it could not be noted: the copy is as good without."""
    told = to_rfc3339(at)
    try:
        if is_postgresql(url):
            asyncio.run(_note_on_server(address_from(url), told))
        else:
            _note_beside(path_from(url), told)
    except (*FAILURES, CopyError, UsageError):
        return False
    return True


def trace(connection: Connection) -> BackupTrace:
    marks = {row.key: row.value for row in connection.execute(_MARKS)}
    noted = marks.get(_KEY)
    if connection.dialect.name == "sqlite":
        noted = _beside(Path(connection.scalar(_FILE) or ""))
    return BackupTrace(
        last_at=_moment(noted),
        oldest_at=connection.scalar(_OLDEST),
        demo=DEMO_MARK in marks,
    )


async def _note_on_server(address: Address, told: str) -> None:
    connection = await connect(address, name="ogniwo backup")
    try:
        await connection.execute(_NOTE, _KEY, told)
    finally:
        await connection.close()


def _note_beside(database: Path, told: str) -> None:
    note = database.with_name(database.name + _ENDING)
    with draft_of(note) as draft:
        draft.write_text(told + "\n", encoding="ascii")
        hand_over(draft, note.parent)
        publish(draft, note)


def _beside(database: Path) -> str | None:
    with suppress(OSError, ValueError):  # ValueError: in memory, without a name
        return database.with_name(database.name + _ENDING).read_text(encoding="ascii").strip()
    return None


def _moment(told: str | None) -> Instant | None:
    try:
        return None if told is None else to_instant(datetime.fromisoformat(told))
    except ValueError:
        return None  # somebody else's hand: as good as no note
