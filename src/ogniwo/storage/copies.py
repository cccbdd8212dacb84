"""A database copied while servers write to it, and a copy put in its place: on either engine."""

from pathlib import Path

from ogniwo.app.copies import Copy, Restored
from ogniwo.base.units import Instant
from ogniwo.storage import sqlite_copies
from ogniwo.storage.data_file import path_from
from ogniwo.storage.pg_connect import address_from, is_postgresql


def name_of(url: str) -> str:
    """For people: without a password. Errors: UsageError."""
    if is_postgresql(url):
        address = address_from(url)
        return f"database {address.database} on {address.server}"
    return str(path_from(url))


def back_up(url: str, target: Path, *, force: bool) -> Copy:
    """Errors: CopyError, UsageError."""
    return sqlite_copies.back_up(path_from(url), target, force=force)


def restore(url: str, backup: Path, *, now: Instant) -> Restored:
    """Errors: CopyError; UsageError while a server runs."""
    return sqlite_copies.restore(path_from(url), backup, now=now)
