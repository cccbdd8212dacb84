"""The documents against the code: nothing stale, nothing missing, no command that is not there."""

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, get_args

import pytest
import typer

from ogniwo.base.settings import Settings
from ogniwo.cli.main import app
from ogniwo.domain.commands import CommandState
from ogniwo.domain.events import EventKind
from ogniwo.domain.orders import ResetKind, TriggerMessage, remote
from ogniwo.domain.session import Flag, SessionState
from ogniwo.gateway import admission
from ogniwo.gateway.refusal import RefusalReason
from ogniwo.ocpp.catalogue import VERSIONS
from tests.house.tree import PACKAGE, ROOT, shown
from tools.generate_docs import main as generate_docs

REFERENCE: Final = ROOT / "docs" / "reference"
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK: Final = re.compile(r"```sh\n(.*?)```", re.DOTALL)
ASSIGNMENT: Final = re.compile(r"[A-Z_]+=")
API_PATH: Final = re.compile(r"/api/v1/[\w\-/{}$]+")


def test_the_reference_pages_are_what_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate_docs(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("reference/settings.md", Settings.__struct_fields__),
        ("reference/refusals.md", [*RefusalReason, *admission.Flag]),
        ("reference/session-flags.md", [*Flag, *SessionState]),
        ("how-to/control-a-station.md", [*CommandState, *ResetKind, *TriggerMessage]),
        (
            "how-to/control-a-station.md",
            [it.__struct_config__.tag for it in get_args(remote.Orders)],
        ),
        ("how-to/follow-what-happens.md", EventKind),
    ],
)
def test_a_page_misses_nothing_of_its_subject(page: str, names: Iterable[object]) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")

    assert [name for name in names if f"`{name}`" not in text] == []


@pytest.mark.parametrize("subprotocol", VERSIONS)
def test_every_message_of_every_version_has_its_line(subprotocol: str) -> None:
    text = (REFERENCE / "ocpp-support.md").read_text(encoding="utf-8")
    section = text.split(f"\nSubprotocol `{subprotocol}`.")[1].split("\n## ")[0]
    messages = VERSIONS[subprotocol].messages

    assert [action for action in messages if f"| `{action}` |" not in section] == []


@pytest.mark.parametrize("folder", ["decisions", "how-to", "reference", "tutorial", "why"])
def test_every_page_is_found_from_the_index_of_its_folder(folder: str) -> None:
    index = ROOT / "docs" / folder / "README.md"
    linked = index.read_text(encoding="utf-8")

    assert [it.name for it in index.parent.glob("*.md") if f"({it.name})" not in linked] == [
        index.name
    ]


def test_every_command_that_a_page_shows_exists() -> None:
    wrong = [
        f"{shown(page)}: {' '.join(words)}: {trouble}"
        for page in PAGES
        for words in _commands(page)
        if (trouble := _trouble(words))
    ]

    assert wrong == []


def test_a_command_that_does_not_exist_would_be_found() -> None:
    assert _trouble(["station", "dance"]) == "no such command"
    assert _trouble(["station", "list", "--colour"]) == "no option --colour"
    assert _trouble(["station", "list", "--limit", "3"]) == ""


def test_every_address_that_a_page_shows_exists() -> None:
    api = (REFERENCE / "api.md").read_text(encoding="utf-8")
    served = {_shape(path) for path in API_PATH.findall(api)} | {_shape("/api/v1/openapi.json")}
    unknown = [
        f"{shown(page)}: {path}"
        for page in PAGES
        if page.parent != REFERENCE
        for path in API_PATH.findall(page.read_text(encoding="utf-8"))
        if not _served(_shape(path), served)
    ]

    assert unknown == []


def test_every_file_that_the_architecture_names_is_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w.]+/[\w./*]*)`", text)

    assert named
    assert [
        it for it in named if not any(True for home in (PACKAGE, ROOT) for _ in home.glob(it))
    ] == []


def _commands(page: Path) -> Iterator[list[str]]:
    """The words behind `ogniwo` in what a reader is told to type."""
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            while words and ASSIGNMENT.match(words[0]):
                words = words[1:]
            if words and Path(words[0]).name == "ogniwo":
                yield words[1:]


def _trouble(words: list[str]) -> str:
    command: Any = typer.main.get_command(app)
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    while hasattr(command, "commands"):
        if not words or words[0] not in command.commands:
            return "" if options == ["--help"] else "no such command"
        command = command.commands[words[0]]
        words = words[1:]
    known = {name for it in command.params for name in (*it.opts, *it.secondary_opts)}
    unknown = [option for option in options if option not in known | {"--help"}]
    return f"no option {unknown[0]}" if unknown else ""


def _shape(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _served(path: tuple[str, ...], served: set[tuple[str, ...]]) -> bool:
    """The same words, where a part in braces stands for any one word."""
    return any(
        len(path) == len(known)
        and all(mine == its or its.startswith("{") for mine, its in zip(path, known, strict=True))
        for known in served
    )
