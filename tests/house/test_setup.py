"""Setting up on machines that lack something: what is said, and when nothing need be done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tools.setup import environment

FIND_PYTHON = ROOT / "tools" / "setup" / "find-python"
SYSTEM_PACKAGES = ROOT / "tools" / "setup" / "system-packages"


def _program(folder: Path, name: str, *lines: str) -> None:
    program = folder / name
    program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    program.chmod(0o755)


def _find_python(path: Path) -> subprocess.CompletedProcess[str]:
    settings = {"PATH": str(path)}
    return subprocess.run(
        [FIND_PYTHON], env=settings, capture_output=True, text=True, check=False, timeout=30
    )


def test_a_python_that_is_only_a_shim_is_passed_over(tmp_path: Path) -> None:
    _program(tmp_path, "python3.11", "echo 'python3.11: command not found' >&2", "exit 127")
    _program(tmp_path, "python3.12", f'exec "{sys.executable}" "$@"')

    assert _find_python(tmp_path).stdout.strip() == str(tmp_path / "python3.12")


def test_a_machine_without_a_python_of_ours_is_told_which_one_to_get(tmp_path: Path) -> None:
    _program(tmp_path, "python3", "exit 1")  # what an older one answers to our question

    found = _find_python(tmp_path)

    assert found.returncode == 1
    assert "Python 3.11" in found.stderr


def test_a_python_without_venv_is_told_where_to_get_it(tmp_path: Path) -> None:
    without_venv = f'case "$2" in *ensurepip*) exit 1;; esac; exec "{sys.executable}" "$@"'
    _program(tmp_path, "python3", without_venv)

    found = _find_python(tmp_path)

    assert found.returncode == 1
    assert "python3-venv" in found.stderr


def test_a_program_that_cannot_be_installed_is_named_and_stops_nothing(tmp_path: Path) -> None:
    bash = Path("/bin/bash")
    done = subprocess.run(
        [bash, SYSTEM_PACKAGES, "a-browser", "sh"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert done.returncode == 0
    assert "a-browser is not installed" in done.stderr


def test_programs_that_are_there_need_no_word(tmp_path: Path) -> None:
    _program(tmp_path, "a-browser", "exit 0")

    done = subprocess.run(
        ["/bin/bash", SYSTEM_PACKAGES, "a-browser"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_program_off_the_path_is_found_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "15").mkdir()
    _program(tmp_path / "15", "server", "exit 0")

    there, elsewhere = (
        subprocess.run(
            ["/bin/bash", SYSTEM_PACKAGES, f"a-package={tmp_path}/*/{program}"],
            env={"PATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        for program in ("server", "client")
    )

    assert there.stderr == ""
    assert "a-package is not installed" in elsewhere.stderr


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose environment pretends to be there; nothing is installed."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    locks = {kind: tmp_path / f"{kind}.lock" for kind in ("run", "dev")}
    for path in (*locks.values(), tmp_path / "pyproject.toml"):
        path.write_text("first\n")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "ENVIRONMENT", tmp_path / ".venv")
    monkeypatch.setattr(environment, "PYTHON", python)
    monkeypatch.setattr(environment, "LOCKS", locks)
    return tmp_path


def _mark_installed(kind: str) -> None:
    environment.stamp(kind).write_text(environment.fingerprint(kind))


def test_nothing_is_installed_twice(project: Path) -> None:
    assert not environment.is_installed("run")
    _mark_installed("run")
    assert environment.is_installed("run")


def test_what_the_tests_need_holds_what_the_product_needs(project: Path) -> None:
    _mark_installed("dev")

    assert environment.is_installed("run")


def test_what_the_product_needs_is_not_enough_for_the_tests(project: Path) -> None:
    _mark_installed("run")

    assert not environment.is_installed("dev")


@pytest.mark.parametrize("changed", ["run.lock", "pyproject.toml"])
def test_a_change_of_what_is_wanted_is_installed(project: Path, changed: str) -> None:
    _mark_installed("run")

    (project / changed).write_text("second\n")

    assert not environment.is_installed("run")


def test_an_unknown_kind_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert environment.main(["all"]) == 2
    assert "usage" in capsys.readouterr().err


def test_make_alone_starts_nothing_and_lists_its_targets(tmp_path: Path) -> None:
    told = subprocess.run(
        ["make"],
        cwd=ROOT,
        env=os.environ | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout

    assert {line.split()[1] for line in told.splitlines()} >= {"run", "test", "check", "fix"}
