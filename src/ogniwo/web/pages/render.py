"""Our HTML files with their texts filled in: ``{{key}}`` is escaped, always."""

import html
import re
from functools import cache
from pathlib import Path
from typing import Final

from ogniwo.web.texts import Language, catalogue

_HERE: Final = Path(__file__).parent
_SLOT: Final = re.compile(r"\{\{([\w.]+)\}\}")


def render(name: str, language: Language, **values: str) -> str:
    """Values win over texts of the catalogue; both are escaped."""
    texts = catalogue(language)

    def fill(slot: re.Match[str]) -> str:
        key = slot[1]
        return html.escape(values[key] if key in values else texts.text(key))

    return _SLOT.sub(fill, _source(name))


@cache
def _source(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
