"""``ogniwo db``: look after the database; a copy and a check need no server to stop."""

import os
from pathlib import Path
from typing import Annotated

import typer
from msgspec import to_builtins

from ogniwo.app.copies import Copy
from ogniwo.base.settings import Settings, load
from ogniwo.base.units import to_rfc3339
from ogniwo.cli.client import clean, moment, show_json
from ogniwo.wiring import (
    back_up_database,
    check_database,
    migrate_database,
    restore_database,
)

app = typer.Typer(no_args_is_help=True, help="Look after the database.")

DataDir = Annotated[str | None, typer.Option(help="where the database is")]
Database = Annotated[str | None, typer.Option(help="URL; default: a file in DATA_DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

FOUND = 1


@app.command()
def migrate(data_dir: DataDir = None, database: Database = None) -> None:
    """Bring the database to this program's version; `ogniwo serve` does the same at its start."""
    typer.echo(f"{migrate_database(_settings(data_dir, database))} is up to date.")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="where the copy shall be")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    data_dir: DataDir = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Copy the database into one file, also while a server runs on it.

    The copy is the database of one moment and is checked before it gets its name.
    """
    copy = back_up_database(_settings(data_dir, database), file, force=force)
    if as_json:
        show_json(to_builtins(copy))
    else:
        print(f"{copy.path} holds {_content(copy)}.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a copy made by `ogniwo db backup`")],
    data_dir: DataDir = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the database, while no server runs.

    The database that was there is kept beside it. Orders that waited are ended, so that none is
    carried out twice, and a gap is left in the numbers of transactions for the same reason.
    """
    restored = restore_database(_settings(data_dir, database), file)
    if as_json:
        show_json(to_builtins(restored))
        return
    print(f"{restored.database.path} is restored and holds {_content(restored.database)}.")
    if restored.kept:
        print(f"The database in use before is kept as {restored.kept}.")
    if restored.orders_ended:
        print(f"{restored.orders_ended} orders that waited in the backup were ended.")


@app.command()
def check(data_dir: DataDir = None, database: Database = None, as_json: AsJson = False) -> None:
    """Find what is inconsistent in the database, and say what to do; nothing is changed.

    Works while a server runs. Exit code 0: nothing was found, 1: something was.
    """
    findings = check_database(_settings(data_dir, database))
    if as_json:
        show_json({"findings": to_builtins(findings)})
    else:
        for it in findings:
            print(clean(f"{it.kind}: {it.where}: {it.what}; {it.advice}."))
        print(f"{len(findings)} findings." if findings else "Nothing inconsistent was found.")
    if findings:
        raise typer.Exit(FOUND)


def _settings(data_dir: str | None, database: str | None) -> Settings:
    return load({"data_dir": data_dir, "database": database}, os.environ, None)


def _content(copy: Copy) -> str:
    newest = "no events"
    if copy.newest_event_at is not None:
        newest = f"newest event {moment(to_rfc3339(copy.newest_event_at))} ({copy.newest_event})"
    return f"{copy.size_bytes / 1e6:.1f} MB, {copy.sessions} sessions, {newest}"
