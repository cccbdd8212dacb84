"""``ogniwo message``: the trace of OCPP messages, in words."""

from typing import Annotated

import typer

from ogniwo.cli.client import Api, Json, Limit, command, moment, show_table

app = typer.Typer(help="Read the OCPP messages of stations.", no_args_is_help=True)


@command(app, "list")
def list_messages(
    api: Api,
    station: Annotated[str | None, typer.Option(help="Only of this station.")] = None,
    session: Annotated[str | None, typer.Option(help="Only of this session.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action, e.g. Heartbeat.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Not before, RFC 3339.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Before, RFC 3339.")] = None,
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


def _arrow(one: Json) -> str:
    return "↑" if one["direction"] == "up" else "↓"
