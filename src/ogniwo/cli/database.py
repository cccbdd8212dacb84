"""``ogniwo db``: look after the database while no server runs on it."""

import os
from typing import Annotated

import typer

from ogniwo.base.settings import load
from ogniwo.wiring import migrate_database

app = typer.Typer(no_args_is_help=True, help="Look after the database.")


@app.command()
def migrate(
    data_dir: Annotated[str | None, typer.Option(help="where the database is")] = None,
    database: Annotated[str | None, typer.Option(help="URL; default: a file in DATA_DIR")] = None,
) -> None:
    """Bring the database to this program's version; `ogniwo serve` does the same at its start."""
    settings = load({"data_dir": data_dir, "database": database}, os.environ, None)
    typer.echo(f"{migrate_database(settings)} is up to date.")
