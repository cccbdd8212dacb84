"""Figures mean what they say: against a server of known faults, and by plain arithmetic."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import processes
from benchmarks.cluster import Extent
from benchmarks.contenders import free_ports, listening
from benchmarks.fleet import Report, fleet
from benchmarks.frames import PONG, client_frame
from benchmarks.machine import CpuUse, Watched, choose_cores, cpu_use, read_cpu
from benchmarks.member import BrokenLinkError, Member
from benchmarks.pace import Pace
from benchmarks.rows import reconnect
from benchmarks.standing import Standing
from benchmarks.station import Past, Station
from ogniwo.base.clock import SystemClock

ROOT = Path(__file__).parents[2]
PATIENCE_S = 20.0
STALL_MS = 400  # of each second


@contextmanager
def a_child(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        yield child
    finally:
        child.terminate()
        child.communicate(timeout=PATIENCE_S)


@contextmanager
def a_stub(*options: str) -> Iterator[int]:
    """The port it listens on."""
    port = free_ports(1)
    with a_child("-m", "tests.benchmarks.stub", "--port", str(port), *options):
        deadline = time.monotonic() + PATIENCE_S
        while not listening(port):
            assert time.monotonic() < deadline, "the stub did not start"
            time.sleep(0.02)
        yield port


def a_network(stations: int) -> Standing:
    return Standing(stations=stations, until=SystemClock().now_us())


def test_a_server_that_stalls_delays_all_that_is_due_meanwhile() -> None:
    """A closed loop would lose a message of each station a stall, and call the rest quick."""
    stations = [Station(number, Past(86_400)) for number in range(10)]
    with (
        a_stub("--stall-ms", str(STALL_MS)) as port,
        closing(Pace(stations, port)) as pace,
    ):
        pace.begin([station.start() for station in stations])
        pace.finish()
        pace.prime(Station.charge)
        held = pace.hold(200, 2.0, Watched(choose_cores(), os.getpid()))

    assert held.ms(0.5) < STALL_MS / 2
    assert held.ms(1.0) >= STALL_MS * 0.9
    late = sum(it > STALL_MS / 4 * 1e6 for it in held.latencies_ns)
    # Of each second 300 ms are such that what is due then waits longer than 100 ms.
    assert late / len(held.latencies_ns) > 0.2
    assert len(held.latencies_ns) == pytest.approx(400, abs=20)


def test_a_crowd_that_is_refused_comes_back_and_tells_of_it(tmp_path: Path) -> None:
    with (
        a_stub("--refuse", "3") as port,
        fleet(a_network(10), port=port, folder=tmp_path) as crowds,
    ):
        connected = crowds.connect(PATIENCE_S)
        back = crowds.reconnect(PATIENCE_S)

    assert connected.broken == {"refused with 503": 3}
    assert (connected.online, connected.answered) == (10, 10)
    assert connected.last_s >= 1.0  # the refused waited as long as they were told
    assert (len(back.charging_s), len(back.booted_s)) == (2, 8)
    assert back.last_s < 1.0
    assert back.acknowledged == 4  # of two stations, before and after


def test_a_reading_whose_answer_was_cut_off_may_be_stored_or_not() -> None:
    member = Member(0, a_network(5))
    member.hello("127.0.0.1", 1)

    said = member.heard(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", 1.0)
    assert len(said) > 1_000  # it charges, so a reading comes first
    assert member.heard(b"\x89\x01x", 1.1) == client_frame(b"x", PONG)
    member.lost()

    assert (member.acknowledged, member.unsure) == (0, 1)
    with pytest.raises(BrokenLinkError) as refused:
        Member.heard(member_upgrading(), b"HTTP/1.1 503 x\r\nRetry-After: 7\r\n\r\n", 2.0)
    assert refused.value.retry_after_s == 7


def member_upgrading() -> Member:
    member = Member(1, a_network(5))
    member.hello("127.0.0.1", 1)
    return member


A_REPORT = Report(
    online=4,
    acknowledged=10,
    unsure=1,
    open=0,
    broken=Counter(),
    connected_s=[1.0] * 4,
    charging_s=[2.0, 3.0],
    booted_s=[8.0, 9.0],
)


def test_what_was_acknowledged_must_be_stored_and_no_more_than_was_said() -> None:
    assert [stored for stored in range(20) if A_REPORT.missing(stored) is None] == [10, 11]


def test_transactions_are_first_only_if_their_answers_come_clearly_sooner() -> None:
    cpu = CpuUse(server=1.0, generator=0.5)

    def sentences(report: Report) -> list[str]:
        returned = reconnect.Return(report, cpu, None)
        extent = Extent(stations=4, gateways=2)
        return reconnect.outcome(reconnect.ROW, returned, extent).sentences

    assert sentences(A_REPORT)[0].startswith("met: the last station was answered after 9 s")
    assert sentences(A_REPORT)[2].startswith("met: transactions first")
    level = replace(A_REPORT, charging_s=[8.0, 9.0])
    assert sentences(level)[2].startswith("MISSED: transactions first")
    lost = replace(A_REPORT, booted_s=[8.0])
    assert sentences(lost)[0].startswith("MISSED")
    assert sentences(lost)[1].startswith("MISSED: 1 stations got no answer")


def a_watch(server: int, *services: int) -> Watched:
    return Watched(choose_cores(), server, services)


def test_what_our_own_database_takes_is_not_strangers() -> None:
    idles = "import time; time.sleep(60)"
    burns = "print(flush=True)\nwhile True: pass"
    with a_child("-c", idles) as server, a_child("-c", burns) as burning:
        assert burning.stdout is not None
        burning.stdout.readline()
        watches = a_watch(server.pid, burning.pid), a_watch(server.pid)
        before = [read_cpu(it) for it in watches]
        time.sleep(0.5)
        after = [read_cpu(it) for it in watches]
    known, unknown = (cpu_use(a, b, it) for a, b, it in zip(before, after, watches, strict=True))

    assert known.services > 0.1
    assert unknown.services == 0
    assert unknown.strangers > known.strangers


def test_memory_is_that_of_a_process_and_its_children() -> None:
    """The child holds much, its parent next to nothing; with the parent both end."""
    holds = "import sys; held = b'x' * 60_000_000; print(flush=True); sys.stdin.read()"
    starts = (
        "import subprocess, sys;"
        f"subprocess.Popen([sys.executable, '-c', {holds!r}], stdin=subprocess.PIPE).wait()"
    )
    with a_child("-c", starts) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        family_kb = processes.family(parent.pid).memory_kb

    assert 58_000 < family_kb < 120_000
