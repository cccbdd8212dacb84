"""``ogniwo message``: the trace of OCPP messages, in words."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ogniwo.base.clock import SystemClock
from ogniwo.base.units import from_instant
from ogniwo.cli.client import Api, Json, Limit, command, moment, segment, show_table
from ogniwo.cli.message_export import Export, save

Since = Annotated[str | None, typer.Option("--from", help="Not before, RFC 3339.")]
Until = Annotated[str | None, typer.Option("--to", help="Before, RFC 3339.")]

app = typer.Typer(help="Read the OCPP messages of stations.", no_args_is_help=True)


@command(app, "list")
def list_messages(
    api: Api,
    station: Annotated[str | None, typer.Option(help="Only of this station.")] = None,
    session: Annotated[str | None, typer.Option(help="Only of this session.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action, e.g. Heartbeat.")] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
) -> None:
    """List messages, newest first; --json has the raw payloads."""
    page = api.list(
        "/messages",
        limit,
        station_id=station,
        session_id=session,
        action=action,
        from_=since,
        to=until,
    )
    columns = [
        ("AT", lambda one: moment(one["at"])),
        ("STATION", lambda one: one["station_id"]),
        ("", _arrow),
        ("ACTION", lambda one: one["action"]),
        ("WHAT", lambda one: one["words"]),
        ("MS", lambda one: f"{one['latency_ms']:.1f}"),
    ]
    show_table(api, page, columns, none="No message matches.")


@command(app, "export")
def export_messages(
    api: Api,
    *,
    station: Annotated[
        list[str] | None, typer.Option(help="Only of this station; may be repeated.")
    ] = None,
    session: Annotated[str | None, typer.Option(help="Only of this session.")] = None,
    since: Since = None,
    until: Until = None,
    output: Annotated[Path | None, typer.Option(help="Write here; else standard output.")] = None,
    connections: Annotated[
        bool, typer.Option(help="Look up in the event log when stations connected.")
    ] = True,
) -> None:
    """Write whole traces, oldest first, as JSON lines for `ogniwo simulate --replay`."""
    stations = station or []
    if session is not None:
        stations = [str(api.get(f"/sessions/{segment(session)}")["station_id"])]
    with Export(api, connections=connections) as export:
        export.collect(stations, session_id=session, from_=since, to=until)
        lines = export.lines(from_instant(SystemClock().now_us()))
        if output is None:
            sys.stdout.buffer.writelines(lines)
            return
        save(lines, output)
    done = {"messages": export.messages, "stations": len(export.stations), "output": str(output)}
    print(json.dumps(done) if api.as_json else _told(done))


def _told(done: Json) -> str:
    return f"{done['messages']} messages of {done['stations']} stations are in {done['output']}."


def _arrow(one: Json) -> str:
    return "↑" if one["direction"] == "up" else "↓"
