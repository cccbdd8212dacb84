"""``ogniwo driver``: drivers' accounts, and what drivers may do."""

from typing import Annotated

import typer

from ogniwo.cli.client import (
    USAGE,
    Api,
    Json,
    Limit,
    command,
    fail,
    moment,
    segment,
    show_facts,
    show_table,
)

app = typer.Typer(help="Drivers' accounts, and what drivers may do.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="DRIVER", help="Its id, as the list shows it.")]
Name = Annotated[str | None, typer.Option(help="The driver's name.")]


@command(app, "list")
def list_drivers(
    api: Api,
    limit: Limit = 100,
    query: Annotated[
        str | None, typer.Option("--query", "-q", help="Part of the address or the name.")
    ] = None,
) -> None:
    """List the drivers, newest first."""
    columns = [
        ("ID", lambda one: one["id"]),
        ("E-MAIL", lambda one: one["email"]),
        ("NAME", lambda one: one["name"]),
        ("STATE", lambda one: one["state"]),
        ("TOKENS", lambda one: ", ".join(one["tokens"])),
        ("SINCE", lambda one: moment(one["created_at"])),
    ]
    page = api.list("/drivers", limit, q=query)
    show_table(api, page, columns, none="No drivers are on file; add one: 'ogniwo driver add'.")


@command(app, "add")
def add_driver(
    api: Api, email: Annotated[str, typer.Argument(metavar="EMAIL")], name: Name = None
) -> None:
    """Put a driver on file, and print the link by which a password is set."""
    body = {"email": email} | ({"name": name} if name else {})
    _show(api, api.send("POST", "/drivers", body))


@command(app, "change")
def change_driver(
    api: Api,
    driver: Id,
    email: Annotated[str | None, typer.Option(help="The new address.")] = None,
    name: Name = None,
    blocked: Annotated[
        bool | None, typer.Option("--block/--unblock", help="A blocked driver starts nothing.")
    ] = None,
) -> None:
    """Change a driver."""
    given = {"email": email, "name": name, "blocked": blocked}
    body = {key: value for key, value in given.items() if value is not None}
    if not body:
        fail("Say what to change: --email, --name, --block or --unblock.", USAGE)
    _show(api, api.send("PATCH", f"/drivers/{segment(driver)}", body))


@command(app, "remove")
def remove_driver(api: Api, driver: Id) -> None:
    """Remove a driver; what was charged stays on file, as nobody's."""
    api.send("DELETE", f"/drivers/{segment(driver)}")
    if not api.as_json:
        print(f"Driver {driver} is removed; the tokens are blocked.")


@command(app, "invite")
def invite_driver(api: Api, driver: Id) -> None:
    """Print a link by which the driver sets a password, once."""
    _show(api, api.send("POST", f"/drivers/{segment(driver)}/invite"))


@command(app, "rules")
def rules(
    api: Api,
    guests: Annotated[
        bool | None, typer.Option("--guests/--no-guests", help="May guests charge?")
    ] = None,
    registration: Annotated[
        bool | None,
        typer.Option("--registration/--no-registration", help="May drivers register themselves?"),
    ] = None,
    helpline: Annotated[str | None, typer.Option(help="Told on pages and codes.")] = None,
    station: Annotated[str | None, typer.Option(help="Guests at this station only.")] = None,
    site: Annotated[str | None, typer.Option(help="Guests at this site only.")] = None,
) -> None:
    """Show what drivers may do, or change it."""
    _show_rules(api, _changed(api, guests, registration, helpline, station, site))


@command(app, "problems")
def list_problems(
    api: Api,
    limit: Limit = 100,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
) -> None:
    """List what drivers have reported."""
    columns = [
        ("ID", lambda one: one["id"]),
        ("AT", lambda one: moment(one["created_at"])),
        ("STATION", lambda one: one["station_id"]),
        ("EVSE", lambda one: one["evse_id"]),
        ("KIND", lambda one: one["kind"]),
        ("TEXT", lambda one: one["text"]),
        ("CLOSED", lambda one: moment(one["closed_at"])),
    ]
    page = api.list("/problem-reports", limit, open=not everything)
    show_table(api, page, columns, none="No driver has reported anything.")


@command(app, "close-problem")
def close_problem(
    api: Api,
    report: Annotated[str, typer.Argument(metavar="REPORT", help="Its id.")],
    note: Annotated[str | None, typer.Option(help="What was found or done.")] = None,
) -> None:
    """Close a driver's report."""
    api.send("POST", f"/problem-reports/{segment(report)}/close", {"note": note} if note else {})
    if not api.as_json:
        print(f"Report {report} is closed.")


def _changed(
    api: Api,
    guests: bool | None,
    registration: bool | None,
    helpline: str | None,
    station: str | None,
    site: str | None,
) -> Json:
    if station is not None or site is not None:
        if guests is None or registration is not None or helpline is not None:
            fail("Of one station or site only --guests or --no-guests can be said.", USAGE)
        where = f"stations/{segment(station)}" if station else f"sites/{segment(site or '')}"
        return api.send("PUT", f"/driver-rules/{where}", {"guest_charging": guests})
    given = {"guest_charging": guests, "self_registration": registration, "helpline": helpline}
    body = {key: value for key, value in given.items() if value is not None}
    return api.send("PATCH", "/driver-rules", body) if body else api.get("/driver-rules")


def _show_rules(api: Api, rules: Json) -> None:
    facts = {
        "Guests": "may charge" if rules["guest_charging"] else "may not charge",
        "Registration": "by drivers" if rules["self_registration"] else "by operators",
        "Helpline": rules["helpline"],
    }
    for place in rules["places"]:
        station = place["station_id"]
        what = f"Station {station}" if station else f"Site {place['site_id']}"
        facts[what] = "guests may charge" if place["guest_charging"] else "no guests"
    show_facts(api, rules, facts)


def _show(api: Api, one: Json) -> None:
    facts = {
        "Driver": one["id"],
        "E-mail": one["email"],
        "Name": one["name"],
        "State": one["state"],
        "Tokens": ", ".join(one["tokens"]),
        "Link": one.get("invite_url"),
        "Good until": moment(one["invite_expires_at"]) if one.get("invite_expires_at") else None,
    }
    show_facts(api, one, facts)
