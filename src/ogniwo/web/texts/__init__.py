"""The two catalogues of texts, Polish and English, and how a request chooses between them.

A file here is a group: ``en/status.json`` holds the keys ``status.*``. The console is built from
the same files, so that a text exists once.
"""

import json
import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

_OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
_NAMED: Final = re.compile(r"\{(\w+)\}")
TEXTS: Final = Path(__file__).parent


class Language(StrEnum):
    EN = "en"
    PL = "pl"


_KNOWN: Final = {language.value: language for language in Language}


class Catalogue:
    """Texts by dotted key; a missing one shows its key, so that the gap is seen and reported."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts: dict[str, str] = dict(_flat(tree(language), ""))

    def has(self, key: str) -> bool:
        return key in self._texts

    def all_keys(self) -> frozenset[str]:
        return frozenset(self._texts)

    def text(self, key: str, /, **values: str) -> str:
        """``{name}`` is replaced once; ``[part]`` stays only if every value in it is told."""

        def optional(part: re.Match[str]) -> str:
            told = all(values.get(name) for name in _NAMED.findall(part[1]))
            return part[1] if told else ""

        shape = _OPTIONAL.sub(optional, self._texts.get(key, key))
        return _NAMED.sub(lambda named: values.get(named[1]) or "?", shape).strip()

    def word(self, group: str, value: str, *, otherwise: str | None = None) -> str:
        """A word of the protocol or the API in this language; one we do not know stays itself."""
        return self._texts.get(f"{group}.{value}", value if otherwise is None else otherwise)

    def number(self, value: float, digits: int) -> str:
        text = f"{value:.{digits}f}"
        return text.replace(".", ",") if self.language is Language.PL else text


def tree(language: Language) -> dict[str, object]:
    """All texts of a language, nested as their keys are dotted."""
    files = sorted((TEXTS / language).glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


@cache
def catalogue(language: Language) -> Catalogue:
    return Catalogue(language)


def choose(accept_language: str, wanted: str | None = None) -> Language:
    """The language asked for by name, else the best of an Accept-Language header."""
    for tag in [wanted or "", *_by_weight(accept_language)]:
        if language := _KNOWN.get(tag.partition("-")[0].lower()):
            return language
    return Language.EN


def _by_weight(header: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        try:
            weight = float(parameters.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        weighted.append((weight, tag))
    return [tag for weight, tag in sorted(weighted, key=lambda one: -one[0]) if weight > 0]


def _flat(node: dict[str, object], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in node.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((prefix + key, str(value)))
    return found
