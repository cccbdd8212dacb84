"""``ogniwo code``: the codes on charging points, and sheets of them to print."""

from pathlib import Path
from typing import Annotated

import typer

from ogniwo.cli.client import USAGE, Api, command, fail, segment, show_table

app = typer.Typer(help="Codes that open a charging point's page.", no_args_is_help=True)

Station = Annotated[str, typer.Argument(metavar="STATION", help="Its identity.")]


@command(app, "list")
def list_codes(api: Api, station: Station) -> None:
    """List a station's codes."""
    _show(api, api.get(f"/stations/{segment(station)}/codes"))


@command(app, "set")
def set_code(
    api: Api,
    station: Station,
    evse: Annotated[int, typer.Argument(metavar="EVSE", min=1)],
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE", help="E.g. PL*ABC*E00123*1; without it the default is back."
        ),
    ] = None,
) -> None:
    """Give a charging point a code of its own."""
    one = api.send("PUT", f"/stations/{segment(station)}/codes/{evse}", {"code": code})
    _show(api, {"items": [one], "next_cursor": None})


@command(app, "sheet")
def print_sheet(
    api: Api,
    station: Annotated[str | None, typer.Option(help="Codes of this station.")] = None,
    site: Annotated[str | None, typer.Option(help="Codes of this site, by its id.")] = None,
    lang: Annotated[str, typer.Option(help="pl or en.")] = "en",
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")] = Path(
        "codes.pdf"
    ),
) -> None:
    """Save a PDF sheet of QR codes to print and cut."""
    if (station is None) == (site is None):
        fail("Say which codes to print: give either --station or --site.", USAGE)
    which = f"station_id={segment(station)}" if station else f"site_id={segment(site or '')}"
    api.save(f"/codes/sheet.pdf?{which}&lang={segment(lang)}", out)
    if not api.as_json:
        print(f"Saved as {out}.")


def _show(api: Api, page: dict[str, object]) -> None:
    columns = [
        ("EVSE", lambda one: one["evse_id"]),
        ("CODE", lambda one: one["code"]),
        ("OWN", lambda one: "yes" if one["own"] else "no"),
        ("URL", lambda one: one["url"]),
    ]
    show_table(api, page, columns, none="The station has no charging points.")
