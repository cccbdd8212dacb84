"""``ogniwo simulate``: a fleet of simulated stations against any CSMS, ours or somebody else's.

Or, with ``--replay``, the stations of a recorded trace (``cli.replay``).
"""

import asyncio
import json
import math
import signal
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from ogniwo.base.clock import SystemClock
from ogniwo.base.errors import OgniwoError, UsageError
from ogniwo.base.units import US_PER_SECOND

if TYPE_CHECKING:
    from ogniwo.sim.fleet import Fleet

REFRESH_S: Final = 0.5
SPEED_MIN: Final = 0.1


class Version(StrEnum):
    MIXED = "mixed"
    V16 = "1.6"
    V201 = "2.0.1"
    V21 = "2.1"


Url = Annotated[str, typer.Option(help="where the CSMS listens, ws://HOST:PORT/ocpp")]
Stations = Annotated[int, typer.Option(min=1, max=50_000, help="how many")]
Versions = Annotated[Version, typer.Option(help="OCPP version they speak")]
Seed = Annotated[int, typer.Option(help="the same seed gives the same cars and drivers")]
Prefix = Annotated[
    str,
    typer.Option(
        help="identities are PREFIX001, PREFIX002, ...; with --replay: put before the recorded ones"
    ),
]
Password = Annotated[
    str | None, typer.Option(envvar="OGNIWO_SIMULATE_PASSWORD", help="HTTP Basic, for all")
]
Speed = Annotated[str, typer.Option(help="simulated seconds per second; with --replay also 'max'")]
Minutes = Annotated[float | None, typer.Option(min=0, help="end after so many simulated minutes")]
Sessions = Annotated[int | None, typer.Option(min=1, help="end after so many finished sessions")]
Evses = Annotated[str, typer.Option(help="EVSEs on a station, N or FEWEST..MOST")]
Tokens = Annotated[
    Path | None, typer.Option(help="file with the drivers' card numbers, one a line")
]
Trace = Annotated[
    Path | None, typer.Option(help="play this trace instead, of 'ogniwo message export'")
]
Rename = Annotated[
    list[str] | None,
    typer.Option(help="with --replay: another identity, RECORDED=NEW; may be repeated"),
]
ShiftTimes = Annotated[
    bool, typer.Option("--shift-times", help="with --replay: times in messages as if of today")
]
AsJson = Annotated[bool, typer.Option("--json", help="print the result as JSON")]

FLEET_ONLY: Final = frozenset(
    {"stations", "version", "seed", "minutes", "sessions", "evses", "tokens"}
)
REPLAY_ONLY: Final = frozenset({"rename", "shift_times"})


class UndeliveredError(OgniwoError):
    def __init__(self, count: int, why: str) -> None:
        super().__init__(
            f"{count} finished sessions were not confirmed by the CSMS ({why or 'no answer'}): "
            "compare its books before you trust them."
        )


class NoCardError(OgniwoError):
    def __init__(self, count: int, card: str) -> None:
        super().__init__(
            f"The CSMS refused all {count} cards, so nobody charged: register {card} and its "
            "like there, or name cards that it knows with --tokens FILE."
        )


def simulate(  # noqa: PLR0913, PLR0917 - every argument is an option on the command line
    context: typer.Context,
    url: Url,
    stations: Stations = 10,
    version: Versions = Version.MIXED,
    seed: Seed = 1,
    prefix: Prefix = "SIM",
    password: Password = None,
    speed: Speed = "1",
    minutes: Minutes = None,
    sessions: Sessions = None,
    evses: Evses = "1..3",
    tokens: Tokens = None,
    replay: Trace = None,
    rename: Rename = None,
    shift_times: ShiftTimes = False,
    as_json: AsJson = False,
) -> None:
    """Run simulated stations until the time or the sessions are over, or Ctrl-C.

    With --minutes and a speed above 1 the simulated time begins in the past and ends now, so that
    no message comes from the future.

    With --replay the stations of a recorded trace say again what they said, in its order and
    spacing, and what they are answered is compared with the recorded answers.
    """
    from ogniwo.cli.replay import replay as play
    from ogniwo.sim.clock import SimClock
    from ogniwo.sim.fleet import TOKENS, VERSIONS, Fleet

    given = {name for name in context.params if _is_given(context, name)}
    if replay is not None:
        _refuse(given & FLEET_ONLY, "means nothing with --replay: the trace says it.")
        play(
            replay,
            url=_checked_url(url),
            speed=parse_speed(speed),
            prefix=prefix if "prefix" in given else "",
            renames=rename or (),
            password=password,
            shift_times=shift_times,
            as_json=as_json,
        )
        return
    _refuse(given & REPLAY_ONLY, "goes with --replay FILE only.")
    pace = _pace(speed)
    clock = SimClock(speed=pace, start_s=_start_s(pace, minutes))
    fleet = Fleet(
        url=_checked_url(url),
        size=stations,
        versions=VERSIONS if version is Version.MIXED else (version.value,),
        seed=seed,
        prefix=prefix,
        password=password,
        tokens=TOKENS if tokens is None else _read_tokens(tokens),
        clock=clock,
        evses=parse_evses(evses),
    )
    _run_fleet(fleet, minutes=minutes, sessions=sessions, as_json=as_json)


def parse_evses(text: str) -> tuple[int, int]:
    from ogniwo.sim.fleet import EVSES_MAX

    fewest, _, most = text.partition("..")
    try:
        low, high = int(fewest), int(most or fewest)
    except ValueError:
        low, high = 0, 0
    if not 1 <= low <= high <= EVSES_MAX:
        raise UsageError(f"--evses takes a number or a range within 1..{EVSES_MAX}, like 1..4.")
    return low, high


def parse_speed(text: str) -> float:
    if text == "max":
        return math.inf
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not SPEED_MIN <= speed < math.inf:
        raise UsageError(f"--speed takes a number from {SPEED_MIN} on, or max with --replay.")
    return speed


def _pace(text: str) -> float:
    speed = parse_speed(text)
    if speed == math.inf:
        raise UsageError("--speed max goes with --replay FILE only; give a number.")
    return speed


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _refuse(names: set[str], why: str) -> None:
    for name in sorted(names):
        raise UsageError(f"--{name.replace('_', '-')} {why}")


def _run_fleet(
    fleet: "Fleet", *, minutes: float | None, sessions: int | None, as_json: bool
) -> None:
    until_s = None if minutes is None else fleet.clock.start_s + round(minutes * 60)
    asyncio.run(_run(fleet, until_s=until_s, sessions=sessions, quiet=as_json))
    _tell_result(fleet, as_json=as_json)
    _check_result(fleet)


async def _run(fleet: "Fleet", *, until_s: int | None, sessions: int | None, quiet: bool) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        """The first Ctrl-C ends in good order, a second one at once."""
        loop.remove_signal_handler(signal.SIGINT)
        fleet.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    console = Console()
    show = console.is_terminal and not quiet
    screen = Live(console=console, auto_refresh=False, transient=True) if show else None
    with screen or nullcontext():
        watch = loop.create_task(_watch(fleet, screen), name="summary")
        try:
            await fleet.run(until_s, sessions=sessions)
        finally:
            watch.cancel()


async def _watch(fleet: "Fleet", screen: Live | None) -> None:
    messages = 0
    while screen is not None:
        now = fleet.stats.messages
        screen.update(_table(fleet, (now - messages) / REFRESH_S), refresh=True)
        messages = now
        await asyncio.sleep(REFRESH_S)


def _table(fleet: "Fleet", rate: float) -> Table:
    stats = fleet.stats
    table = Table.grid(padding=(0, 3))
    table.add_row(
        f"connected [bold]{stats.connected}[/]/{stats.stations}",
        f"charging [bold]{stats.charging}[/]",
        f"sessions done [bold]{stats.sessions_done}[/]",
        f"energy [bold]{stats.energy_wh / 1000:.1f}[/] kWh",
        f"[bold]{rate:.0f}[/] messages/s",
        f"errors [bold]{stats.errors}[/]",
    )
    if stats.last_error:
        table.add_row(f"[dim]last error: {stats.last_error}[/]")
    return table


def _tell_result(fleet: "Fleet", *, as_json: bool) -> None:
    stats = fleet.stats
    if as_json:
        result = {
            "stations": stats.stations,
            "connected_ever": stats.ever_connected,
            "sessions": stats.sessions_done,
            "energy_wh": stats.energy_wh,
            "cards_refused": stats.cards_refused,
            "messages": stats.messages,
            "errors": stats.errors,
            "last_error": stats.last_error or None,
        }
        typer.echo(json.dumps(result))
        return
    typer.echo(
        f"{stats.stations} stations, {stats.sessions_done} sessions, "
        f"{stats.energy_wh / 1000:.1f} kWh, {stats.messages} messages, {stats.errors} errors"
        + (f"; the last one: {stats.last_error}" if stats.last_error else "")
    )


def _check_result(fleet: "Fleet") -> None:
    from ogniwo.sim.fleet import TOKENS

    stats = fleet.stats
    if stats.cards_refused and not stats.sessions_started:
        raise NoCardError(stats.cards_refused, TOKENS[0])
    lost = sum(not entry.stop_acknowledged for entry in fleet.ledger.finished)
    if lost:
        raise UndeliveredError(lost, stats.last_error)


def _checked_url(url: str) -> str:
    if not url.startswith(("ws://", "wss://")):
        raise UsageError("--url must begin with ws:// or wss://, like ws://127.0.0.1:9000/ocpp.")
    return url


def _read_tokens(path: Path) -> list[str]:
    try:
        tokens = [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise UsageError(f"--tokens: {path} cannot be read ({error.strerror}).") from error
    if not tokens:
        raise UsageError(f"--tokens: {path} names no card; write one number a line.")
    return tokens


def _start_s(speed: float, minutes: float | None) -> int:
    now_s = SystemClock().now_us() // US_PER_SECOND
    if minutes is None or speed <= 1:
        return now_s
    return now_s - round(minutes * 60 * (1 - 1 / speed))
