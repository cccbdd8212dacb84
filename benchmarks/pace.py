"""Drive stations at a steady rate, open loop: what is due is due, whatever the server does.

Each station has a message due at even intervals, its first at a moment drawn by chance. The
answer time counts from the moment it was due, not from the moment it could be sent: a server
that stalls delays all that was due meanwhile, and each of them says so.
"""

import random
import select
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Final

from benchmarks.load import NS_PER_S, SILENCE_S_MAX, Link, Load, LoadError, percentile_ms
from benchmarks.machine import CpuUse, Watched, cpu_use, read_cpu
from benchmarks.station import Script, Station

CARRIED: Final = 0.99  # of what was due must have been answered when the time was over
OVERTIME_S_MAX: Final = 60.0  # to answer the rest; then the server counts as stuck
ANSWER_STEP_S: Final = 0.05
SEED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What came of holding a rate."""

    asked: float  # messages/s
    carried: float  # answered within the time
    latencies_ns: list[int]  # ascending, of all that was due, also of what was answered later
    late_ns: list[int]  # ascending: by how much the generator itself was late
    cpu: CpuUse

    @property
    def kept_up(self) -> bool:
        return self.carried >= CARRIED * self.asked

    def ms(self, share: float) -> float:
        return percentile_ms(self.latencies_ns, share)

    @property
    def own_p99_ms(self) -> float:
        return percentile_ms(self.late_ns, 0.99)


@dataclass(slots=True)
class _Line:
    """A station's messages that are due."""

    link: Link
    script: Script
    frame: bytes  # the next one, made already
    due_ns: deque[int] = field(default_factory=deque)  # waiting behind the open one
    open_since_ns: int = 0  # when the open one was due; 0: none is open


class Pace(Load):
    """The links of a load, driven by the clock."""

    def __init__(self, stations: list[Station], port: int) -> None:
        super().__init__(stations, port)
        self._chance = random.Random(SEED)
        self._lines: dict[int, _Line] = {}
        self._late_ns = array("Q")
        self._open = 0

    def prime(self, script: Callable[[Station], Script]) -> None:
        """From now on each station says this, when it is due."""
        for link in self.links:
            begun = script(link.station)
            self._lines[link.socket.fileno()] = _Line(link, begun, next(begun))

    def hold(self, rate: float, duration_s: float, watched: Watched) -> Held:
        self.latencies_ns = array("Q")
        self._late_ns = array("Q")
        before = read_cpu(watched)
        begun_ns = perf_counter_ns()
        due = self._plan(rate, begun_ns)
        end_ns = begun_ns + int(duration_s * NS_PER_S)
        self._run(due, int(NS_PER_S * len(self._lines) / rate), end_ns)
        answered = len(self.latencies_ns)
        cpu = cpu_use(before, read_cpu(watched), watched)
        self._catch_up()
        return Held(
            asked=rate,
            carried=answered / duration_s,
            latencies_ns=sorted(self.latencies_ns),
            late_ns=sorted(self._late_ns),
            cpu=cpu,
        )

    def flat_out(self, duration_s: float) -> float:
        """Messages a second when each station sends as soon as it may."""
        self.latencies_ns = array("Q")
        begun_ns = perf_counter_ns()
        for line in self._lines.values():
            self._say(line, begun_ns)
        while perf_counter_ns() < begun_ns + int(duration_s * NS_PER_S):
            for line in self._lines.values():
                if not line.due_ns:
                    line.due_ns.append(begun_ns)
            select.select([self._epoll], [], [], SILENCE_S_MAX)
            self._hear()
        rate = len(self.latencies_ns) * NS_PER_S / (perf_counter_ns() - begun_ns)
        self._catch_up()
        return rate

    def answer_until(self, done: Callable[[], bool], patience_s: float) -> None:
        """Say nothing of their own; answer what the server asks."""
        patience_ends_ns = perf_counter_ns() + int(patience_s * NS_PER_S)
        while not done():
            if perf_counter_ns() > patience_ends_ns:
                raise LoadError(f"not done after {patience_s:.0f} s")
            select.select([self._epoll], [], [], ANSWER_STEP_S)
            self._hear()

    def _plan(self, rate: float, begun_ns: int) -> deque[tuple[int, _Line]]:
        """Who is due first, and when: the rest of the order repeats itself."""
        interval_ns = NS_PER_S * len(self._lines) / rate
        first = [(begun_ns + int(self._chance.random() * interval_ns), it) for it in self._lines]
        return deque((due_ns, self._lines[it]) for due_ns, it in sorted(first))

    def _run(self, due: deque[tuple[int, _Line]], interval_ns: int, end_ns: int) -> None:
        while (now_ns := perf_counter_ns()) < end_ns:
            while due[0][0] <= now_ns:
                due_ns, line = due.popleft()
                due.append((due_ns + interval_ns, line))
                self._say(line, due_ns)
            wait_ns = min(due[0][0], end_ns) - perf_counter_ns()
            if wait_ns > 0:
                # An epoll of Python waits whole milliseconds; select on it does not.
                select.select([self._epoll], [], [], wait_ns / NS_PER_S)
            self._hear()

    def _catch_up(self) -> None:
        patience_ends_ns = perf_counter_ns() + int(OVERTIME_S_MAX * NS_PER_S)
        while self._open:
            if not select.select([self._epoll], [], [], SILENCE_S_MAX)[0]:
                raise LoadError(f"no answer on any link for {SILENCE_S_MAX:.0f} s")
            if perf_counter_ns() > patience_ends_ns:
                raise LoadError(f"{self._open} stations still wait after {OVERTIME_S_MAX:.0f} s")
            self._hear()

    def _say(self, line: _Line, due_ns: int) -> None:
        if line.open_since_ns:
            line.due_ns.append(due_ns)
            return
        self._late_ns.append(perf_counter_ns() - due_ns)
        line.open_since_ns = due_ns
        self._open += 1
        line.link.send(line.frame)

    def _hear(self) -> None:
        for number, _ in self._epoll.poll(0):
            line = self._lines[number]
            for text in line.link.receive():
                self.latencies_ns.append(perf_counter_ns() - line.open_since_ns)
                line.frame = line.script.send(text)
                line.open_since_ns = 0
                self._open -= 1
                if line.due_ns:
                    line.open_since_ns = line.due_ns.popleft()
                    self._open += 1
                    line.link.send(line.frame)
