"""``ogniwo simulate --replay FILE``: a recorded trace against any CSMS."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from ogniwo.base.errors import OgniwoError, UsageError
from ogniwo.cli.client import clean
from ogniwo.sim.replay import Replay
from ogniwo.sim.replay_result import Difference, Result
from ogniwo.sim.replay_survey import survey
from ogniwo.sim.replay_trace import Line, TraceError, read_trace

REFRESH_S: Final = 0.5
DIFFERENCES_SHOWN: Final = 20


class UnplayedError(OgniwoError):
    """The trace was not played to its end."""


def replay(
    path: Path,
    *,
    url: str,
    speed: float,
    prefix: str,
    renames: Sequence[str],
    password: str | None,
    shift_times: bool,
    as_json: bool,
) -> None:
    """All lines are read and checked before the first is sent."""
    playing = Replay(
        url=url,
        lines=_lines(path),
        survey=survey(_lines(path)),
        speed=speed,
        names=_names(renames),
        prefix=prefix,
        password=password,
        shift_times=shift_times,
    )
    begun_s = time.monotonic()
    stopped = asyncio.run(_run(playing, quiet=as_json))
    _tell(playing.result, time.monotonic() - begun_s, as_json=as_json)
    if not stopped:
        _check(playing.result, url)


def _lines(path: Path) -> Iterator[tuple[int, Line]]:
    try:
        with path.open("rb") as file:
            yield from read_trace(file)
    except TraceError as error:
        raise UsageError(f"--replay: {path}: {error}") from error
    except OSError as error:
        raise UsageError(
            f"--replay: {path} cannot be read ({error.strerror}); "
            'write a trace with "ogniwo message export --output FILE".'
        ) from error


def _names(renames: Sequence[str]) -> dict[str, str]:
    names = {}
    for rename in renames:
        recorded, _, new = rename.partition("=")
        if not recorded or not new:
            raise UsageError(f"--rename {rename!r}: write it like RECORDED=NEW.")
        names[recorded] = new
    return names


async def _run(playing: Replay, *, quiet: bool) -> bool:
    """True when it was interrupted."""
    loop = asyncio.get_running_loop()
    interrupted = asyncio.Event()

    def stop() -> None:
        """The first Ctrl-C waits for what is under way, a second one does not."""
        loop.remove_signal_handler(signal.SIGINT)
        interrupted.set()
        playing.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    console = Console()
    show = console.is_terminal and not quiet
    screen = Live(console=console, auto_refresh=False, transient=True) if show else None
    with screen or nullcontext():
        watch = loop.create_task(_watch(playing.result, screen), name="summary")
        try:
            await playing.run()
        finally:
            watch.cancel()
    return interrupted.is_set()


async def _watch(result: Result, screen: Live | None) -> None:
    while screen is not None:
        table = Table.grid(padding=(0, 3))
        table.add_row(
            f"sent [bold]{result.sent}[/]/{result.calls}",
            f"as recorded [bold]{result.alike}[/]",
            f"different [bold]{result.different}[/]",
            f"missing [bold]{result.missing}[/]",
        )
        screen.update(table, refresh=True)
        await asyncio.sleep(REFRESH_S)


def _tell(result: Result, took_s: float, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_facts(result, took_s)))
        return
    typer.echo(
        f"{result.stations} stations, {result.connections} connections, "
        f"{result.sent} of {result.calls} messages sent in {took_s:.1f} s: "
        f"{result.alike} answered as recorded, {result.different} otherwise, "
        f"{result.missing} not at all; {result.orders} orders answered"
    )
    shown = result.differences[:DIFFERENCES_SHOWN]
    for one in shown:
        typer.echo(f"  {_difference(one)}")
    if len(result.differences) > len(shown):
        typer.echo("  and others; --json has them")


def _difference(one: Difference) -> str:
    return clean(
        f"{one.action}: recorded {one.recorded}, now {one.now} "
        f"({one.count} times, first in line {one.first_line})"
    )


def _facts(result: Result, took_s: float) -> dict[str, object]:
    names = ("stations", "connections", "refused", "given_up", "calls", "sent", "unsent", "alike")
    more = ("different", "new", "missing", "orders", "unasked")
    return {
        **{name: getattr(result, name) for name in names + more},
        "differences": [
            {
                "action": one.action,
                "recorded": one.recorded,
                "now": one.now,
                "count": one.count,
                "first_line": one.first_line,
            }
            for one in result.differences
        ],
        "seconds": round(took_s, 3),
        "last_error": result.last_error or None,
    }


def _check(result: Result, url: str) -> None:
    why = result.last_error or "no answer"
    if result.refused:
        raise UnplayedError(
            f"{result.refused} of {result.stations} stations could not connect to {url} ({why}): "
            "check that the CSMS runs there and knows these stations, or accepts unknown ones."
        )
    if result.missing or result.unsent:
        raise UnplayedError(
            f"{result.missing} messages were not answered and {result.unsent} not sent ({why}): "
            "look into the log of the CSMS."
        )
