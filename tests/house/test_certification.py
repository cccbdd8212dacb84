"""Which official cases are played: those that a test names, and the rest, which must shrink."""

import ast
from collections import Counter
from typing import Final

import pytest

from tests.house.tree import ROOT, python_files

FOLDER: Final = ROOT / "tests" / "system" / "certification"
VERSIONS: Final = ("1.6", "2.0.1")


def ids(name: str) -> list[str]:
    return (FOLDER / name).read_text(encoding="utf-8").split()


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
    missing = set(ids(f"not-yet-{version}.txt"))

    assert named - set(ids(f"cases-{version}.txt")) == set(), "no such case"
    assert named & missing == set(), "it is played: take it off the list"
    assert set(ids(f"cases-{version}.txt")) - named == missing


def test_cases_name_a_version_that_is_listed() -> None:
    assert {version for version, _ in played()} <= set(VERSIONS)
