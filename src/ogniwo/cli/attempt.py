"""``ogniwo attempt``: connections that were refused, why, and letting them in."""

from typing import Annotated

import typer

from ogniwo.cli.client import Api, Limit, command, moment, segment, show_table

app = typer.Typer(help="See refused connections and let stations in.", no_args_is_help=True)


@command(app, "list")
def list_attempts(api: Api, limit: Limit = 50) -> None:
    """List refused connections, newest first."""
    page = api.list("/connection-attempts", limit)
    columns = [
        ("ID", lambda one: one["id"]),
        ("STATION", lambda one: one["identity"]),
        ("REASON", lambda one: one["reason"]),
        ("DETAIL", lambda one: one["detail"]),
        ("HTTP", lambda one: one["http_status"]),
        ("FROM", lambda one: one["peer"]),
        ("TRIES", lambda one: one["count"]),
        ("LAST", lambda one: moment(one["last_at"])),
    ]
    show_table(api, page, columns, none="No connection was refused.")


@command(app, "accept")
def accept_attempt(
    api: Api,
    attempt: Annotated[str, typer.Argument(metavar="ID", help="The id that the list shows.")],
) -> None:
    """Register the station of a refused connection; its next try succeeds."""
    station = api.send("POST", f"/connection-attempts/{segment(attempt)}/accept")
    page = {"items": [station], "next_cursor": None}
    columns = [
        ("STATION", lambda one: one["id"]),
        ("REGISTRATION", lambda one: one["registration"]),
    ]
    show_table(api, page, columns, none="")
