"""Every oddity of real stations that the page lists is played by a test."""

import ast
import re
from typing import Final

from tests.house.tree import ROOT, python_files

PAGE: Final = ROOT / "docs" / "reference" / "station-quirks.md"
LINE: Final = re.compile(r"^\| (\d+) \|", re.MULTILINE)


def listed() -> set[int]:
    return {int(it) for it in LINE.findall(PAGE.read_text(encoding="utf-8"))}


def played() -> set[int]:
    """The numbers in ``@pytest.mark.quirk(...)``, wherever a test carries it."""
    found: set[int] = set()
    for path in python_files():
        text = path.read_text(encoding="utf-8")
        if "mark.quirk(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.quirk":
                found |= {ast.literal_eval(it) for it in node.args}
    return found


def test_every_oddity_on_the_page_is_played_and_none_other() -> None:
    assert played() == listed()


def test_the_page_counts_without_a_gap() -> None:
    assert listed() == set(range(1, len(listed()) + 1))
