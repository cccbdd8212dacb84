"""Which official cases are played: those that a test names, and the rest, which must shrink."""

import ast
import re
from collections.abc import Iterator
from typing import Final

import pytest

from tests.house.tree import parsed, python_files
from tools.reference.certification import VERSIONS, cases, not_yet

OF_2X: Final = ("2.0.1", "2.1")
RUN_WITH_EACH: Final = re.compile(r"\b(both|all_kinds|KINDS|KINDS_2X)\b")


def named(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What every ``case(...)``, ``for_2x(...)`` and ``of_21(...)`` names; 2.x is both versions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and all(isinstance(it, ast.Constant) for it in node.args):
            words = tuple(str(ast.literal_eval(it)) for it in node.args)
            match ast.unparse(node.func), words:
                case (("case" | "pytest.mark.case"), (version, its_id)):
                    yield version, its_id
                case "for_2x", (its_id,):
                    yield "2.x", its_id
                case "of_21", (its_id,):
                    yield "2.1", its_id
                case _:
                    pass


def trees() -> Iterator[ast.Module]:
    for path in python_files():
        if "TC_" in path.read_text(encoding="utf-8"):
            yield parsed(path)


def played() -> set[tuple[str, str]]:
    """Under 2.x as far as a version has the case: not each that 2.0.1 has is one of 2.1."""
    listed = {(version, it) for version in OF_2X for it in cases(version)}
    found = set()
    for tree in trees():
        for version, its_id in named(tree):
            if version == "2.x":
                both = {(it, its_id) for it in OF_2X}
                found |= both & listed or both
            else:
                found.add((version, its_id))
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_every_official_case_is_played_or_said_to_be_missing(version: str) -> None:
    here = {case for its_version, case in played() if its_version == version}
    missing = set(not_yet(version))

    assert here - set(cases(version)) == set(), "no such case"
    assert here & missing == set(), "it is played: take it off the list"
    assert set(cases(version)) - here == missing


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_not_played_says_why(version: str) -> None:
    silent = [
        case
        for case, reason in not_yet(version).items()
        if " " not in reason or not reason.endswith(".")
    ]

    assert silent == [], "write the reason as a sentence, two spaces behind the id"


def test_cases_name_a_version_that_is_listed() -> None:
    assert {version for version, _ in played()} <= set(VERSIONS)


def test_a_case_of_both_versions_is_run_with_both() -> None:
    """A test of the handshake alone may name them by "2.x": it is before any version."""
    of_one = [
        test.name
        for tree in trees()
        for test in ast.walk(tree)
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef)
        for marks in [" ".join(map(ast.unparse, test.decorator_list))]
        if "for_2x(" in marks and not RUN_WITH_EACH.search(marks)
    ]

    assert of_one == []
