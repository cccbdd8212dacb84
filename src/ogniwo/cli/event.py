"""``ogniwo event``: what happens, as it happens."""

import json
import time
from typing import Annotated

import typer

from ogniwo.cli.client import Api, Json, Limit, clean, command, moment, show_table

app = typer.Typer(help="See what happens.", no_args_is_help=True)

_AGAIN_S = 2


@command(app, "follow")
def follow_events(
    api: Api,
    after: Annotated[str | None, typer.Option(help="Begin after the event of this id.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many events.")] = None,
) -> None:
    """Print events as they happen, until Ctrl-C; with --json one object on each line."""
    seen = 0
    try:
        while True:
            for kind, event_id, data in api.stream("/events", after):
                if kind != "event":
                    continue
                print(
                    json.dumps(data, ensure_ascii=False) if api.as_json else _line(data), flush=True
                )
                after = event_id
                seen += 1
                if seen == count:
                    return
            time.sleep(_AGAIN_S)  # the server ended the stream: it restarts, or checks us again
    except KeyboardInterrupt:
        return


@command(app, "list")
def list_events(api: Api, limit: Limit = 50) -> None:
    """List the last events, newest first."""
    page = api.get("/event-log", limit=min(limit, 1_000))
    columns = [
        ("AT", lambda one: moment(one["at"])),
        ("STATION", lambda one: one["station_id"]),
        ("KIND", lambda one: one["kind"]),
        ("WHAT", lambda one: one["words"]),
    ]
    show_table(api, page, columns, none="Nothing has happened yet.")


def _line(event: Json) -> str:
    return f"{moment(event['at'])}  {clean(event['station_id'])}  {clean(event['words'])}"
