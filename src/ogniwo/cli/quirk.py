"""``ogniwo quirk``: what is done differently for stations of some make."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ogniwo.cli.client import Api, Json, command, fail, segment, show_facts, show_table

app = typer.Typer(help="What is done differently for some stations.", no_args_is_help=True)

Station = Annotated[str, typer.Argument(metavar="STATION", help="Its identity.")]


@command(app, "list")
def list_profiles(api: Api) -> None:
    """List the profiles, built-in ones and your own."""
    page = api.get("/quirk-profiles")
    columns = [
        ("PROFILE", lambda one: one["name"]),
        ("VENDOR", lambda one: one["vendor"]),
        ("MODEL", lambda one: one["model"]),
        ("FIRMWARE", lambda one: one["firmware"]),
        ("CHANGES", lambda one: _changes(one["changes"])),
        ("WHY", lambda one: one["why"]),
    ]
    show_table(api, page, columns, none="There are no profiles.")


@command(app, "show")
def show_quirks(api: Api, station: Station) -> None:
    """Show what counts for a station."""
    _show(api, api.get(f"/stations/{segment(station)}/quirks"))


@command(app, "set")
def set_quirks(
    api: Api,
    station: Station,
    changes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="None: the station has none of its own."),
    ] = None,
) -> None:
    """Set what counts for one station before all profiles."""
    body = {}
    for change in changes or ():
        name, equals, value = change.partition("=")
        try:
            body[name] = json.loads(value)
        except ValueError:
            equals = ""
        if not equals:
            fail(f"Write {change!r} as NAME=VALUE, e.g. ping=false or calls_after_s=5.")
    _show(api, api.send("PUT", f"/stations/{segment(station)}/quirks", body))


@command(app, "export")
def export_profiles(api: Api, file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Write all profiles into a file."""
    page = api.get("/quirk-profiles")
    file.write_text(json.dumps(page, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@command(app, "import")
def import_profiles(
    api: Api, file: Annotated[Path, typer.Argument(metavar="FILE", exists=True)]
) -> None:
    """Read profiles from a file; those of the same name are replaced."""
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        fail(f"{file} is no JSON ({error}): take a file that 'ogniwo quirk export' wrote.")
    api.send("PUT", "/quirk-profiles", body)


@command(app, "remove")
def remove_profile(api: Api, name: Annotated[str, typer.Argument(metavar="PROFILE")]) -> None:
    """Remove a profile of your own."""
    api.send("DELETE", f"/quirk-profiles/{segment(name)}")


def _show(api: Api, one: Json) -> None:
    facts = {"Differs": ", ".join(one["differs"]) or "in nothing"}
    facts |= {name: json.dumps(value) for name, value in one["effective"].items()}
    facts |= {"Profiles": ", ".join(one["profiles"]), "Its own": _changes(one["own"])}
    show_facts(api, one, facts)


def _changes(changes: Json) -> str:
    return ", ".join(f"{name}={json.dumps(value)}" for name, value in changes.items())
