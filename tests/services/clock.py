"""A wall clock that a test sets, for real processes of ours; every other clock goes on."""

import os
import struct
from datetime import timedelta
from pathlib import Path
from typing import Final

SHIM: Final = Path(__file__).with_name("shifted")
AHEAD_NS: Final = struct.Struct("=q")
NS_PER_US: Final = 1_000


class WallClock:
    """Of every process that is started with ``environment``; right until it is set."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "wall-clock"
        self._file.write_bytes(AHEAD_NS.pack(0))
        paths = [str(SHIM), os.environ.get("PYTHONPATH", "")]
        self.environment = {
            "WALL_CLOCK_FILE": str(self._file),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }

    def set(self, ahead: timedelta) -> None:
        """It shows this much more than the right time, from now on, in one step."""
        with self._file.open("r+b") as file:
            file.write(AHEAD_NS.pack(ahead // timedelta(microseconds=1) * NS_PER_US))
