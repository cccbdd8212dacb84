"""``ogniwo command``: order something from a station and see what really came of it."""

import json
from typing import Annotated

import typer

from ogniwo.cli.client import (
    Api,
    Json,
    Limit,
    clean,
    fail,
    moment,
    segment,
    show_facts,
    show_table,
)
from ogniwo.cli.client import command as register

app = typer.Typer(help="Order something from stations.", no_args_is_help=True)

_UNDER_WAY = {"queued", "sent", "accepted"}
_DONE = {"accepted", "applied"}

CommandId = Annotated[str, typer.Argument(metavar="ID", help="The id that the list shows.")]


@register(app, "send")
def send_command(  # noqa: PLR0913, PLR0917 - one for each option of the command line
    api: Api,
    station: Annotated[str, typer.Argument(metavar="STATION", help="Its identity.")],
    order: Annotated[
        str,
        typer.Argument(
            metavar="COMMAND",
            help="remote-start, remote-stop, reset, unlock, trigger, change-availability, or "
            "another of the API's commands.",
        ),
    ],
    fields: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="More of its fields; a value may be JSON."),
    ] = None,
    card: Annotated[
        str | None, typer.Option(help="remote-start: the token to charge with.")
    ] = None,
    card_type: Annotated[str | None, typer.Option(help="remote-start: rfid, app, emaid...")] = None,
    evse: Annotated[int | None, typer.Option(min=1, help="Which EVSE.")] = None,
    connector: Annotated[int | None, typer.Option(min=1, help="Which connector of it.")] = None,
    transaction: Annotated[str | None, typer.Option(help="remote-stop: which transaction.")] = None,
    kind: Annotated[str | None, typer.Option(help="reset: soft, hard, on_idle...")] = None,
    message: Annotated[str | None, typer.Option(help="trigger: e.g. status_notification.")] = None,
    operative: Annotated[
        bool | None, typer.Option("--operative/--inoperative", help="change-availability.")
    ] = None,
    deadline: Annotated[int | None, typer.Option(help="Give up after so many seconds.")] = None,
    key: Annotated[str | None, typer.Option(help="The same key again sends nothing twice.")] = None,
    wait: Annotated[
        float, typer.Option(min=0, max=120, help="Seconds to wait until it has ended.")
    ] = 0,
) -> None:
    """Send an order to a station."""
    body: dict[str, object] = {
        "command": order.replace("-", "_"),
        "token": card,
        "token_type": card_type,
        "evse": evse,
        "connector": connector,
        "transaction_id": transaction,
        "kind": kind,
        "message": message,
        "operative": operative,
        "deadline_s": deadline,
        "idempotency_key": key,
    }
    told: dict[str, object] = {name: value for name, value in body.items() if value is not None}
    told |= dict(_field(it) for it in fields or ())
    path = f"/stations/{segment(station)}/commands"
    _conclude(api, api.send("POST", path, told, wait=wait or None))


@register(app, "show")
def show_command(api: Api, command: CommandId) -> None:
    """Show how far a command got."""
    _show(api, api.get(f"/commands/{segment(command)}"))


@register(app, "list")
def list_commands(
    api: Api,
    station: Annotated[str | None, typer.Option(help="Only to this station.")] = None,
    job: Annotated[str | None, typer.Option(help="Only of this job.")] = None,
    limit: Limit = 50,
) -> None:
    """List commands, newest first."""
    page = api.list("/commands", limit, station_id=station, job_id=job)
    columns = [
        ("ID", lambda one: one["id"]),
        ("STATION", lambda one: one["station_id"]),
        ("COMMAND", lambda one: one["command"]),
        ("STATE", lambda one: one["state"]),
        ("RESULT", lambda one: one["result"]),
        ("BY", lambda one: one["author"]),
        ("AT", lambda one: moment(one["created_at"])),
    ]
    show_table(api, page, columns, none="Nothing has been ordered.")


def _field(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"write {text!r} as NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value  # plain text needs no quotes


def _conclude(api: Api, one: Json) -> None:
    """Done or under way is 0; an order that came to nothing is 1, and why."""
    _show(api, one)
    state = one["state"]
    if state in _DONE or (state in _UNDER_WAY and one["finished_at"] is None):
        return
    reason = one["reason"] or one["result"] or "the station gave no reason"
    fail(f"The command ended as {state}: {clean(reason)}.")


def _show(api: Api, one: Json) -> None:
    facts = {
        "Command": one["id"],
        "Station": one["station_id"],
        "What": one["command"],
        "State": one["state"],
        "Result": one["result"],
        "Reason": one["reason"],
        "By": one["author"],
        "Created": moment(one["created_at"]),
        "Finished": moment(one["finished_at"]),
    }
    show_facts(api, one, facts)
