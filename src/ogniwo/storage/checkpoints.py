"""Folds SQLite's write-ahead log back into the file, beside the writer.

Passive checkpoints take nothing from anybody; done by the writer itself they would double the
slowest answers. What is written meanwhile stays in the log, so that its end is never reached: the
writer is told when it has next to nothing left to fold, and begins the log anew if it is long.
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
# What is written during one is left to the next, which has much less to fold. The one during which
# nothing was written brings the file to the disk, too: the writer would have to wait for that.
PASSES_MAX: Final = 4

_PASS: Final = "PRAGMA wal_checkpoint(PASSIVE)"

_log = log.get("storage")


class Checkpoints:
    """``written`` counts the writer's batches: an idle database is left alone."""

    def __init__(
        self, path: Path, written: Callable[[], int], folded: Callable[[], None] = lambda: None
    ) -> None:
        self._path = path
        self._written = written
        self._folded = folded
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
                _fold_nearly_all(connection)
            finally:
                connection.close()
        except sqlite3.Error as error:
            if not self._failing:  # a full disk stays so for hours: told once
                _log.warning("checkpoint_failed", reason=str(error))
            self._failing = True
            return False
        self._failing = False
        self._folded()
        return True


def _fold_nearly_all(connection: sqlite3.Connection) -> None:
    before = None
    for _ in range(PASSES_MAX):
        _, logged, _ = connection.execute(_PASS).fetchone()
        if logged == before:
            return
        before = logged
