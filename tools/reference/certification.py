"""Which official certification cases a test plays, and why the others are not played yet.

``cases-VERSION.txt`` lists the ids, ``not-yet-VERSION.txt`` those that are missing, each with its
reason beside it. A version is one that has such lists.
"""

from collections.abc import Mapping
from typing import Final

from tools.reference.covered import ROOT

FOLDER: Final = ROOT / "tests" / "system" / "certification"
VERSIONS: Final = sorted(it.stem.removeprefix("cases-") for it in FOLDER.glob("cases-*.txt"))


def cases(version: str) -> list[str]:
    return (FOLDER / f"cases-{version}.txt").read_text(encoding="utf-8").split()


def not_yet(version: str) -> Mapping[str, str]:
    """Id to the reason, a sentence; empty where none is given."""
    lines = (FOLDER / f"not-yet-{version}.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("  ") for line in lines if line)
    return {case: reason.strip() for case, _, reason in pairs}
