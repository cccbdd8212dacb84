"""A PostgreSQL database copied into a file while nodes write to it, by the server's own program.

The copy is the database of one moment, in PostgreSQL's custom format, and appears under its
name only when it could be read back.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic.script import ScriptDirectory

from ogniwo.app.copies import Copy, CopyError
from ogniwo.storage.drafts import check_may_write, draft_of, publish
from ogniwo.storage.migrate import MIGRATIONS
from ogniwo.storage.pg_connect import FAILURES, Address, check_server, connect, refusal
from ogniwo.storage.pg_programs import program, run

_TABLE: Final = re.compile(r"^\d+; \d+ \d+ TABLE (\S+) (\S+) ", re.MULTILINE)
_OURS: Final = frozenset({"alembic_version", "station", "session"})
SUMMARY: Final = """
SELECT (SELECT count(*) FROM session) AS sessions, kind, at
FROM (SELECT 1) AS one LEFT JOIN (SELECT kind, at FROM event ORDER BY id DESC LIMIT 1) AS e ON true
"""


def back_up(address: Address, target: Path, *, force: bool) -> Copy:
    """Errors: CopyError, UsageError."""
    check_may_write(target, force=force)
    with draft_of(target) as draft, _told(f"cannot back up to {target}"):
        found = asyncio.run(_dumped(address, draft))
        publish(draft, target)
        return Copy(
            path=str(target),
            size_bytes=target.stat().st_size,
            sessions=found["sessions"],
            newest_event=found["kind"],
            newest_event_at=found["at"],
        )


async def _dumped(address: Address, draft: Path) -> Any:
    """What the copy holds, counted in the very moment that it shows."""
    await check_server(address)
    try:
        connection = await connect(address, name="ogniwo backup")
        try:
            dump = program("pg_dump", connection.get_server_version().major)
            await connection.execute("SET idle_in_transaction_session_timeout = 0")
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                await _check_is_ours(connection, address)
                found = await connection.fetchrow(SUMMARY)
                snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
                await asyncio.to_thread(_dump, dump, address, draft, snapshot)
        finally:
            await connection.close()
    except FAILURES as error:
        raise refusal(error, address) from error
    await asyncio.to_thread(_check_readable, dump.with_name("pg_restore"), draft)
    return found


def _dump(dump: Path, address: Address, draft: Path, snapshot: str) -> None:
    run(
        dump,
        f"--file={draft}",
        f"--snapshot={snapshot}",
        "--format=custom",
        "--compress=1",  # a third of the time for a tenth more of size
        "--no-owner",
        "--no-privileges",
        address=address,
    )


def _check_readable(restore: Path, draft: Path) -> None:
    """To the last byte; what it holds goes nowhere."""
    run(restore, "--file=/dev/null", str(draft))


async def _check_is_ours(connection: Any, address: Address) -> None:
    there = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    if not {it["tablename"] for it in there} >= _OURS:
        raise CopyError(
            f"database {address.database} on {address.server} is no database of ogniwo: "
            "check --database"
        )


def check_backup(backup: Path, restore: Path) -> str:
    """The version of the schema that the file holds. Errors: CopyError."""
    if not tables_in(backup, restore) >= _OURS:
        raise CopyError(f"{backup} is no backup of a database of ogniwo")
    told = run(
        restore, "--data-only", "--table=alembic_version", "--file=-", str(backup)
    ).splitlines()
    version = next(
        (told[at + 1].strip() for at, it in enumerate(told[:-1]) if it.startswith("COPY ")), "none"
    )
    known = {it.revision for it in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if version not in known:
        raise CopyError(
            f"{backup} was written by a newer ogniwo (schema {version}): update this program first"
        )
    return version


def tables_in(backup: Path, restore: Path) -> frozenset[str]:
    """Errors: CopyError."""
    try:
        told = run(restore, "--list", str(backup))
    except CopyError as error:
        raise CopyError(
            f"{backup} cannot be read as a backup of a PostgreSQL database ({error})"
        ) from error
    return frozenset(name for _, name in _TABLE.findall(told))


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CopyError(f"{what} ({error}): check the path, its permissions and space") from error
