"""The little Markdown that all generated pages share."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

MADE_BY: Final = "<!-- Made from the code by `make docs`; change the code, not this page. -->"

_BEGINS_WITH_WORD: Final = re.compile(r"[a-z]+ ")  # `debug, info` and `nats://` are values


class Page:
    """A page under construction: paragraphs and tables, a blank line between any two."""

    def __init__(self, title: str, lead: str) -> None:
        self._parts = [f"# {title}", MADE_BY, lead]

    def add(self, *paragraphs: str) -> None:
        self._parts += [text for text in paragraphs if text]

    def section(self, title: str, *paragraphs: str, level: int = 2) -> None:
        self.add(f"{'#' * level} {title}", *paragraphs)

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        lines = [_row(titles), "|" + "---|" * len(titles), *(_row(cells) for cells in rows)]
        self.add("\n".join(lines))

    @property
    def text(self) -> str:
        return "\n\n".join(self._parts) + "\n"


def code(value: object) -> str:
    return f"`{value}`"


def codes(values: Iterable[object]) -> str:
    return ", ".join(code(value) for value in values)


def sentence(text: str) -> str:
    """Help texts begin small and end without a stop; on a page they are sentences."""
    text = " ".join(text.split()).replace("``", "`")
    if not text:
        return ""
    if _BEGINS_WITH_WORD.match(text):
        text = text[0].upper() + text[1:]
    return text + ("" if text.endswith((".", "!", "?")) else ".")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
