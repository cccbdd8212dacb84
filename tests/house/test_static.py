"""The tools that read the whole tree, each as one test; `make check` calls them directly."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import CODE, ROOT

pytestmark = [pytest.mark.static, pytest.mark.timeout(300)]


def _complaints_of(tool: str, *arguments: str) -> str:
    """What the tool has to say, or nothing when it is content."""
    command = [str(Path(sys.executable).parent / tool), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_all_code_has_one_format() -> None:
    assert _complaints_of("ruff", "format", "--check", *CODE) == ""


def test_the_linter_finds_nothing() -> None:
    assert _complaints_of("ruff", "check", *CODE) == ""


def test_every_type_holds() -> None:
    assert _complaints_of("mypy") == ""


def test_imports_point_down() -> None:
    assert _complaints_of("lint-imports", "--no-logo") == ""
