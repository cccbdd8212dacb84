"""A PostgreSQL database as ``ogniwo doctor`` looks at it, beside nodes or not: it only reads."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import takewhile
from typing import Any, Final

from alembic.script import ScriptDirectory

from ogniwo.base.checkup import Check, fine, notice, problem
from ogniwo.base.clock import Clock
from ogniwo.base.errors import UsageError
from ogniwo.base.units import from_instant
from ogniwo.storage import partitions, pg_health
from ogniwo.storage.findings import Figures, Looked
from ogniwo.storage.migrate import MIGRATIONS, Phase
from ogniwo.storage.pg_connect import FAILURES, Address, check_server, connect, refusal

SUBJECT: Final = "database"
DAYS_AHEAD_MIN: Final = 2  # of seven: whoever makes them has failed for days

_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_RIGHTS: Final = """
SELECT has_schema_privilege('public', 'CREATE') AS may_create,
  (SELECT count(*) FROM pg_tables
   WHERE schemaname = 'public' AND NOT pg_has_role(tableowner, 'USAGE')) AS of_others
"""
_FIGURES: Final = """
SELECT (SELECT count(*) FROM station WHERE removed = 0) AS stations,
  (SELECT at FROM event ORDER BY id DESC LIMIT 1) AS newest_event_at,
  (SELECT value FROM meta WHERE key = 'server_key') AS key_mark
"""
_LIVING: Final = """
SELECT number, name, role FROM node
WHERE alive_until > extract(epoch FROM clock_timestamp()) * 1000000 ORDER BY number
"""
_DAYS: Final = """
SELECT inhparent::regclass::text AS parent, max(substring(inhrelid::regclass::text FROM '\\d{8}$'))
  AS last
FROM pg_inherits WHERE inhparent IN ('message'::regclass, 'sample'::regclass) GROUP BY inhparent
"""
_DUTIES: Final = {  # what only some nodes do; the rest is done by any that lives
    "gateway": "stations cannot connect",
    "web": "nobody can ask or order anything",
}


async def look(address: Address, clock: Clock, *, processes: int) -> Looked:
    try:
        await check_server(address)
        connection = await connect(address, name="ogniwo doctor")
        try:
            checks = [it async for it in pg_health.of_server(connection, address, clock)]
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await _looked(connection, address, clock, checks, processes)
        finally:
            await connection.close()
    except UsageError as error:
        return Looked((_sentence(error),), Figures())
    except FAILURES as error:
        return Looked((_sentence(refusal(error, address)),), Figures())


async def _looked(
    connection: Any, address: Address, clock: Clock, checks: list[Check], processes: int
) -> Looked:
    tables = {row["tablename"] for row in await connection.fetch(_TABLES)}
    checks += [it async for it in _rights(connection, address)]
    nodes = await connection.fetch(_LIVING) if "node" in tables else []
    checks += [it async for it in pg_health.of_connections(connection, len(nodes), processes)]
    if tables and not {"alembic_version", "station", "session"} <= tables:
        what = f"{address.database} is the database of another program"
        checks.append(problem(SUBJECT, what, "name one of our own in --database"))
        return Looked(tuple(checks), Figures())
    if not tables:
        checks.append(fine(SUBJECT, "it is empty: the first start makes its tables"))
        return Looked(tuple(checks), Figures())
    version = await connection.fetchval("SELECT version_num FROM alembic_version")
    pending = _schema(version, address)
    checks.append(pending)
    if "node" not in tables:
        return Looked(tuple(checks), Figures())
    checks += [it async for it in _days(connection, clock, served=bool(nodes))]
    checks += _nodes([(row["name"], row["role"]) for row in nodes])
    figures = await connection.fetchrow(_FIGURES)
    gateways = sum(row["role"] == "gateway" for row in nodes)
    return Looked(tuple(checks), Figures(**dict(figures), gateways=gateways))


def _sentence(error: UsageError) -> Check:
    what, _, advice = str(error).rpartition(": ")
    return problem(SUBJECT, what, advice)


async def _rights(connection: Any, address: Address) -> AsyncIterator[Check]:
    found = await connection.fetchrow(_RIGHTS)
    owner = f"ALTER DATABASE {address.database} OWNER TO {address.user}"
    if not found["may_create"]:
        what = f"user {address.user} may not make tables, and each day needs two"
        yield problem("database rights", what, f"let an administrator say: {owner}")
    elif found["of_others"]:
        what = f"{found['of_others']} tables do not belong to user {address.user}"
        yield problem("database rights", what, "let an administrator give them: REASSIGN OWNED")
    else:
        yield fine("database rights", f"user {address.user} may make tables and has them")


def _schema(version: str | None, address: Address) -> Check:
    scripts = list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())  # newest first
    if version not in {it.revision for it in scripts}:
        what = f"{address.database} was written by a newer ogniwo (schema {version})"
        return problem(SUBJECT, what, "update this program")
    waiting = list(takewhile(lambda it: it.revision != version, scripts))
    if any(Phase(it.module.phase) is Phase.PRE for it in waiting):
        advice = "make a backup; the next start, or `ogniwo db migrate --pre`, brings it up"
        return notice(SUBJECT, f"its schema is {version}, older than this program's", advice)
    if waiting:
        advice = "when all nodes run this program: `ogniwo db migrate --post`"
        return notice(SUBJECT, f"its schema is {version}: the last step waits", advice)
    return fine(SUBJECT, f"{address.database} on {address.server}, schema {version}")


async def _days(connection: Any, clock: Clock, *, served: bool) -> AsyncIterator[Check]:
    today = from_instant(clock.now_us())
    last = {row["parent"]: row["last"] or "none" for row in await connection.fetch(_DAYS)}
    wanted = f"{today + timedelta(days=DAYS_AHEAD_MIN):%Y%m%d}"
    short = sorted(table for table in partitions.TABLES if last.get(table, "") < wanted)
    if not short:
        yield fine("tables of days", f"made until {min(last.values())}")
    elif served:
        what = f"those of {', '.join(short)} end with {min(last[it] for it in short)}"
        yield problem("tables of days", what, "look into the logs of the nodes, which make them")
    else:
        yield fine("tables of days", "the next start makes them")
    for table in partitions.TABLES:
        if await connection.fetchval(f"SELECT 1 FROM {table}_rest LIMIT 1"):  # noqa: S608 - a name of ours
            what = f"rows of {table} lie outside the tables of their days"
            advice = "check the clocks of all nodes; a node moves them when it makes that day"
            yield notice("tables of days", what, advice)


def _nodes(living: list[tuple[str, str]]) -> list[Check]:
    if not living:
        return [fine("nodes", "none runs")]
    roles = {role for _, role in living}
    checks = [
        problem("nodes", f"no node of role {duty} or all runs: {effect}", "start one")
        for duty, effect in _DUTIES.items()
        if not roles & {duty, "all"}
    ]
    told = ", ".join(f"{name} ({role})" for name, role in living)
    return [fine("nodes", f"{len(living)}: {told}"), *checks]
