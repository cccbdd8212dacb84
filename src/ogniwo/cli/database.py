"""``ogniwo db``: look after the database; a copy and a check need no server to stop."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins
from rich.table import Table

from ogniwo.base.checkup import Grade
from ogniwo.base.errors import UsageError
from ogniwo.base.settings import Settings, load
from ogniwo.base.units import to_rfc3339
from ogniwo.cli.client import clean, console, moment, show_json

if TYPE_CHECKING:
    from ogniwo.app.copies import Copy, Moved

app = typer.Typer(no_args_is_help=True, help="Look after the database.")

DataDir = Annotated[str | None, typer.Option(help="where the database is")]
Database = Annotated[str | None, typer.Option(help="URL; default: a file in DATA_DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

FOUND = 1


@app.command()
def migrate(
    source: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="Move this SQLite database ...")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--to", metavar="URL", help="... to this new PostgreSQL one.")
    ] = None,
    pre: Annotated[bool, typer.Option("--pre", help="Only what nodes of before can bear.")] = False,
    post: Annotated[bool, typer.Option("--post", help="The rest, when none of them runs.")] = False,
    data_dir: DataDir = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Bring the database to this program's version, or move everything to PostgreSQL.

    Without options it does what `ogniwo serve` does at its start, and what only an administrator
    can know to be safe: nodes of before must not run any more. With --from and --to everything is
    copied, no server may run on either, and what arrived is compared with what was sent; if
    anything differs nothing is kept and the exit code is 1. --to may be given as --database.
    """
    from ogniwo.wiring.tools import migrate_database, move_database

    if target is not None and source is None:
        raise UsageError("--to needs --from: name the SQLite database as sqlite:///PATH")
    if pre and post:
        raise UsageError("--pre and --post exclude each other: without either, both are done")
    settings = _settings(data_dir, target or database)
    if source is not None:
        _show_moved(move_database(source, _named(settings), told=_tell), as_json=as_json)
        return
    print(f"{migrate_database(settings, pre=pre, post=post)} is up to date.")


def _named(settings: Settings) -> str:
    if settings.database is None:
        raise UsageError("--from needs --to postgresql://USER:PASSWORD@HOST/NAME")
    return settings.database


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="where the copy shall be")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    data_dir: DataDir = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Copy the database into one file, also while servers run on it.

    The copy is the database of one moment and is checked before it gets its name. On PostgreSQL
    its own programs are used (package postgresql-client). server.key is not in the copy, nor are
    the files that stations uploaded.
    """
    from ogniwo.wiring.tools import back_up_database, files_beside, key_beside

    settings = _settings(data_dir, database)
    copy = back_up_database(settings, file, force=force)
    if not copy.noted:
        _tell(
            "The copy is good, but the servers cannot be told of it, and will say that a backup is "
            "overdue: call this as the server's user."
        )
    key, files = key_beside(settings), files_beside(settings)
    if as_json:
        show_json({**to_builtins(copy), "key": str(key), "files": str(files)})
        return
    print(f"{copy.path} holds {_content(copy)}.")
    print(f"Keep {key} apart with it: without that key every station needs a new password.")
    print(f"What stations uploaded is not in it: copy {files} too, if you want to keep that.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a copy made by `ogniwo db backup`")],
    force: Annotated[
        bool, typer.Option("--force", help="Also where the old database cannot be kept.")
    ] = False,
    data_dir: DataDir = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the database, while no server runs.

    The database that was there is kept beside it; on PostgreSQL that needs the right to create
    databases, and without it --force. Orders that waited are ended, so that none is
    carried out twice, and a gap is left in the numbers of transactions for the same reason.
    The files that stations uploaded are not in a backup: put them back into their folder yourself.
    """
    from ogniwo.wiring.tools import files_beside, key_checked, restore_database

    settings = _settings(data_dir, database)
    restored = restore_database(settings, file, force=force)
    if as_json:
        show_json(to_builtins(restored))
        return
    print(f"{restored.database.path} is restored and holds {_content(restored.database)}.")
    if restored.kept:
        print(f"The database in use before is kept as {restored.kept}.")
    if restored.orders_ended:
        print(f"{restored.orders_ended} orders that waited in the backup were ended.")
    print(f"Files that stations uploaded belong into {files_beside(settings)}, if you kept them.")
    for it in key_checked(settings):
        if it.grade is not Grade.FINE:
            print(clean(f"Before the start: {it.what}; {it.advice}."))


@app.command()
def check(data_dir: DataDir = None, database: Database = None, as_json: AsJson = False) -> None:
    """Find what is inconsistent in the database, and say what to do; nothing is changed.

    Works while a server runs. Exit code 0: nothing was found, 1: something was.
    """
    from ogniwo.wiring.tools import check_database

    findings = check_database(_settings(data_dir, database))
    if as_json:
        show_json({"findings": to_builtins(findings)})
    else:
        for it in findings:
            print(clean(f"{it.kind}: {it.where}: {it.what}; {it.advice}."))
        print(f"{len(findings)} findings." if findings else "Nothing inconsistent was found.")
    if findings:
        raise typer.Exit(FOUND)


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _show_moved(moved: "Moved", *, as_json: bool) -> None:
    if as_json:
        show_json({**to_builtins(moved), "sound": moved.sound})
    else:
        _show_tables(moved)
    if not moved.sound or moved.findings:
        raise typer.Exit(FOUND)


def _show_tables(moved: "Moved") -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("table", "rows", "arrived", "sums", "differs in"):
        table.add_column(title, justify="right" if title in {"rows", "arrived"} else "left")
    for it in moved.tables:
        sums = ", ".join(f"{column} {total}" for column, total in it.sums.items())
        counts = (str(it.rows), str(it.rows_found))
        table.add_row(it.name, *counts, sums, ", ".join(it.differing) or "-")
    console().print(table)
    for finding in moved.findings:
        print(clean(f"{finding.kind}: {finding.where}: {finding.what}; {finding.advice}."))
    if moved.mended:
        print(f"{moved.mended} texts held bytes that PostgreSQL cannot store; each became '?'.")
    if not moved.sound:
        print("What arrived is not what was sent: nothing was kept. Report it with this table.")
        return
    print(f"{moved.source} was moved to {moved.target}; the file is as it was.")
    print(
        "Give every node the same server.key: copy it from the old data directory, or name it with "
        "--server-key-file; without it every station needs a new password."
    )


def _settings(data_dir: str | None, database: str | None) -> Settings:
    return load({"data_dir": data_dir, "database": database}, os.environ, None)


def _content(copy: "Copy") -> str:
    newest = "no events"
    if copy.newest_event_at is not None:
        newest = f"newest event {moment(to_rfc3339(copy.newest_event_at))} ({copy.newest_event})"
    return f"{copy.size_bytes / 1e6:.1f} MB, {copy.sessions} sessions, {newest}"
