"""The database as ``ogniwo doctor`` looks at it, with or without servers on it: it only reads."""

import asyncio
import sqlite3
from contextlib import closing

from ogniwo.base.clock import Clock
from ogniwo.storage import pg_checkup, sqlite_checkup
from ogniwo.storage.data_file import path_from
from ogniwo.storage.findings import Looked
from ogniwo.storage.pg_connect import FAILURES, address_from, connect, is_postgresql, refusal
from ogniwo.storage.sqlite_copies import opened

_MARK = "SELECT value FROM meta WHERE key = "


def look_at(url: str, *, clock: Clock, processes: int) -> Looked:
    """``processes``: nodes that a server with these settings would be. Errors: UsageError."""
    if is_postgresql(url):
        return asyncio.run(pg_checkup.look(address_from(url), clock, processes=processes))
    return sqlite_checkup.look(path_from(url))


def mark_of(url: str, what: str) -> str | None:
    """What the nodes have written down there, e.g. of their key. Errors: UsageError."""
    if is_postgresql(url):
        return asyncio.run(_mark_on_server(url, what))
    try:
        with closing(opened(path_from(url))) as connection:
            row = connection.execute(f"{_MARK} ?", (what,)).fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else str(row[0])


async def _mark_on_server(url: str, what: str) -> str | None:
    address = address_from(url)
    try:
        connection = await connect(address, name="ogniwo doctor")
        try:
            mark: str | None = await connection.fetchval(f"{_MARK} $1", what)
            return mark
        finally:
            await connection.close()
    except FAILURES as error:
        raise refusal(error, address) from error
