"""Texts that no code uses, and texts that code names though there are none."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ogniwo.web.texts import Language, catalogue, tree
from tests.house.tree import PACKAGE, ROOT, texts

HOLE: Final = r"\$?\{[^{}]*\}"  # what is filled in: one word or more, known only when it runs
GROUPS: Final = "|".join(tree(Language.EN))
# "frame.menu", `stations.away_${span}`, f"events.{kind}", {{ t('sign_in.title') }}, {{frame.menu}}
NAMED: Final = re.compile(rf"""(?<![`"'])(?:["'`]|\{{\{{)((?:{GROUPS})\.(?:[\w.]|{HOLE})+)""")
# word("status", x): any word of the group
WORDS: Final = re.compile(r"""\b(?:word|names|namesIn)\(\s*["'](\w+)["']""")
# <StatusMark status="offline" group="stations">: this word, or any where it is told by a variable
MARKS: Final = re.compile(r"""<StatusMark status=("\w+"|\{[^}]*\}) group="(\w+)\"""")
# t(`${key}_title`): said of any key that is named
ENDINGS: Final = re.compile(r"`\$\{key\}(\w+)`")
TOLD: Final = re.compile(r"""\b(?:t\(|counted\(|title: )\s*["']([\w.]+\w)["']""")


def sources() -> Iterator[tuple[Path, str]]:
    for path, text in texts():
        ours = path.is_relative_to(PACKAGE) or path.is_relative_to(ROOT / "tools")
        if ours and path.suffix in {".py", ".html"}:
            yield path, text
        if path.is_relative_to(ROOT / "console") and path.suffix in {".ts", ".svelte", ".html"}:
            yield path, text


def names_in(path: Path, text: str) -> Iterator[str]:
    """Keys, with holes where they are put together; one that ends with a dot means all below it."""
    yield from NAMED.findall(text)
    yield from (f"{group}." for group in WORDS.findall(text))
    for status, group in MARKS.findall(text):
        yield from (f"{group}.{word}" for word in re.findall(r'"(\w+)"', status) or [""])
    if path.parent.name == "words" and path.suffix == ".py":  # tables of which group has a word
        yield from (f"{group}." for group in re.findall(rf': "({GROUPS})"', text))


def pattern_of(name: str) -> re.Pattern[str]:
    """Of the keys it may mean: itself, its forms for numbers, all of a group that it names."""
    filled = re.escape(re.sub(HOLE, "\0", name)).replace("\0", r"[\w.]+")
    return re.compile(filled + (".*" if name.endswith(".") else r"(\..*)?"))


def test_every_text_is_used() -> None:
    named = {name for found in sources() for name in names_in(*found)}
    endings = {ending for _, text in sources() for ending in ENDINGS.findall(text)}
    patterns = [pattern_of(name) for name in named]
    patterns += [pattern_of(name + end) for name in named for end in endings if name[-1] != "."]

    keys = catalogue(Language.EN).all_keys()
    assert {key for key in keys if not any(it.fullmatch(key) for it in patterns)} == set()


def test_every_text_that_pages_name_exists() -> None:
    """Those that are put together when the program runs cannot be checked like this."""
    known = catalogue(Language.EN).all_keys()
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path, text in sources()
        if path.suffix in {".svelte", ".ts", ".html"}
        for name in TOLD.findall(text)
        if not any(key == name or key.startswith(f"{name}.") for key in known)
    }

    assert missing == set()
