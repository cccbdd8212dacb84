"""Folds SQLite's write-ahead log back into the file, beside the writer.

Passive checkpoints take nothing from anybody; done by the writer itself they would double the
slowest answers. When the log grows past a bound all the same, the writer empties it.
"""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ogniwo.base import log
from ogniwo.storage.sqlite import connect

PAUSE_S: Final = 0.5
CACHE_KIB: Final = 2 * 1024

_log = log.get("storage")


class Checkpoints:
    """``written`` counts the writer's batches: an idle database is left alone."""

    def __init__(self, path: Path, written: Callable[[], int]) -> None:
        self._path = path
        self._written = written
        self._failing = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name="ogniwo-checkpoints", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _live(self) -> None:
        folded = 0
        while not self._stopping.wait(PAUSE_S):
            written = self._written()
            if written != folded and self._fold():
                folded = written

    def _fold(self) -> bool:
        try:
            connection = connect(self._path, cache_kib=CACHE_KIB)
            try:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            finally:
                connection.close()
        except sqlite3.Error as error:
            if not self._failing:  # a full disk stays so for hours: told once
                _log.warning("checkpoint_failed", reason=str(error))
            self._failing = True
            return False
        self._failing = False
        return True
