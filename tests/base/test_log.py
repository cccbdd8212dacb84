"""What is wrong with the log is no reason for anything else to fail."""

import os
import subprocess
import sys
from typing import Final

LOG_MUCH: Final = """
from ogniwo.base import log
log.set_up()
for number in range(1_000):
    log.get("test").error("something_happened", number=number)
print("went on")
"""


def told_by(stderr: int) -> str:
    with os.fdopen(stderr, "wb") as log:
        ended = subprocess.run(
            [sys.executable, "-c", LOG_MUCH],
            check=False,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            timeout=30,
        )
    return ended.stdout


def test_a_log_on_a_full_disk_stops_nobody() -> None:
    assert told_by(os.open("/dev/full", os.O_WRONLY)) == "went on\n"


def test_a_log_that_nobody_reads_any_more_stops_nobody() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    assert told_by(writer) == "went on\n"
