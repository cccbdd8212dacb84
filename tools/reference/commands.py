"""Every command of ``ogniwo`` with its arguments and options, as its own help tells them."""

import re
from collections.abc import Iterator
from typing import Any, Final

import typer

from ogniwo.cli.main import app
from tools.reference.markdown import Page, code, sentence

LEAD: Final = """\
`ogniwo COMMAND --help` shows the same. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
What goes wrong is told in one sentence on standard error.

`serve`, `demo`, `simulate`, `doctor` and `db` do their work themselves. All others talk to a
running server over its HTTP interface. They share three options: `--url` says where the server is
(`OGNIWO_URL`, by default `http://127.0.0.1:8080`), `--token` is an API token (`OGNIWO_TOKEN`,
or else `OGNIWO_ADMIN_TOKEN`), and `--json` prints what the server answered instead of a table."""

SHARED: Final = frozenset({"url", "token", "as_json"})  # told once, in the lead
_NOTES: Final = re.compile(r"\s*\[(?P<notes>[^\[\]]*)\]$")


def commands_page() -> str:
    page = Page("Command line", LEAD)
    root: Any = typer.main.get_command(app)
    for path, command in _all(root, ("ogniwo",)):
        if hasattr(command, "commands"):
            page.section(" ".join(path), sentence(command.help or ""))
            continue
        page.section(code(_usage(path, command)), _paragraphs(command.help), level=len(path))
        rows = [_parameter(command, it) for it in command.params if not _is_shared(command, it)]
        if rows:
            page.table(("", "meaning", "default and limits"), rows)
    return page.text


def _all(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, below in command.commands.items():
        yield (*path, name), below
        if hasattr(below, "commands"):
            yield from _all(below, (*path, name))


def _usage(path: tuple[str, ...], command: Any) -> str:
    arguments = [it.metavar for it in command.params if it.param_type_name == "argument"]
    return " ".join((*path, *arguments, "[OPTIONS]"))


def _paragraphs(text: str | None) -> str:
    return "\n\n".join(sentence(part) for part in (text or "").split("\n\n"))


def _is_shared(command: Any, parameter: Any) -> bool:
    return parameter.name in SHARED and {it.name for it in command.params} >= SHARED


def _parameter(command: Any, parameter: Any) -> tuple[str, str, str]:
    told, text = parameter.get_help_record(typer.Context(command))
    found = _NOTES.search(text)
    notes = "" if found is None else found["notes"].replace("; ", ", ")
    return code(told), sentence(_NOTES.sub("", text)), notes
