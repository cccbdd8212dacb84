"""The real program in simulated worlds: the same seeds each time, and some that are new.

A world that does not hold prints the one command that lives through it again.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.simulation.bugs import BUGS

FIXED = "1-8"
FRESH_S = 60  # no new world is begun after so many seconds
HOURS = "1"

WORLDS_MAX = 30  # of each bug: any change of the server may make another world of a seed

# Where to begin to look for a world that catches each bug.
CAUGHT_NEAR = {
    "answer_before_commit": 1,
    "dedupe_by_message_id": 1,
    "no_fencing": 1,
    "apply_before_commit": 2,
    "lost_reply_on_reconnect": 1,
    "seq_no_off_by_one": 7,
    "late_data_revives": 1,
    "command_twice": 2,
    "accepted_is_forgotten": 1,
    "unknown_is_lost": 1,
    "closed_is_repaired": 1,
    "echo_is_another_stop": 1,
}


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.simulation", "--hours", HOURS, *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    return subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment, timeout=400
    )


def told_by(run: subprocess.CompletedProcess[str]) -> str:
    """A run that died of itself has judged no world, and says nothing of any bug."""
    if run.stderr:
        pytest.fail(f"the run itself died: {' '.join(run.args)}\n{run.stderr}", pytrace=False)
    return run.stdout


@pytest.fixture
def both_cores() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.mark.timeout(430)
def test_the_books_balance_in_every_world(both_cores: ThreadPoolExecutor) -> None:
    fresh = time.time_ns() // 1_000 % 1_000_000_000  # noqa: TID251 - any number that is new
    fixed = both_cores.submit(simulate, "--seeds", FIXED)
    new = both_cores.submit(simulate, "--seeds", f"{fresh}-{fresh + 99}", "--budget", str(FRESH_S))
    for run in (fixed.result(), new.result()):
        told = told_by(run)
        assert run.returncode == 0, told
        assert "holds" in told


@pytest.mark.timeout(430)
def test_a_world_lived_through_again_is_the_same_to_the_last_byte(
    both_cores: ThreadPoolExecutor,
) -> None:
    runs = [both_cores.submit(simulate, "--seed", "3") for _ in range(2)]
    told = {told_by(run.result()) for run in runs}
    assert len(told) == 1
    assert "digest" in told.pop()


@pytest.mark.timeout(430)
def test_every_planted_bug_is_caught(both_cores: ThreadPoolExecutor) -> None:
    runs = {
        bug: both_cores.submit(
            simulate, "--seeds", f"{first}-{first + WORLDS_MAX - 1}", "--bug", bug
        )
        for bug, first in CAUGHT_NEAR.items()
    }
    told = {bug: told_by(run.result()) for bug, run in runs.items()}
    escaped = [bug for bug, worlds in told.items() if "FINDINGS" not in worlds]
    assert not escaped


def test_every_bug_there_is_is_looked_for() -> None:
    assert set(CAUGHT_NEAR) == set(BUGS)
