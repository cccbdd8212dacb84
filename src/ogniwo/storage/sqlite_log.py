"""SQLite's write-ahead log as the writer leaves it: how long it is, and when it is folded back.

It is begun anew from its front and not cut: to write over what a file holds already takes half
the processor time, and two thirds of the wait for the disk, of letting it grow.
"""

import os
import sqlite3
from pathlib import Path
from typing import Final

FOLD_BUSY_MS: Final = 50  # nobody shall notice that a reader kept the log from being folded

# Of the file format: a head, then frames, each with a head of its own and a page.
_HEAD_BYTES: Final = 32
_PAGE_BYTES: Final = slice(8, 12)  # where the head says how large a page is
_ROUND: Final = slice(16, 24)  # and which time it is that the log is begun
_FRAME_HEAD_BYTES: Final = 24
_ROUND_OF_FRAME: Final = slice(8, 16)


class WriteAheadLog:
    """Folded at half of ``bytes_max`` if next to nothing is left to do, else at all of it."""

    def __init__(self, database: Path, *, bytes_max: int) -> None:
        self._path = database.with_name(database.name + "-wal")
        self._bytes_max = bytes_max
        self._fold_beyond_bytes = bytes_max
        self._folded_beside = False

    def note_folded(self) -> None:
        """Somebody has folded nearly all of it. Any thread may tell."""
        self._folded_beside = True

    def keep_short(self, connection: sqlite3.Connection, *, busy_ms: int) -> None:
        """The batch is durable already: what goes wrong here only waits for another time."""
        beyond_bytes = self._fold_beyond_bytes // (2 if self._folded_beside else 1)
        self._folded_beside = False
        try:
            if not self._reaches(beyond_bytes):
                return
            # A reader that needed the log let it grow: then it is cut as well.
            cut = self._path.stat().st_size > 2 * self._bytes_max
        except OSError:
            return
        # A reader that needs the log keeps it; asking after every batch would only cost time.
        if _folded(connection, "TRUNCATE" if cut else "RESTART", busy_ms):
            self._fold_beyond_bytes = self._bytes_max
        else:
            self._fold_beyond_bytes += self._bytes_max // 4

    def _reaches(self, length: int) -> bool:
        """Behind the frames that count lie those of former rounds."""
        file = os.open(self._path, os.O_RDONLY)
        try:
            head = os.pread(file, _HEAD_BYTES, 0)
            frame_bytes = _FRAME_HEAD_BYTES + int.from_bytes(head[_PAGE_BYTES], "big")
            place = _HEAD_BYTES + length // frame_bytes * frame_bytes
            frame = os.pread(file, _FRAME_HEAD_BYTES, place)
        finally:
            os.close(file)
        return len(frame) == _FRAME_HEAD_BYTES and frame[_ROUND_OF_FRAME] == head[_ROUND]


def _folded(connection: sqlite3.Connection, how: str, busy_ms: int) -> bool:
    try:
        connection.execute(f"PRAGMA busy_timeout = {FOLD_BUSY_MS}")
        try:
            busy, _, _ = connection.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {busy_ms}")
    except sqlite3.Error:
        return False
    return not busy
