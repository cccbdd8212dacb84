"""``ogniwo site``: the places where stations stand."""

from typing import Annotated, Final

import typer

from ogniwo.cli.client import (
    Api,
    Json,
    Limit,
    command,
    fail,
    kilowatt_hours,
    kilowatts,
    segment,
    show_facts,
    show_table,
)

app = typer.Typer(help="See and keep the places where stations stand.", no_args_is_help=True)

SiteId = Annotated[str, typer.Argument(metavar="SITE", help="The id that the list shows.")]
TimeZone = Annotated[str | None, typer.Option(help="IANA, e.g. Europe/Warsaw.")]
Address = Annotated[str | None, typer.Option(help="Street and number.")]
PostalCode = Annotated[str | None, typer.Option()]
City = Annotated[str | None, typer.Option()]
Country = Annotated[str | None, typer.Option(help="Two letters, e.g. PL.")]
Latitude = Annotated[float | None, typer.Option(min=-90, max=90, help="Degrees north.")]
Longitude = Annotated[float | None, typer.Option(min=-180, max=180, help="Degrees east.")]
LimitW = Annotated[int | None, typer.Option(min=1, help="Of the grid connection, for information.")]
Note = Annotated[str | None, typer.Option()]
FIELDS: Final = (
    *("name", "time_zone", "address", "postal_code", "city", "country"),
    *("latitude", "longitude", "limit_w", "note"),
)


@command(app, "list")
def list_sites(api: Api, limit: Limit = 100) -> None:
    """List the sites, with the number of stations on each."""
    columns = [
        ("SITE", lambda one: one["id"]),
        ("NAME", lambda one: one["name"]),
        ("PLACE", _place),
        ("STATIONS", lambda one: one["stations"]),
        ("TIME ZONE", lambda one: one["time_zone"]),
    ]
    none = "There are no sites; make one with 'ogniwo site add'."
    show_table(api, api.list("/sites", limit), columns, none=none)


@command(app, "figures")
def show_figures(
    api: Api,
    time_zone: Annotated[str, typer.Option(help="Where today begins at midnight.")] = "UTC",
) -> None:
    """Show what each site does now, and what it delivered today."""
    names = {one["id"]: one["name"] for one in api.list("/sites", 10_000)["items"]}
    columns = [
        ("SITE", lambda one: names.get(one["site_id"], "(on no site)")),
        ("STATIONS", lambda one: one["stations"]),
        ("CONNECTED", lambda one: one["connected"]),
        ("FAULTED", lambda one: one["faulted"]),
        ("SESSIONS", lambda one: one["active_sessions"]),
        ("POWER", lambda one: kilowatts(one["power_w"])),
        ("TODAY", lambda one: kilowatt_hours(one["energy_today_wh"])),
    ]
    page = api.get("/overview/sites", time_zone=time_zone) | {"next_cursor": None}
    show_table(api, page, columns, none="There are no stations.")


@command(app, "show")
def show_site(api: Api, site: SiteId) -> None:
    """Show one site."""
    _show(api, api.get(f"/sites/{segment(site)}"))


@command(app, "add")
def add_site(  # noqa: PLR0913, PLR0917 - an option for each field
    api: Api,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    time_zone: TimeZone = None,
    address: Address = None,
    postal_code: PostalCode = None,
    city: City = None,
    country: Country = None,
    latitude: Latitude = None,
    longitude: Longitude = None,
    limit_w: LimitW = None,
    note: Note = None,
) -> None:
    """Make a site; stations are placed on it by its id."""
    _show(api, api.send("POST", "/sites", _told(locals())))


@command(app, "change")
def change_site(  # noqa: PLR0913, PLR0917 - an option for each field
    api: Api,
    site: SiteId,
    name: Annotated[str | None, typer.Option()] = None,
    time_zone: TimeZone = None,
    address: Address = None,
    postal_code: PostalCode = None,
    city: City = None,
    country: Country = None,
    latitude: Latitude = None,
    longitude: Longitude = None,
    limit_w: LimitW = None,
    note: Note = None,
    forget: Annotated[
        list[str] | None, typer.Option(help="A field to leave empty, e.g. note.")
    ] = None,
) -> None:
    """Change what is said of a site; what is left out stays as it is."""
    told = _told(locals()) | {field.replace("-", "_"): None for field in forget or ()}
    if not told:
        fail("Say what to change, e.g. --name.")
    _show(api, api.send("PATCH", f"/sites/{segment(site)}", told))


@command(app, "remove")
def remove_site(api: Api, site: SiteId) -> None:
    """Remove a site on which no station stands."""
    api.send("DELETE", f"/sites/{segment(site)}")
    if not api.as_json:
        print(f"Site {site} is removed.")


def _told(options: dict[str, object]) -> dict[str, object]:
    """The fields of a site among the options of a command, without those that were not given."""
    return {it: options[it] for it in FIELDS if options[it] is not None}


def _show(api: Api, one: Json) -> None:
    where = None if one["latitude"] is None else f"{one['latitude']:.5f}, {one['longitude']:.5f}"
    facts: dict[str, object] = {
        "Site": one["id"],
        "Name": one["name"],
        "Place": _place(one),
        "Coordinates": where,
        "Time zone": one["time_zone"],
        "Grid connection": None if one["limit_w"] is None else kilowatts(one["limit_w"]),
        "Stations": one["stations"],
        "Note": one["note"],
    }
    show_facts(api, one, facts)


def _place(one: Json) -> str:
    town = " ".join(part for part in (one["postal_code"], one["city"], one["country"]) if part)
    return ", ".join(part for part in (one["address"], town) if part)
