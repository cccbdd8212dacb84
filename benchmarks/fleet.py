"""The crowds of one run: as many processes as their sockets need, spoken to as one.

A process has at most 20,000 files and an address fewer than 28,000 ports, so each crowd has
addresses of its own, 127.0.1.1 and on.
"""

import json
import math
import os
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.standing import Standing

MEMBERS_MAX: Final = 17_000  # of one crowd
SLACK_S: Final = 20.0  # for a crowd to say that its time is over
END_S_MAX: Final = 10.0


class CrowdError(Exception):
    """A crowd ended or fell silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What all crowds said; seconds count from the moment they were told."""

    online: int
    acknowledged: int  # readings, since the beginning
    unsure: int  # readings that were cut off before their answer: they may be stored or not
    open: int  # calls without an answer
    broken: Counter[str]  # why connections were lost or not made
    connected_s: list[float]  # ascending
    charging_s: list[float]  # until the first answer to those with a reading to deliver
    booted_s: list[float]  # and to those that said no more than that they are there

    def missing(self, stored: int) -> str | None:
        """Why it does not count, if what is stored is not what was acknowledged."""
        if self.acknowledged <= stored <= self.acknowledged + self.unsure:
            return None
        sure, unsure = f"{self.acknowledged:,} readings", f"{self.unsure:,} cut off"
        return f"acknowledged {sure}, and {unsure}; stored {stored:,}"

    @property
    def answered(self) -> int:
        return len(self.charging_s) + len(self.booted_s)

    @property
    def last_s(self) -> float:
        return max([*self.charging_s[-1:], *self.booted_s[-1:]], default=math.inf)


class Fleet:
    def __init__(self, crowds: list[subprocess.Popen[bytes]]) -> None:
        self._crowds = crowds

    @property
    def processes(self) -> tuple[int, ...]:
        return tuple(crowd.pid for crowd in self._crowds)

    def connect(self, within_s: float) -> Report:
        """All, at a pace that the server sets; until each has had an answer."""
        return self._ask("connect", within_s)

    def reconnect(self, within_s: float) -> Report:
        """All are cut off and come back at once; until each has had an answer."""
        return self._ask("reconnect", within_s)

    def report(self) -> Report:
        return self._ask("report", 0.0)

    def quiet(self, within_s: float = 30.0) -> Report:
        """They say nothing more; until all that they said is answered."""
        return self._ask("quiet", within_s)

    def _ask(self, do: str, within_s: float) -> Report:
        line = json.dumps({"do": do, "within_s": within_s}).encode() + b"\n"
        for crowd in self._crowds:
            assert crowd.stdin is not None
            os.write(crowd.stdin.fileno(), line)
        patience_ends_s = time.monotonic() + within_s + SLACK_S
        return _joined([_line(crowd, patience_ends_s) for crowd in self._crowds])


@contextmanager
def fleet(standing: Standing, *, port: int, folder: Path) -> Iterator[Fleet]:
    """Started, none connected yet; ended with the block."""
    told = folder / "standing.json"
    told.write_bytes(msgspec.json.encode(standing))
    count = -(-standing.stations // MEMBERS_MAX)
    each = -(-standing.stations // count)
    with ExitStack() as stack:
        crowds = []
        for place in range(count):
            first = place * each
            members = min(each, standing.stations - first)
            command = [sys.executable, "-m", "benchmarks.crowd", "--port", str(port)]
            command += ["--network", f"127.0.{place + 1}", "--standing", str(told)]
            command += ["--first", str(first), "--count", str(members)]
            pipe = subprocess.PIPE
            crowd = subprocess.Popen(command, stdin=pipe, stdout=pipe, bufsize=0)
            stack.callback(_end, crowd)
            crowds.append(crowd)
        yield Fleet(crowds)


def _line(crowd: subprocess.Popen[bytes], patience_ends_s: float) -> dict[str, Any]:
    assert crowd.stdout is not None
    told = b""
    while not told.endswith(b"\n"):
        wait_s = max(0.0, patience_ends_s - time.monotonic())
        if not select.select([crowd.stdout], [], [], wait_s)[0]:
            raise CrowdError("a crowd does not answer")
        piece = os.read(crowd.stdout.fileno(), 1 << 20)
        if not piece:
            raise CrowdError(f"a crowd ended with {crowd.wait()}")
        told += piece
    answer: dict[str, Any] = json.loads(told)
    return answer


def _joined(told: list[dict[str, Any]]) -> Report:
    broken: Counter[str] = Counter()
    for it in told:
        broken.update(it["broken"])

    def total(name: str) -> int:
        return sum(it[name] for it in told)

    def all_of(name: str) -> list[float]:
        return sorted(at_s for it in told for at_s in it[name])

    return Report(
        online=total("online"),
        acknowledged=total("acknowledged"),
        unsure=total("unsure"),
        open=total("open"),
        broken=broken,
        connected_s=all_of("connected_s"),
        charging_s=all_of("charging_s"),
        booted_s=all_of("booted_s"),
    )


def _end(crowd: subprocess.Popen[bytes]) -> None:
    assert crowd.stdin is not None
    assert crowd.stdout is not None
    crowd.stdin.close()  # it ends by itself then
    try:
        crowd.wait(END_S_MAX)
    except subprocess.TimeoutExpired:
        crowd.kill()
        crowd.wait()
    crowd.stdout.close()
