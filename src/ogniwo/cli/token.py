"""``ogniwo token``: the cards and other tokens that may charge."""

from typing import Annotated

import typer

from ogniwo.cli.client import Api, Json, Limit, command, moment, segment, show_facts, show_table

app = typer.Typer(help="Manage the tokens that may charge.", no_args_is_help=True)

Uid = Annotated[str, typer.Argument(metavar="UID", help="As the reader shows it.")]


@command(app, "list")
def list_tokens(api: Api, limit: Limit = 100) -> None:
    """List the tokens on file."""
    page = api.list("/tokens", limit)
    columns = [
        ("UID", lambda one: one["uid"]),
        ("TYPE", lambda one: one["type"]),
        ("STATUS", lambda one: one["status"]),
        ("GROUP", lambda one: one["group"]),
        ("EXPIRES", lambda one: moment(one["expires_at"])),
    ]
    show_table(api, page, columns, none="No tokens are on file; add one with 'ogniwo token add'.")


@command(app, "add")
def add_token(
    api: Api,
    uid: Uid,
    type_: Annotated[
        str | None, typer.Option("--type", help="rfid (of a new one), app, emaid...")
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="Cards of a group may end each other's.")
    ] = None,
    expires: Annotated[str | None, typer.Option(help="RFC 3339, with a zone.")] = None,
    concurrent: Annotated[
        bool | None, typer.Option(help="May charge at several places at once.")
    ] = None,
    driver: Annotated[str | None, typer.Option(help="The id of the driver whose it is.")] = None,
    stop_only: Annotated[bool, typer.Option(help="Ends sessions, but begins none.")] = False,
) -> None:
    """Put a token on file; of one that is there, what is not said stays as it is."""
    said = {
        "type": type_,
        "group": group,
        "expires_at": expires,
        "concurrent": concurrent,
        "driver_id": driver,
    }
    body: Json = {"uid": uid, "status": "stop_only" if stop_only else "accepted"}
    body |= {name: it for name, it in said.items() if it is not None}
    _show(api, api.send("POST", "/tokens", body))


@command(app, "block")
def block_token(api: Api, uid: Uid) -> None:
    """Block a token; it stays on file."""
    known = api.get(f"/tokens/{segment(uid)}")["uid"]  # nothing is put on file by mistake
    _show(api, api.send("PUT", f"/tokens/{segment(known)}", {"status": "blocked"}))


@command(app, "remove")
def remove_token(api: Api, uid: Uid) -> None:
    """Remove a token; what it charged stays on file."""
    api.send("DELETE", f"/tokens/{segment(uid)}")
    if not api.as_json:
        print(f"{uid} is removed.")


def _show(api: Api, one: Json) -> None:
    facts = {
        "Token": one["uid"],
        "Type": one["type"],
        "Status": one["status"],
        "Group": one["group"],
        "Expires": moment(one["expires_at"]),
        "Driver": one["driver_id"],
    }
    show_facts(api, one, facts)
