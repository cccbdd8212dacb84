"""A SQLite database copied while a server writes to it, and a copy put in its place.

A copy is one file with no log beside it, consistent as of one moment, and appears under its name
only when it is whole and was checked.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from alembic.script import ScriptDirectory

from ogniwo.app.copies import Copy, CopyError, Restored
from ogniwo.base.units import Instant, from_instant
from ogniwo.storage.data_file import locked
from ogniwo.storage.drafts import check_may_write, draft_of, existing, publish
from ogniwo.storage.renewal import (
    END_WAITING_COMMANDS,
    SKIP_TRANSACTION_IDS,
    SKIPPED,
    ending_at,
)

PAGES_AT_ONCE: Final = 2_048  # 8 MiB: between two steps a person can interrupt
BUSY_S: Final = 5.0
_MIGRATIONS: Final = Path(__file__).with_name("migrations")
_SUMMARY: Final = """
SELECT (SELECT count(*) FROM session), kind, at
FROM (SELECT 1) LEFT JOIN (SELECT kind, at FROM event ORDER BY id DESC LIMIT 1) ON 1
"""


def back_up(path: Path, target: Path, *, force: bool) -> Copy:
    """Errors: CopyError, UsageError."""
    source = existing(path)
    with _told(f"cannot back up {source} to {target}"):
        if target.exists() and target.samefile(source):
            raise CopyError(f"{target} is the database itself: name another file")
        check_may_write(target, force=force)
    with draft_of(target) as draft, _told(f"cannot back up {source} to {target}"):
        _copy(source, draft)
        found = _checked(draft, target)
        publish(draft, target)
        return found


def restore(path: Path, backup: Path, *, now: Instant) -> Restored:
    """Errors: CopyError; UsageError while a server runs."""
    with locked(path):
        source = existing(backup)
        if path.exists() and source.samefile(path):
            raise CopyError(f"{backup} is the database itself: name a backup of it")
        with draft_of(path, ".restoring") as draft, _told(f"cannot restore {backup}"):
            check_is_ours(source)
            _copy(source, draft)
            orders_ended = _begin_anew(draft, now)
            found = _checked(draft, path)
            hand_over(draft, path.parent)
            kept = _put_aside(path, now)
            publish(draft, path)
            return Restored(database=found, kept=kept, orders_ended=orders_ended)


def opened(path: Path, *, in_one_thread: bool = True) -> sqlite3.Connection:
    """To read, beside a server that writes; it starts no transaction of its own accord.

    One opened for reading alone would leave its log behind; this one may tidy up, no more.
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, timeout=BUSY_S, check_same_thread=in_one_thread
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


def check_is_ours(path: Path) -> str:
    """The version of its schema. Errors: CopyError, sqlite3.Error."""
    with closing(opened(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if not {"alembic_version", "station", "session"} <= tables:
            raise CopyError(f"{path} is no database of ogniwo")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    version = "none" if row is None else str(row[0])
    known = {script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}
    if version not in known:
        raise CopyError(
            f"{path} was written by a newer ogniwo (schema {version}): update this program first"
        )
    return version


def damage(connection: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong with the file, sentence by sentence."""
    found = [str(text) for (text,) in connection.execute("PRAGMA quick_check")]
    return [] if found == ["ok"] else found


def _copy(source: Path, draft: Path) -> None:
    """As of one moment: the source's transaction is held, so no write makes it begin anew.

    Readers of a log never block its writer; the log grows until the copy is done.
    """
    with closing(opened(source)) as read, closing(_own(draft)) as written:
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_master").fetchone()
        read.backup(written, pages=PAGES_AT_ONCE)
        written.execute("PRAGMA journal_mode = DELETE")  # one file, also on a read-only disk


def _own(draft: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(draft, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _checked(draft: Path, name: Path) -> Copy:
    with closing(opened(draft)) as connection:
        if wrong := damage(connection):
            raise CopyError(f"the copy is damaged, so is its source: {wrong[0]}")
        sessions, kind, at = connection.execute(_SUMMARY).fetchone()
    return Copy(
        path=str(name),
        size_bytes=draft.stat().st_size,
        sessions=sessions,
        newest_event=kind,
        newest_event_at=at,
    )


def _begin_anew(draft: Path, now: Instant) -> int:
    """Time has passed since the backup: what must not happen a second time is prevented."""
    with closing(_own(draft)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(SKIP_TRANSACTION_IDS, SKIPPED)
        ended = connection.execute(END_WAITING_COMMANDS, ending_at(now)).rowcount
        connection.execute("COMMIT")
    return ended


def hand_over(draft: Path, folder: Path) -> None:
    """Restored by root, it must still be readable to the server's own user."""
    owner = folder.stat()
    if os.geteuid() == 0:
        os.chown(draft, owner.st_uid, owner.st_gid)


def _put_aside(path: Path, now: Instant) -> str | None:
    """The old database under another name; at each moment one lies where the server looks."""
    log, index = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    kept = None
    if path.exists() and path.stat().st_size:
        with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a damaged one keeps its log
        kept = path.with_name(f"{path.name}.before-{from_instant(now):%Y%m%dT%H%M%SZ}")
        kept.hardlink_to(path)
        if log.exists():
            log.replace(kept.with_name(kept.name + "-wal"))
    for stale in (log, index):
        stale.unlink(missing_ok=True)  # it would be taken for the log of the new database
    return None if kept is None else str(kept)


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise CopyError(f"{what} ({error}): check the file, its permissions and space") from error
