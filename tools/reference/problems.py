"""The codes of every problem document that the API can answer with, found in the source.

Rules that say no raise ``RefusedError`` or a subclass with their code and their sentence; what is
missing raises ``MissingError``; the rest is in ``ogniwo.web.problems``.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import ogniwo
from ogniwo.app.ports import WriterStoppedError
from ogniwo.web import problems
from ogniwo.web.problems import StreamsFullError

PACKAGE: Final = Path(ogniwo.__file__).parent
ROOMS: Final = ("app", "domain", "gateway", "ocpp", "storage", "web")

OF_THE_WEB: Final = (
    (400, "usage", "what was asked for makes no sense; the sentence says what to write instead"),
    (400, "invalid", "correct what is named and send it again: {fields}"),
    (401, "unauthorized", problems._ADVICE[401]),
    (403, "csrf", "this change did not come from the page as it is now; reload it and try again"),
    (403, "not_permitted", "this takes the right {right}, which the role {roles} has"),
    (404, "not_found", problems._ADVICE[404]),
    (405, "method_not_allowed", problems._ADVICE[405]),
    (409, "row_refused", "the database does not take it: {reason}"),
    (413, "request_entity_too_large", problems._ADVICE[413]),
    (415, "unsupported_media_type", problems._ADVICE[415]),
    (
        500,
        "internal",
        "something went wrong here, not in your request; it is in the log as {reference}",
    ),
    (503, *problems._NOT_NOW[WriterStoppedError]),
    (503, *problems._NOT_NOW[StreamsFullError]),
)


def problem_codes() -> list[tuple[int, str, str]]:
    """Status, code and sentence, in this order."""
    return sorted({*OF_THE_WEB, *_found()})


def _found() -> Iterator[tuple[int, str, str]]:
    for room in ROOMS:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            if path.name == "schema.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield from _raised(node)


def _raised(node: ast.AST) -> Iterator[tuple[int, str, str]]:
    match node:
        case ast.Call(func=ast.Name(id="RefusedError"), args=[ast.Constant(value=str(name)), text]):
            yield 409, name, _shown(text)
        case ast.Call(func=ast.Name(id="MissingError"), args=[ast.Constant(value=str(kind)), _]):
            yield 404, f"no_such_{kind.replace(' ', '_')}", f"there is no {kind} {{name}}"
        case ast.ClassDef(bases=[ast.Name(id="RefusedError")]):
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and _is_super_init(call):
                    code, said = call.args
                    told = ast.get_docstring(node) if isinstance(said, ast.Name) else _shown(said)
                    yield 409, str(ast.literal_eval(code)), told or ""
        case _:
            return


def _is_super_init(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "__init__"


def _shown(text: ast.expr) -> str:
    """A sentence with its variable parts in braces."""
    match text:
        case ast.Constant(value=str(said)):
            return said
        case ast.JoinedStr(values=parts):
            return "".join(_shown(part) for part in parts)
        case ast.FormattedValue(value=value):
            return "{" + ast.unparse(value) + "}"
        case _:
            return "the reason in words"
