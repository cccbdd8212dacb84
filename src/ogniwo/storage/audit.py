"""Opens a database for its books to be examined: nothing is written, servers go on meanwhile."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ogniwo.base.errors import UsageError
from ogniwo.base.units import Instant
from ogniwo.domain.audit import Finding, FindingKind
from ogniwo.storage import pg_audit, schema
from ogniwo.storage.books import examined
from ogniwo.storage.data_file import advice_on_reading, path_from
from ogniwo.storage.drafts import existing
from ogniwo.storage.pg_connect import address_from, is_postgresql
from ogniwo.storage.sqlite_copies import check_is_ours, opened


def examine_books(url: str, *, now: Instant) -> list[Finding]:
    """Errors: UsageError, CopyError where there is no database of this program."""
    if is_postgresql(url):
        return asyncio.run(pg_audit.examine(address_from(url), now))
    path = existing(path_from(url))
    found: list[Finding] = []
    try:
        if check_is_ours(path) != schema.SCHEMA_VERSION:
            raise UsageError(f"{path} is of an older ogniwo: run `ogniwo db migrate` first")
        with _reading(path) as connection:
            for (verdict,) in connection.exec_driver_sql("PRAGMA quick_check"):
                if verdict != "ok":
                    found.append(_damaged(path, str(verdict)))
            found += examined(connection, now)
    except (DBAPIError, sqlite3.Error) as error:
        told = error.orig if isinstance(error, DBAPIError) else error
        if advice := advice_on_reading(told):
            raise UsageError(f"{path} cannot be read ({told}): {advice}") from error
        found.append(_damaged(path, str(told)))
    return found


def _damaged(path: Path, what: str) -> Finding:
    return Finding(
        kind=FindingKind.DAMAGED,
        where=str(path),
        what=what,
        advice="stop the server, check the disk, and restore a backup with `ogniwo db restore`",
    )


@contextmanager
def _reading(path: Path) -> Iterator[Connection]:
    engine = create_engine("sqlite://", creator=lambda: opened(path), poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        yield connection
