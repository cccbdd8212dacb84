"""The rules every test runs under, and what a run reports at its end.

``async def`` tests are run here with ``asyncio.run``, or on the suite's ``shared_loop``. No test
reaches beyond this machine, leaves a task or a thread behind, or is skipped in silence.
"""

import asyncio
import inspect
import ipaddress
import os
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest

pytest_plugins: Final = (
    "tests.services.postgres",
    "tests.services.console",
)  # servers that several suites use

SKIP_IS_FAILURE: Final = os.environ.get("CI", "").lower() in {"1", "true"}
SETTLE_S: Final = 1.0  # a closing transport needs a few turns of the loop to end its tasks
SETTLE_STEP_S: Final = 0.01

# No deadline for each example: a busy machine is no defect. The time limit of the test remains.
hypothesis.settings.register_profile("ogniwo", deadline=None, print_blob=True)
hypothesis.settings.load_profile("ogniwo")

# -- async tests ------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    test = pyfuncitem.obj
    if not inspect.iscoroutinefunction(test):
        return None
    names = inspect.signature(test).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    shared = pyfuncitem.funcargs.get("shared_loop")
    run = shared.run if isinstance(shared, asyncio.Runner) else asyncio.run
    run(_leaving_no_task(test, arguments))
    return True


async def _leaving_no_task(
    test: Callable[..., Awaitable[None]], arguments: dict[str, object]
) -> None:
    before = asyncio.all_tasks()  # its own, and on a shared loop those of what is shared
    await test(**arguments)
    patience = round(SETTLE_S / SETTLE_STEP_S)
    while left := asyncio.all_tasks() - before:
        if patience == 0:
            names = sorted(task.get_name() for task in left)
            pytest.fail(f"the test left tasks behind: {', '.join(names)}", pytrace=False)
        patience -= 1
        await asyncio.sleep(SETTLE_STEP_S)


# -- nothing outside, nothing left ------------------------------------------------------------


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + SETTLE_S
    for thread in set(threading.enumerate()) - before:
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            pytest.fail(f"the test left the thread {thread.name!r} behind", pytrace=False)


@pytest.fixture(autouse=True, scope="session")
def _no_real_network() -> Iterator[None]:
    """uvloop and sub-processes are out of its reach: their tests bind to loopback by hand."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _only_local(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _only_local_names(socket.getaddrinfo))
        yield


def _only_local(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _refuse_unless_local(address[0])
        return connect(self, address)

    return guarded


def _only_local_names(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *args: Any, **options: Any) -> Any:
        if host:  # an empty host is "this machine", asked for by servers
            _refuse_unless_local(host.decode() if isinstance(host, bytes) else host)
        return resolve(host, *args, **options)

    return guarded


def _refuse_unless_local(host: str) -> None:
    if host == "localhost":
        return
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False  # a name: only a resolver out there could know it
    if not local:
        pytest.fail(f"a test tried to reach {host!r}: tests stay on this machine")


# -- the report -------------------------------------------------------------------------------

_spent_s: Final[dict[str, float]] = defaultdict(float)
_tests: Final[dict[str, int]] = defaultdict(int)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    suite = _suite_of(report.nodeid)
    _spent_s[suite] += report.duration
    _tests[suite] += report.when == "call"


def _suite_of(nodeid: str) -> str:
    below_tests = Path(nodeid.partition("::")[0]).parts[1:]
    return below_tests[0] if len(below_tests) > 1 else "tests"


def pytest_sessionfinish(session: pytest.Session) -> None:
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = terminal.stats.get("skipped") if terminal else None
    if skipped and SKIP_IS_FAILURE and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    _tell_shares(terminalreporter)
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        verdict = ": with CI set this run counts as failed" if SKIP_IS_FAILURE else ""
        terminalreporter.section(f"{len(skipped)} skipped{verdict}", yellow=True)
        for report in skipped:
            terminalreporter.write_line(f"{report.nodeid}: {_reason(report)}")


def _tell_shares(terminal: pytest.TerminalReporter) -> None:
    total_s = sum(_spent_s.values())
    if not total_s:
        return
    terminal.section("time by suite")
    for suite, spent_s in sorted(_spent_s.items(), key=lambda item: -item[1]):
        share = f"{spent_s / total_s:6.1%}"
        terminal.write_line(f"{suite:<14} {_tests[suite]:>6} tests {spent_s:>8.1f} s {share}")


def _reason(report: pytest.TestReport) -> str:
    where_and_why = report.longrepr
    text = where_and_why[2] if isinstance(where_and_why, tuple) else str(where_and_why)
    return text.removeprefix("Skipped: ")
