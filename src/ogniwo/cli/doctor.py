"""``ogniwo doctor``: would a server start here with these settings, and serve for long?"""

import inspect
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from msgspec import to_builtins
from rich.table import Table
from rich.text import Text

from ogniwo.base.checkup import Check, Grade, fine, notice, problem
from ogniwo.base.errors import UsageError
from ogniwo.base.settings import load, strangers
from ogniwo.cli.client import clean, console, show_json
from ogniwo.cli.serve import serve

PROBLEMS = 1
_COLOURS = {Grade.FINE: "green", Grade.NOTICE: "yellow", Grade.PROBLEM: "red"}

Command = Callable[..., None]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def _with_options_of(model: Command) -> Callable[[Command], Command]:
    """The function's own options behind those of ``serve``, so that none is ever missing."""

    def give(work: Command) -> Command:
        shared = inspect.signature(model, eval_str=True).parameters
        own = inspect.signature(work, eval_str=True).parameters
        named = [it for it in own.values() if it.kind is not inspect.Parameter.VAR_KEYWORD]
        parameters = [
            it.replace(kind=inspect.Parameter.KEYWORD_ONLY) for it in (*shared.values(), *named)
        ]
        work.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # typer reads it
        work.__annotations__ = {it.name: it.annotation for it in parameters}
        return work

    return give


@_with_options_of(serve)
def doctor(*, as_json: AsJson = False, **given: object) -> None:
    """Check the set-up and say what to do: same options as `serve`, nothing is changed.

    Also beside a running server. Exit code 0: fine, 1: something needs to be done.
    """
    checks = list(_checks(given))
    if as_json:
        show_json({"checks": to_builtins(checks)})
    else:
        _show(checks)
    if any(it.grade is Grade.PROBLEM for it in checks):
        raise typer.Exit(PROBLEMS)


def _checks(given: dict[str, object]) -> Iterator[Check]:
    from ogniwo.wiring.tools import examine_setup

    config = given.pop("config", None) or os.environ.get("OGNIWO_CONFIG")
    try:
        settings = load(given, os.environ, Path(str(config)) if config else None)
        yield fine("settings", "they can be read" if config is None else f"{config} can be read")
        for sentence in strangers(os.environ):
            yield notice("settings", sentence, "correct or remove it")
        yield from examine_setup(settings)
    except UsageError as error:
        what, _, advice = str(error).partition(": ")
        yield problem("settings", what, advice or "see `ogniwo serve --help`")


def _show(checks: list[Check]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("", "what", "found", "to do"):
        table.add_column(title, overflow="fold")
    for it in checks:
        grade = Text(it.grade.value, style=_COLOURS[it.grade])
        advice = clean(it.advice) if it.advice else ""
        table.add_row(grade, clean(it.subject), Text(clean(it.what)), Text(advice))
    console().print(table)
