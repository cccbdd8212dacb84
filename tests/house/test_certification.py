"""Which official cases are played: those that a test names, and the rest, which must shrink."""

import ast
from collections import Counter

import pytest

from tests.house.tree import python_files
from tools.reference.certification import VERSIONS, cases, not_yet


def played() -> Counter[tuple[str, str]]:
    """The arguments of every ``case(...)`` mark, and of ``for_2x(...)``."""
    found: Counter[tuple[str, str]] = Counter()
    for path in python_files():
        text = path.read_text(encoding="utf-8")
        if "TC_" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and all(isinstance(it, ast.Constant) for it in node.args):
                words = tuple(str(ast.literal_eval(it)) for it in node.args)
                match ast.unparse(node.func), words:
                    case (("case" | "pytest.mark.case"), (version, its_id)):
                        found[version, its_id] += 1
                    case "for_2x", (its_id,):
                        found["2.0.1", its_id] += 1
                    case _:
                        pass
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_every_official_case_is_played_or_said_to_be_missing(version: str) -> None:
    named = {case for its_version, case in played() if its_version == version}
    missing = set(not_yet(version))

    assert named - set(cases(version)) == set(), "no such case"
    assert named & missing == set(), "it is played: take it off the list"
    assert set(cases(version)) - named == missing


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
