"""``ogniwo message``: the trace of OCPP messages, in words."""

import json
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer

from ogniwo.base.clock import SystemClock
from ogniwo.base.units import from_instant
from ogniwo.cli.client import (
    EXPORT_S,
    Api,
    Json,
    Limit,
    clean,
    command,
    moment,
    segment,
    show_json,
    show_table,
)
from ogniwo.cli.message_export import Export, save

Since = Annotated[str | None, typer.Option("--from", help="Not before, RFC 3339.")]
Until = Annotated[str | None, typer.Option("--to", help="Before, RFC 3339.")]

app = typer.Typer(help="Read the OCPP messages of stations.", no_args_is_help=True)


@command(app, "list")
def list_messages(  # noqa: PLR0913, PLR0917 - one for each option of the command line
    api: Api,
    station: Annotated[str | None, typer.Option(help="Only of this station.")] = None,
    session: Annotated[str | None, typer.Option(help="Only of this session.")] = None,
    action: Annotated[
        str | None, typer.Option(help="Only these actions, divided by commas.")
    ] = None,
    direction: Annotated[str | None, typer.Option(help="up: of stations; down: of ours.")] = None,
    message_id: Annotated[str | None, typer.Option("--id", help="Its id on the wire.")] = None,
    errors: Annotated[
        bool, typer.Option("--errors", help="Only what failed, was not answered, or was odd.")
    ] = False,
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
        direction=direction,
        message_id=message_id,
        errors=errors or None,
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


@command(app, "show")
def show_message(
    api: Api,
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="The id that --json shows.")],
    around: Annotated[int, typer.Option(min=0, max=100, help="So many before and after.")] = 5,
) -> None:
    """Show one message with what its station said around it."""
    found = api.get(f"/messages/{segment(message)}", around=around)
    if api.as_json:
        show_json(found)
        return
    columns = [
        ("", lambda one: ">" if one["id"] == message else ""),
        ("AT", lambda one: moment(one["at"])),
        ("", _arrow),
        ("ACTION", lambda one: one["action"]),
        ("WHAT", lambda one: one["words"]),
    ]
    lines = [*found["before"], found["message"], *found["after"]]
    show_table(api, {"items": lines}, columns, none="")
    for text in (found["message"]["call_text"], found["message"]["answer_text"]):
        print(clean(text))


@command(app, "take")
def take_messages(
    api: Api,
    output: Annotated[Path, typer.Option("--output", "-o", help="Into this file: .csv or .jsonl.")],
    station: Annotated[str | None, typer.Option(help="Only of this station.")] = None,
    session: Annotated[str | None, typer.Option(help="Only of this session.")] = None,
    errors: Annotated[bool, typer.Option("--errors", help="Only what went wrong.")] = False,
    redact: Annotated[
        bool, typer.Option("--redact", help="Without cards, names and addresses.")
    ] = False,
    since: Since = None,
    until: Until = None,
) -> None:
    """Write messages into a table or lines of JSON, newest first, e.g. for a maker."""
    query = {
        "format": "csv" if output.suffix == ".csv" else "jsonl",
        "station_id": station,
        "session_id": session,
        "errors": "true" if errors else None,
        "redact": "true" if redact else None,
        "from": since,
        "to": until,
    }
    told = {name: value for name, value in query.items() if value is not None}
    api.save(f"/messages/export?{urlencode(told)}", output, wait_s=EXPORT_S)
    print(json.dumps({"output": str(output)}) if api.as_json else f"They are in {output}.")


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
