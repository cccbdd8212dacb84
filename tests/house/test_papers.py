"""What is written beside the code: lock files, documents, and what must never be written."""

import re
import subprocess
import tomllib
from typing import Final

import pytest

from tests.house.tree import ROOT, shown, texts

LOCKS: Final = ("requirements.lock", "requirements-dev.lock")
OTHER_LOCKS: Final = ("requirements-node.lock", "console/package-lock.json")
PINNED = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>\S+)", re.MULTILINE)
# In two halves, so that this file does not name them itself.
NAMES_OF_A_MACHINE: Final = tuple(
    head + tail
    for head, tail in (
        ("/wo", "rk/"),
        ("../sha", "red"),
        ("/ro", "ot/"),
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("npmjs", ".org"),
        ("proxy.golang", ".org"),
    )
)


def _pins(lock: str) -> dict[str, str]:
    return {found["name"]: found["version"] for found in PINNED.finditer((ROOT / lock).read_text())}


@pytest.mark.parametrize("lock", [*LOCKS, *OTHER_LOCKS])
def test_a_lock_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_has_a_hash(lock: str) -> None:
    pins = (ROOT / lock).read_text().replace("\\\n", " ").splitlines()

    assert [pin for pin in pins if "--hash=sha256:" not in pin] == []


def test_the_tests_run_on_the_versions_that_users_get() -> None:
    for_users, for_us = _pins(LOCKS[0]), _pins(LOCKS[1])

    assert for_users.items() <= for_us.items()


def test_users_install_none_of_our_tools() -> None:
    tools = {"pytest", "mypy", "ruff", "hypothesis", "ocpp", "import-linter"}

    assert tools.isdisjoint(_pins(LOCKS[0]))
    assert tools <= _pins(LOCKS[1]).keys()


def test_everything_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["setup"],
        *project["dependency-groups"]["dev"],
    ]
    names = {re.split(r"[\[<>=~! ]", wish, maxsplit=1)[0].lower() for wish in asked}

    assert names <= _pins(LOCKS[1]).keys()


def test_nothing_names_the_machine_it_was_written_on() -> None:
    named = [
        f"{shown(path)}: {word}"
        for path, text in texts()
        for word in NAMES_OF_A_MACHINE
        if word in text
    ]

    assert named == []


def test_the_readme_gives_both_commands_and_make_has_them() -> None:
    readme = (ROOT / "README.md").read_text()
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    for command in ("make run", "make test"):
        assert command in readme
        assert command in listed


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{shown(path)}: {target}"
        for path, text in texts()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text)
        if not (path.parent / target).exists()
    ]

    assert broken == []


def test_decisions_are_numbered_without_gaps_and_state_their_price() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [int(path.name[:4]) for path in decisions]

    assert numbers == list(range(1, len(decisions) + 1))
    for path in decisions:
        text = path.read_text()
        for part in ("Status: ", "## Context", "## Decision", "## Consequences"):
            assert part in text, f"{shown(path)} has no {part}"
