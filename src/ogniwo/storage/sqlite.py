"""SQLite as the writer's store: its settings, its transactions, and what its errors mean."""

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from ogniwo.storage.batch import Stage
from ogniwo.storage.faults import StoreAwayError, UnfitDataError
from ogniwo.storage.rows import Values
from ogniwo.storage.sqlite_log import WriteAheadLog
from ogniwo.storage.sqlite_statements import STATEMENTS, Statement

WAL_BYTES_MAX: Final = 64 * 1024 * 1024  # beyond it the writer folds the log back itself
CACHE_KIB_WRITER: Final = 64 * 1024
BUSY_MS: Final = 2_000  # another connection of ours (backup, migration) holds the lock briefly
BATCHES_REMEMBERED: Final = 64
WRITER_NAME: Final = "main"  # SQLite has one writer; its numbers go on after a restart

# What says that the data is at fault; everything else may pass, so the batch is held.
_UNFIT_CODES: Final = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_RANGE,
        sqlite3.SQLITE_TOOBIG,
    }
)
# Raised by the driver while it binds values: wrong type, too large, text that is no Unicode.
_UNFIT_VALUES: Final = (OverflowError, ValueError, TypeError, sqlite3.ProgrammingError)

_REMEMBER: Final = "INSERT INTO writer_batch (writer, number) VALUES (?, ?)"
_FORGET: Final = "DELETE FROM writer_batch WHERE writer = ? AND number <= ?"
_IS_REMEMBERED: Final = "SELECT 1 FROM writer_batch WHERE writer = ? AND number = ?"
_HIGHEST: Final = "SELECT coalesce(max(number), 0) FROM writer_batch WHERE writer = ?"

# For what is no plain number or text the driver searches long how to adapt it, which is most of
# the time that a null takes. Told of a way, it takes that: both give back what they are given.
_NULL: Final = {None: None}
sqlite3.register_adapter(type(None), _NULL.__getitem__)
sqlite3.register_adapter(bytes, bytes.__bytes__)


def connect(path: Path, *, cache_kib: int, busy_ms: int = BUSY_MS) -> sqlite3.Connection:
    """A connection that starts no transaction and no checkpoint of its own accord."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    for setting in (
        f"busy_timeout = {busy_ms}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "wal_autocheckpoint = 0",
        f"cache_size = -{cache_kib}",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {setting}")
    return connection


def is_unfit(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _UNFIT_CODES


class SqliteStore:
    """Used by one thread at a time."""

    def __init__(
        self, path: Path, *, writer: str = WRITER_NAME, wal_bytes_max: int = WAL_BYTES_MAX
    ) -> None:
        self._path = path
        self._writer = writer
        self._log = WriteAheadLog(path, bytes_max=wal_bytes_max)
        self._connection: sqlite3.Connection | None = None

    @property
    def connection(self) -> sqlite3.Connection:
        """Opened on demand: it is given up when an I/O error left it past using."""
        if self._connection is None:
            try:
                self._connection = connect(self._path, cache_kib=CACHE_KIB_WRITER)
            except sqlite3.Error as error:
                raise StoreAwayError(str(error)) from error
        return self._connection

    def store(self, stages: Sequence[Stage], number: int, _fences: Mapping[int, int]) -> None:
        """There is no other process that could have taken a station, so every fence holds."""
        try:
            self._transact(stages, number)
        except sqlite3.Error as error:
            self._roll_back()
            if is_unfit(error) or isinstance(error, _UNFIT_VALUES):
                raise UnfitDataError(str(error)) from error
            raise StoreAwayError(str(error)) from error
        except _UNFIT_VALUES as error:
            self._roll_back()
            raise UnfitDataError(str(error)) from error
        except UnfitDataError:
            self._roll_back()
            raise
        self._log.keep_short(self.connection, busy_ms=BUSY_MS)

    def has_stored(self, number: int) -> bool:
        try:
            found = self.connection.execute(_IS_REMEMBERED, (self._writer, number)).fetchone()
        except sqlite3.Error as error:
            raise StoreAwayError(str(error)) from error
        return found is not None

    def highest_number(self) -> int:
        (number,) = self.connection.execute(_HIGHEST, (self._writer,)).fetchone()
        return int(number)

    def note_folded(self) -> None:
        """Told from another thread: nearly all of the log is in the file."""
        self._log.note_folded()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _transact(self, stages: Sequence[Stage], number: int) -> None:
        cursor = self.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        for act, rows in chain.from_iterable(stages):
            _run(cursor, STATEMENTS[act], rows)
        cursor.execute(_REMEMBER, (self._writer, number))
        cursor.execute(_FORGET, (self._writer, number - BATCHES_REMEMBERED))
        cursor.execute("COMMIT")

    def _roll_back(self) -> None:
        """After an I/O error SQLite may have rolled back itself, or be past using."""
        try:
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self.close()


def _run(cursor: sqlite3.Cursor, statement: Statement, rows: Sequence[Values]) -> None:
    done = 0
    matched = 0
    for width, text in statement.texts:
        while len(rows) - done >= width:
            chunk = rows[done : done + width]
            cursor.execute(text, list(chain.from_iterable(chunk)))
            matched += cursor.rowcount
            done += width
    if statement.exact and matched != len(rows):
        raise UnfitDataError(f"{len(rows) - matched} rows to change are not on file")
