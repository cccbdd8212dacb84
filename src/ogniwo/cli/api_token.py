"""``ogniwo api-token``: keys for programs."""

from typing import Annotated

import typer

from ogniwo.cli.client import USAGE, Api, Json, command, fail, moment, show_facts, show_table

app = typer.Typer(help="Keys for programs that use the HTTP API.", no_args_is_help=True)


@command(app, "list")
def list_api_tokens(api: Api) -> None:
    """List the keys, without their secrets."""
    columns = [
        ("ID", lambda one: one["id"]),
        ("LABEL", lambda one: one["label"]),
        ("MAY", _may),
        ("SITES", _sites),
        ("EXPIRES", lambda one: moment(one["expires_at"])),
        ("LAST USED", lambda one: moment(one["last_used_at"])),
    ]
    none = "There are none; make one with 'ogniwo api-token add'."
    show_table(api, api.get("/api-tokens"), columns, none=none)


@command(app, "add")
def add_api_token(
    api: Api,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What the key is for.")],
    role: Annotated[
        str | None,
        typer.Option(help="viewer, technician, energy_manager, finance, operator or admin."),
    ] = None,
    right: Annotated[
        list[str] | None,
        typer.Option(help="In place of a role: read, serve, limit, operate, settle, administer."),
    ] = None,
    site: Annotated[
        list[str] | None, typer.Option(help="Limited to this site's id; may be repeated.")
    ] = None,
    expires: Annotated[str | None, typer.Option(help="RFC 3339, with a zone.")] = None,
) -> None:
    """Make a key. Its secret is printed now and never again."""
    if (role is None) == (not right):
        fail("Say either --role or --right.", USAGE)
    given = {"role": role, "rights": right or None, "sites": site, "expires_at": expires}
    body = {"label": label, **{key: it for key, it in given.items() if it is not None}}
    made = api.send("POST", "/api-tokens", body)
    facts = {"Id": made["id"], "Label": made["label"], "May": _may(made), "Sites": _sites(made)}
    facts |= {"Expires": moment(made["expires_at"]), "Token": made["token"]}
    show_facts(api, made, facts)


@command(app, "remove")
def remove_api_token(
    api: Api, token_id: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")]
) -> None:
    """Withdraw a key: nothing opens with it any more."""
    api.send("DELETE", f"/api-tokens/{token_id}")
    if not api.as_json:
        print(f"{token_id} is withdrawn.")


def _may(one: Json) -> str:
    return str(one["role"] or ", ".join(one["rights"]))


def _sites(one: Json) -> str:
    return "all" if one["sites"] is None else ", ".join(one["sites"])
