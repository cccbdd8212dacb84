"""``ogniwo station``: see stations, register them, remove them, let refused ones in."""

from pathlib import Path
from typing import Annotated

import typer

from ogniwo.cli.client import (
    Api,
    Json,
    Limit,
    command,
    fail,
    kilowatts,
    moment,
    segment,
    show_facts,
    show_table,
)

app = typer.Typer(help="See charging stations and register them.", no_args_is_help=True)

Identity = Annotated[str, typer.Argument(metavar="STATION", help="Its identity.")]


@command(app, "list")
def list_stations(api: Api, limit: Limit = 100) -> None:
    """List the stations, with what is connected now."""
    page = api.list("/stations", limit)
    columns = [
        ("STATION", lambda one: one["id"]),
        ("NAME", lambda one: one["name"]),
        ("CONNECTION", _connection),
        ("EVSES", _evses),
        ("POWER", lambda one: kilowatts(one["power_w"])),
        ("MODEL", _model),
        ("PROTOCOL", lambda one: one["protocol"]),
    ]
    show_table(api, page, columns, none="There are no stations; add one with 'ogniwo station add'.")


@command(app, "show")
def show_station(api: Api, station: Identity) -> None:
    """Show one station."""
    one = api.get(f"/stations/{segment(station)}")
    _show(api, one)


@command(app, "holdings")
def list_holdings(
    api: Api,
    station: Identity,
    kind: Annotated[str | None, typer.Option(help="Only these: variable, profile...")] = None,
    key: Annotated[str | None, typer.Option(help="Only keys that begin like this.")] = None,
    gone: Annotated[bool, typer.Option(help="Also what it does not hold any more.")] = False,
    limit: Limit = 100,
) -> None:
    """List what a station holds: variables, profiles, reservations, files."""
    path = f"/stations/{segment(station)}/holdings"
    page = api.list(path, limit, kind=kind, key=key, gone=gone or None)
    columns = [
        ("KIND", lambda one: one["kind"]),
        ("KEY", lambda one: one["key"]),
        ("VALUE", lambda one: one["value"]),
        ("STATE", lambda one: one["state"]),
        ("EVSE", lambda one: one["evse_id"]),
        ("AT", lambda one: moment(one["at"])),
    ]
    show_table(api, page, columns, none="Nothing is known of what it holds.")


@command(app, "capabilities")
def list_capabilities(api: Api, station: Identity) -> None:
    """Tell what a station can be ordered to do, and why not."""
    page = api.get(f"/stations/{segment(station)}/capabilities")
    columns = [
        ("ORDER", lambda one: one["command"]),
        ("POSSIBLE", lambda one: "yes" if one["possible"] else "no"),
        ("MESSAGE", lambda one: ", ".join(one["actions"])),
        ("WHY NOT", lambda one: one["why_not"] or ""),
    ]
    show_table(api, page, columns, none="There are no orders.")


@command(app, "files")
def list_files(api: Api, station: Identity, limit: Limit = 100) -> None:
    """List the files that a station uploaded."""
    page = api.list(f"/stations/{segment(station)}/files", limit)
    columns = [
        ("FILE", lambda one: one["id"]),
        ("NAME", lambda one: one["name"]),
        ("KIND", lambda one: one["kind"]),
        ("BYTES", lambda one: one["size_bytes"]),
        ("AT", lambda one: moment(one["received_at"])),
    ]
    show_table(api, page, columns, none="It has uploaded nothing; ask for a log with get-log.")


@command(app, "file")
def save_file(
    api: Api,
    station: Identity,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The id that the list shows.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write it.")],
) -> None:
    """Save a file that a station uploaded."""
    api.save(f"/stations/{segment(station)}/files/{segment(file)}", output)


@command(app, "add")
def add_station(
    api: Api,
    station: Identity,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    site: Annotated[str | None, typer.Option(help="The id of its site.")] = None,
    password: Annotated[str | None, typer.Option(help="For HTTP Basic.")] = None,
    security_profile: Annotated[int | None, typer.Option(min=0, max=3)] = None,
) -> None:
    """Register a station before it connects for the first time."""
    body = {
        "id": station,
        "name": name,
        "site_id": site,
        "password": password,
        "security_profile": security_profile,
    }
    told = {key: value for key, value in body.items() if value is not None}
    _show(api, api.send("POST", "/stations", told))


@command(app, "change")
def change_station(
    api: Api,
    station: Identity,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    site: Annotated[str | None, typer.Option(help="The id of its site; '' for none.")] = None,
) -> None:
    """Name a station anew or place it on another site."""
    told = {
        key: value or None
        for key, value in (("name", name), ("site_id", site))
        if value is not None
    }
    if not told:
        fail("Say what to change: --name or --site.")
    _show(api, api.send("PATCH", f"/stations/{segment(station)}", told))


@command(app, "remove")
def remove_station(api: Api, station: Identity) -> None:
    """Remove a station; its sessions stay on file."""
    api.send("DELETE", f"/stations/{segment(station)}")
    if not api.as_json:
        print(f"{station} is removed.")


@command(app, "accept")
def accept_station(api: Api, station: Identity) -> None:
    """Let in a station that was refused because nobody registered it."""
    attempts = api.list("/connection-attempts", 1_000)["items"]
    found = [one for one in attempts if one["identity"] == station]
    if not found:
        fail(f"No station {station!r} tried to connect; 'ogniwo attempt list' shows who did.")
    _show(api, api.send("POST", f"/connection-attempts/{found[0]['id']}/accept"))


def _show(api: Api, one: Json) -> None:
    facts: dict[str, object] = {
        "Station": one["id"],
        "Name": one["name"],
        "Site": one["site_id"],
        "Connection": _connection(one),
        "Registration": one["registration"],
        "Model": _model(one),
        "Serial number": one["serial_number"],
        "Firmware": one["firmware_version"],
        "Protocol": one["protocol"],
        "Last boot": moment(one["booted_at"]),
        "Power": kilowatts(one["power_w"]),
    }
    for evse in one["evses"]:
        trouble = f", {evse['error_code']}" if evse["error_code"] else ""
        facts[f"EVSE {evse['id']}"] = evse["status"] + trouble
    show_facts(api, one, facts)


def _connection(one: Json) -> str:
    if one["connected"]:
        return f"connected since {moment(one['connected_since'])}"
    return f"offline since {moment(one['last_seen_at'])}" if one["last_seen_at"] else "never seen"


def _evses(one: Json) -> str:
    return ", ".join(f"{evse['id']} {evse['status']}" for evse in one["evses"])


def _model(one: Json) -> str:
    return " ".join(part for part in (one["vendor"], one["model"]) if part)
