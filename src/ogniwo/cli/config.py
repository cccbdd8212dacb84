"""``ogniwo config``: how stations are set, how they shall be, and bringing one there."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ogniwo.cli.client import Api, command, fail, segment, show_table

app = typer.Typer(help="How stations are set, and how they shall be.", no_args_is_help=True)

Station = Annotated[str, typer.Argument(metavar="STATION", help="Its identity.")]
Name = Annotated[str, typer.Argument(metavar="TEMPLATE", help="The name that the list shows.")]


@command(app, "templates")
def list_templates(api: Api) -> None:
    """List the templates."""
    columns = [
        ("TEMPLATE", lambda one: one["name"]),
        ("VENDOR", lambda one: one["vendor"]),
        ("MODEL", lambda one: one["model"]),
        ("FIRMWARE", lambda one: one["firmware"]),
        ("VALUES", lambda one: len(one["values"])),
        ("WHY", lambda one: one["why"]),
    ]
    show_table(api, api.get("/config-templates"), columns, none="There are no templates.")


@command(app, "put")
def put_template(
    api: Api, file: Annotated[Path, typer.Argument(metavar="FILE", exists=True)]
) -> None:
    """Put a template on file, as JSON: its name, values, and for which stations."""
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
        name = body["name"]
    except (ValueError, KeyError, TypeError) as error:
        fail(f"{file} is no template ({error}): write a JSON object with a name and values.")
    api.send("PUT", f"/config-templates/{segment(str(name))}", body)


@command(app, "remove")
def remove_template(api: Api, name: Name) -> None:
    """Remove a template; stations stay as they are."""
    api.send("DELETE", f"/config-templates/{segment(name)}")


@command(app, "show")
def show_configuration(
    api: Api,
    station: Station,
    drift: Annotated[bool, typer.Option("--drift", help="Only what is not as wanted.")] = False,
) -> None:
    """Show how a station is set beside what templates want."""
    page = api.get(f"/stations/{segment(station)}/configuration")
    if drift:
        page = {"items": [it for it in page["items"] if it["drift"]]}
    columns = [
        ("VARIABLE", lambda one: one["name"]),
        ("VALUE", lambda one: one["value"]),
        ("WANTED", lambda one: one["wanted"]),
        ("TEMPLATE", lambda one: one["template"]),
        ("DRIFT", lambda one: {True: "yes", False: "", None: "?"}[one["drift"]]),
    ]
    show_table(api, page, columns, none="Nothing is known: send the station the order 'report'.")


@command(app, "push")
def push_configuration(
    api: Api,
    station: Station,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be set.")] = False,
) -> None:
    """Set what drifted, one variable after the other, and read it back."""
    path = f"/stations/{segment(station)}/configuration/push"
    page = api.send("POST", path, {"dry_run": dry_run})
    columns = [
        ("VARIABLE", lambda one: one["name"]),
        ("FROM", lambda one: one["value"]),
        ("TO", lambda one: one["wanted"]),
        ("COMMAND", lambda one: one["command_id"]),
    ]
    show_table(api, page, columns, none="It is as wanted.")
