"""The one file that SQLite keeps, and the lock that keeps a second server away from it.

Whatever is wrong with the place is told in one sentence, before anything is written.
"""

import fcntl
import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from ogniwo.base.errors import UsageError

LOCKED_PATIENCE_S: Final = 5.0  # a person's query or backup may be just ending

_MAKE_ROOM: Final = "free space on the disk"
_NO_FAULT_OF_THE_FILE: Final = {
    sqlite3.SQLITE_FULL: _MAKE_ROOM,
    # What the engine says most often on a full disk: it needs some kB beside the file to read it.
    sqlite3.SQLITE_IOERR: "look at the disk: free space, quota, health",
    sqlite3.SQLITE_BUSY: "end the program that has locked it",
}
_ADVICE: Final = {
    **_NO_FAULT_OF_THE_FILE,
    sqlite3.SQLITE_NOTADB: "move the file away, or give another --data-dir",
}
_ADVICE_ELSE: Final = "check its permissions, or restore a backup"


def path_from(url: str) -> Path:
    """Errors: UsageError, without what follows the scheme: it may be a password."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            return Path(parsed.database)
    except (ArgumentError, ValueError):
        pass  # told like any other that cannot be used
    scheme = url.partition(":")[0]
    raise UsageError(
        f"--database {scheme}:... cannot be used: use sqlite:///PATH or "
        "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
    )


class DataFile:
    """Held for as long as the process uses the database; the lock dies with the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = locked(path)
        try:
            _check_is_database(path)
        except UsageError:
            self.close()
            raise

    def close(self) -> None:
        self._lock.close()

    def __enter__(self) -> "DataFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def locked(path: Path) -> IO[str]:
    """Ours until it is closed. Errors: UsageError, which names the process that has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("a+", encoding="ascii")
    except OSError as error:
        raise UsageError(
            f"{path.parent} cannot be written to ({error.strerror}): "
            "give another --data-dir or change its permissions"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise UsageError(
            f"{path.parent} is in use by another ogniwo (process {owner}): "
            "stop that one, or give this one another --data-dir"
        ) from error
    try:
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
    except OSError as error:
        raise UsageError(
            f"{path.parent} cannot be written to ({error.strerror}): {_MAKE_ROOM}"
        ) from error
    return lock


def cannot_be_opened(path: Path, error: sqlite3.Error) -> UsageError:
    advice = _ADVICE.get(_code_of(error), _ADVICE_ELSE)
    return UsageError(f"{path} cannot be opened ({error}): {advice}")


def advice_on_reading(error: BaseException | None) -> str | None:
    """What to do where the file cannot be read and need not be damaged; None: it may well be."""
    return _NO_FAULT_OF_THE_FILE.get(_code_of(error))


def _code_of(error: BaseException | None) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def user_of(path: Path) -> str | None:
    """The process that has the lock, asked without leaving a trace."""
    try:
        lock = path.with_name(path.name + ".lock").open(encoding="ascii")
    except OSError:
        return None  # nobody ever used it, or it is not ours to see
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return lock.read().strip() or "unknown"
    return None


def _check_is_database(path: Path) -> None:
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=LOCKED_PATIENCE_S)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("BEGIN IMMEDIATE")  # fails where we may read but not write
            connection.execute("ROLLBACK")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise cannot_be_opened(path, error) from error
