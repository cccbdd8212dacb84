"""A database copied while servers write to it, and a copy put in its place: on either engine."""

from pathlib import Path

from ogniwo.app.copies import Copy, Restored
from ogniwo.base.units import Instant
from ogniwo.storage import pg_copies, pg_restoring, sqlite_copies
from ogniwo.storage.data_file import path_from
from ogniwo.storage.pg_connect import address_from, is_postgresql


def back_up(url: str, target: Path, *, force: bool) -> Copy:
    """Errors: CopyError, UsageError."""
    if is_postgresql(url):
        return pg_copies.back_up(address_from(url), target, force=force)
    return sqlite_copies.back_up(path_from(url), target, force=force)


def restore(url: str, backup: Path, *, now: Instant, force: bool = False) -> Restored:
    """``force``: also where the old one cannot be kept. Errors: CopyError; UsageError in use."""
    if is_postgresql(url):
        return pg_restoring.restore(address_from(url), backup, now=now, force=force)
    return sqlite_copies.restore(path_from(url), backup, now=now)
