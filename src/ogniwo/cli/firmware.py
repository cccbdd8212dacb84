"""``ogniwo firmware``: files that stations fetch from the server."""

from pathlib import Path
from typing import Annotated

import typer

from ogniwo.cli.client import Api, command, moment, segment, show_table

app = typer.Typer(help="Firmware files that stations fetch from the server.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As the list shows it.")]


@command(app, "list")
def list_firmware(api: Api) -> None:
    """List the files."""
    columns = [
        ("NAME", lambda one: one["name"]),
        ("BYTES", lambda one: one["size_bytes"]),
        ("SHA-256", lambda one: one["sha256"]),
        ("BY", lambda one: one["author"]),
        ("ADDED", lambda one: moment(one["added_at"])),
    ]
    show_table(api, api.get("/firmware"), columns, none="There are no firmware files.")


@command(app, "put")
def put_firmware(
    api: Api,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    name: Annotated[str | None, typer.Option(help="Another name than the file's own.")] = None,
) -> None:
    """Put a file on the server; one of the same name is replaced."""
    api.upload(f"/firmware/{segment(name or file.name)}", file)


@command(app, "remove")
def remove_firmware(api: Api, name: Name) -> None:
    """Remove a file: stations find it no more."""
    api.send("DELETE", f"/firmware/{segment(name)}")
