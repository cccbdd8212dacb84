"""The console knows a stored reason of ours by its English sentence: the server says just that."""

import ast
import re
from collections.abc import Iterator

from ogniwo.web.texts import Language, tree
from tests.house.tree import PACKAGE, parsed, python_files

HOLE = "\0"
WORDS_MIN = 4  # letters: what is nearly all holes would be like anything


def sentences() -> Iterator[str]:
    """All that the server may say, with a hole where something is filled in."""
    for path in python_files():
        if not path.is_relative_to(PACKAGE):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            if isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(it.value) if isinstance(it, ast.Constant) else HOLE for it in node.values
                )


def test_every_reason_that_is_translated_is_one_that_the_server_gives() -> None:
    told = {it for it in sentences() if len(it.replace(HOLE, "").strip()) >= WORDS_MIN}
    forms = [re.compile(".+".join(map(re.escape, it.split(HOLE)))) for it in told]
    reasons = tree(Language.EN)["reasons"]
    assert isinstance(reasons, dict)
    assert [it for it in reasons.values() if not any(form.fullmatch(it) for form in forms)] == []
