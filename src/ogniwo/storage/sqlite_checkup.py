"""A SQLite database as ``ogniwo doctor`` looks at it, with or without a server running on it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from ogniwo.app.copies import CopyError
from ogniwo.base.checkup import Check, fine, notice, problem
from ogniwo.storage.data_file import advice_on_reading, user_of
from ogniwo.storage.findings import Figures, Looked
from ogniwo.storage.schema import SCHEMA_VERSION
from ogniwo.storage.sqlite import WAL_BYTES_MAX
from ogniwo.storage.sqlite_copies import check_is_ours, damage, opened

SUBJECT: Final = "database"
SQLITE_MIN: Final = (3, 35, 0)  # UPDATE ... FROM, and RETURNING in migrations
LOG_BYTES_MAX: Final = 4 * WAL_BYTES_MAX  # the writer empties it at the first bound

_RESTORE: Final = "stop the server, check the disk, and restore a backup with `ogniwo db restore`"


def look(path: Path) -> Looked:
    return Looked(tuple(_checked(path)), _figures_of(path))


def _figures_of(path: Path) -> Figures:
    try:
        with closing(opened(path)) as connection:
            stations, newest = connection.execute(
                "SELECT (SELECT count(*) FROM station WHERE removed = 0),"
                " (SELECT at FROM event ORDER BY id DESC LIMIT 1)"
            ).fetchone()
            mark = connection.execute("SELECT value FROM meta WHERE key = 'server_key'").fetchone()
    except sqlite3.Error:
        return Figures()  # what is wrong with it is told by ``_checked``
    return Figures(
        stations=stations, newest_event_at=newest, key_mark=None if mark is None else mark[0]
    )


def _checked(path: Path) -> Iterator[Check]:
    if sqlite3.sqlite_version_info < SQLITE_MIN:
        wanted = ".".join(map(str, SQLITE_MIN))
        yield problem("SQLite", sqlite3.sqlite_version, f"use a Python with {wanted} or newer")
    try:
        if not path.exists():
            yield fine(SUBJECT, f"{path} will be made at the first start")
            return
        version = check_is_ours(path)
        with closing(opened(path)) as connection:
            wrong = damage(connection)
    except CopyError as error:
        yield problem(SUBJECT, str(error), "or give another --data-dir")
        return
    except OSError as error:
        yield problem(SUBJECT, f"{path}: {error.strerror}", "run this as the server's user")
        return
    except sqlite3.Error as error:
        yield problem(SUBJECT, f"{path}: {error}", advice_on_reading(error) or _RESTORE)
        return
    if wrong:
        yield problem(SUBJECT, f"{path} is damaged: {wrong[0]}", _RESTORE)
    elif version != SCHEMA_VERSION:
        advice = "make a backup; the next start brings it to this program's"
        yield notice(SUBJECT, f"its schema is {version}, older than this program's", advice)
    else:
        yield fine(SUBJECT, f"sound, schema {version}, {path.stat().st_size / 1e6:.1f} MB")
    yield _user(path)
    yield from _log(path)


def _user(path: Path) -> Check:
    process = user_of(path)
    running = "no server runs on it" if process is None else f"in use by process {process}"
    return fine("database lock", running)


def _log(path: Path) -> Iterator[Check]:
    log = path.with_name(path.name + "-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > LOG_BYTES_MAX:
        what = f"{size / 1e6:.0f} MB wait to be folded into the file"
        yield notice("database log", what, "end the program that keeps a long query open on it")
