"""The rules of ``tests/conftest.py``, each broken on purpose in a test run of its own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.house.tree import ROOT

OFFENCES: Final = """
import asyncio, socket, threading, warnings

async def test_async(tmp_path):
    assert not tmp_path.exists()

async def test_task():
    asyncio.get_running_loop().create_task(asyncio.sleep(50), name="orphan")

def test_thread():
    wait = threading.Event().wait
    threading.Thread(target=wait, args=(50,), name="orphan", daemon=True).start()

def test_name():
    socket.create_connection(("backend.example", 9), timeout=0.1)

def test_number():
    with socket.socket() as plain:
        plain.settimeout(0.1)
        plain.connect(("192.0.2.1", 9))

def test_warning():
    warnings.warn("old", stacklevel=1)
"""

INNOCENCE: Final = """
import asyncio, socket

def test_loopback():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for name in ("127.0.0.1", "localhost"):
            socket.create_connection((name, port), timeout=5).close()

async def test_task_that_ends():
    asyncio.get_running_loop().create_task(asyncio.sleep(0.05))
    await asyncio.to_thread(int)
"""

SKIPPED: Final = """
import pytest

def test_it():
    pytest.skip("no chromium here")

def test_other():
    pass
"""


@dataclass(frozen=True)
class Run:
    code: int
    told: str


def _run(root: Path, source: str, *, ci: bool = False) -> Run:
    """One test file of the test's choosing, in a project that has only our rules."""
    (root / "tests" / "room").mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", root)
    shutil.copy(ROOT / "tests" / "conftest.py", root / "tests")
    shutil.copytree(ROOT / "tests" / "services", root / "tests" / "services")
    (root / "tests" / "room" / "test_it.py").write_text(source)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"],
        cwd=root,
        env=environment | ({"CI": "true"} if ci else {}) | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def offences(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return _run(tmp_path_factory.mktemp("offences"), OFFENCES)


@pytest.mark.parametrize(
    ("offence", "verdict"),
    [
        ("test_async", "assert not True"),
        ("test_task", "left tasks behind: orphan"),
        ("test_thread", "left the thread 'orphan' behind"),
        ("test_name", "tried to reach 'backend.example'"),
        ("test_number", "tried to reach '192.0.2.1'"),
        ("test_warning", "UserWarning: old"),
    ],
)
def test_a_broken_rule_fails_its_test(offences: Run, offence: str, verdict: str) -> None:
    lines = [line for line in offences.told.splitlines() if f"::{offence} - " in line]

    assert offences.code == 1
    assert [line for line in lines if verdict in line], offences.told


def test_what_stays_on_this_machine_and_ends_breaks_no_rule(tmp_path: Path) -> None:
    run = _run(tmp_path, INNOCENCE)

    assert run.code == 0, run.told


def test_a_skipped_test_is_named_with_its_reason(tmp_path: Path) -> None:
    run = _run(tmp_path, SKIPPED)

    assert run.code == 0
    assert "tests/room/test_it.py::test_it: no chromium here" in run.told


def test_a_skipped_test_fails_the_run_where_nothing_may_be_missing(tmp_path: Path) -> None:
    run = _run(tmp_path, SKIPPED, ci=True)

    assert run.code == 1
    assert "counts as failed" in run.told


def test_a_run_tells_the_share_of_each_suite(offences: Run) -> None:
    assert "time by suite" in offences.told
    assert "room                6 tests" in offences.told
