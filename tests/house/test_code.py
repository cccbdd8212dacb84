"""What no linter checks: rooms, sizes, names, reasons."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.house.tree import PACKAGE, parsed, python_files, shown

FILE_LINES_MAX: Final = 500
FUNCTION_LINES_MAX: Final = 60
REASON_LENGTH_MIN: Final = 8
ROOMS: Final = {
    "app",
    "base",
    "bus",
    "cli",
    "domain",
    "gateway",
    "notify",
    "ocpp",
    "partners",
    "planning",
    "sim",
    "storage",
    "web",
}
NAMES_THAT_SAY_NOTHING: Final = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
CORE: Final = ("domain", "planning", "app")

IGNORE = re.compile(r"#\s*(?:noqa|type:\s*ignore|ruff:\s*noqa|pragma)\b")
IGNORE_WITH_REASON = re.compile(
    r"#\s*(?:noqa:\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*|type:\s*ignore\[[\w\-, ]+\])"
    r"[\s#:,-]*(?P<reason>.*)"
)


def test_every_room_of_the_product_exists() -> None:
    found = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}

    assert found == {*ROOMS, "wiring"}  # which joins the rooms and is none


def test_every_room_says_in_one_line_what_lives_there() -> None:
    for room in PACKAGE.glob("*/__init__.py"):
        said = ast.get_docstring(parsed(room))
        assert said, f"{shown(room)} has no docstring"
        assert "\n" not in said, f"{shown(room)} needs more than one line"


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {shown(path): len(path.read_text().splitlines()) for path in python_files()}

    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES_MAX} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = [
        f"{shown(path, node.lineno)} {node.name}: {lines} lines"
        for path in python_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := _lines(node)) > FUNCTION_LINES_MAX
    ]

    assert too_long == []


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = [shown(path) for path in python_files() if path.stem in NAMES_THAT_SAY_NOTHING]

    assert named == []


def test_every_ignore_gives_its_reason_on_its_line() -> None:
    silent = [
        f"{shown(path, line)} {comment}"
        for path in python_files()
        for line, comment in _comments(path)
        if IGNORE.search(comment) and not _has_reason(comment)
    ]

    assert silent == []


def _comments(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _has_reason(comment: str) -> bool:
    found = IGNORE_WITH_REASON.search(comment)
    return found is not None and len(found["reason"]) >= REASON_LENGTH_MIN


def test_an_ignore_without_a_reason_would_be_found() -> None:
    assert not _has_reason("# noqa: BLE001")
    assert not _has_reason("# noqa")
    assert not _has_reason("# type: ignore[arg-type]")
    assert _has_reason("# noqa: BLE001, S110 - the plug-in is not ours")
    assert _has_reason("# type: ignore[no-any-return] # structlog types it Any")


def test_the_core_never_encodes_or_decodes() -> None:
    """The other half of the import rule: msgspec is welcome there, its wire formats are not."""
    formats = {"json", "msgpack", "yaml", "toml", "to_builtins", "convert"}
    guilty = [
        f"{shown(path, node.lineno)} {name}"
        for path in python_files()
        if path.is_relative_to(PACKAGE) and path.relative_to(PACKAGE).parts[0] in CORE
        for node, name in _names_of_msgspec(parsed(path))
        if name in formats
    ]

    assert guilty == []


def _names_of_msgspec(module: ast.Module) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    for node in ast.walk(module):
        match node:
            case ast.Attribute(value=ast.Name(id="msgspec"), attr=name):
                yield node, name
            case ast.ImportFrom(module="msgspec", names=names):
                yield from ((node, alias.name) for alias in names)
            case ast.ImportFrom(module=str(source)) if source.startswith("msgspec."):
                yield node, source.removeprefix("msgspec.")
            case ast.Import(names=names):
                for alias in names:
                    yield node, alias.name.removeprefix("msgspec.")
            case _:
                pass
