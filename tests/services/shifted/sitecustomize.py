"""Read by Python before anything else: its wall clock shows what a file says it does.

Only the wall clock: the monotonic one, sleeping and waiting stay as they are, as on a machine
whose time somebody sets. (libfaketime also bends what Python waits with.)
"""

import mmap
import os
import struct
import time
from pathlib import Path
from typing import Final

AHEAD_NS: Final = struct.Struct("=q")

_right_ns: Final = time.time_ns  # noqa: TID251 - what is to be shifted

with Path(os.environ["WALL_CLOCK_FILE"]).open("rb") as file:
    _shown: Final = mmap.mmap(file.fileno(), AHEAD_NS.size, access=mmap.ACCESS_READ)


def _time_ns() -> int:
    (ahead_ns,) = AHEAD_NS.unpack(_shown[: AHEAD_NS.size])
    return _right_ns() + int(ahead_ns)


def _time() -> float:
    return _time_ns() / 1e9


time.time_ns = _time_ns  # noqa: TID251 - what this is for
time.time = _time  # noqa: TID251 - as above
