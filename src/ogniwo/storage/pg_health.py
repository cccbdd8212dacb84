"""A PostgreSQL server by itself: does it keep what it promises, and has it room for our nodes?"""

import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from ogniwo.base.checkup import Check, fine, notice, problem
from ogniwo.base.clock import Clock
from ogniwo.base.machine import free_space
from ogniwo.base.units import US_PER_MS, US_PER_SECOND
from ogniwo.storage.pg_connect import Address
from ogniwo.storage.pg_readers import CONNECTIONS_RECORDS, CONNECTIONS_VIEWS

# One each of the writer, of being alive, and for what is done now and then.
CONNECTIONS_OF_A_NODE: Final = CONNECTIONS_RECORDS + CONNECTIONS_VIEWS + 3
CLOCK_NOTICE_US: Final = US_PER_SECOND
CLOCK_PROBLEM_US: Final = 5 * US_PER_SECOND  # a third of a node's lease
LONG_S: Final = 60

_CLOCK: Final = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_SETTINGS: Final = """
SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes',
  'synchronous_commit', 'default_transaction_read_only',
  'autovacuum', 'statement_timeout')
"""
# While they run, nothing that was written later is told to those who follow events.
_LONG: Final = """
SELECT coalesce(application_name, '') AS name, usename::text AS person, state,
  extract(epoch FROM clock_timestamp() - xact_start)::bigint AS seconds,
  backend_xid IS NOT NULL AS writes
FROM pg_stat_activity
WHERE xact_start < clock_timestamp() - make_interval(secs => $1) AND pid <> pg_backend_pid()
  AND backend_type = 'client backend' AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL)
UNION ALL
SELECT 'prepared transaction ' || gid, owner::text, 'prepared',
  extract(epoch FROM clock_timestamp() - prepared)::bigint, true
FROM pg_prepared_xacts WHERE prepared < clock_timestamp() - make_interval(secs => $1)
ORDER BY seconds DESC
"""
_ROOM: Final = """
SELECT current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int AS room,
  (SELECT count(*) FROM pg_stat_activity
   WHERE backend_type = 'client backend' AND application_name NOT LIKE 'ogniwo%')::int AS others,
  (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS of_user,
  (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS of_database
"""
_WHERE: Final = """
SELECT host(inet_server_addr()) AS host,
  CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE')
    THEN current_setting('data_directory', true) END AS directory,
  (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS encrypted,
  pg_is_in_recovery() AS stands_by
"""

_MUST_BE: Final = {
    "fsync": ("on", "a power cut destroys the database"),
    "full_page_writes": ("on", "a power cut may destroy the database"),
    "default_transaction_read_only": ("off", "nothing can be stored"),
}


async def of_server(connection: Any, address: Address, clock: Clock) -> AsyncIterator[Check]:
    yield fine("PostgreSQL", f"{connection.get_server_version().major} at {address.server}")
    yield await _clock(connection, clock)
    async for check in _settings(connection, address):
        yield check
    async for check in _long_transactions(connection):
        yield check
    async for check in _place(connection):
        yield check


async def of_connections(connection: Any, nodes: int, processes: int) -> AsyncIterator[Check]:
    """For the nodes that run, or for those that these settings would start, if they are more."""
    found = await connection.fetchrow(_ROOM)
    limits = [found["room"], found["of_user"], found["of_database"]]
    room = min(it for it in limits if it >= 0)  # -1: no limit
    wanted = max(nodes, processes) * CONNECTIONS_OF_A_NODE
    others = found["others"]
    ours = (
        "a node uses" if wanted == CONNECTIONS_OF_A_NODE else f"{max(nodes, processes)} nodes use"
    )
    what = f"{room} are allowed; {ours} {wanted}, other programs {others} now"
    if wanted + others > room:
        advice = f"raise max_connections, or the limit of the user, to {wanted + others + 20}"
        yield problem("database connections", what, advice)
    else:
        yield fine("database connections", what)


async def _clock(connection: Any, clock: Clock) -> Check:
    before = clock.now_us()
    theirs = await connection.fetchval(_CLOCK)
    after = clock.now_us()
    ahead_us = theirs - (before + after) // 2
    sure_us = max(abs(ahead_us) - (after - before) // 2, 0)
    what = f"the server's is {abs(ahead_us) / US_PER_MS:.0f} ms " + (
        "ahead" if ahead_us > 0 else "behind"
    )
    advice = "let both machines follow the same NTP servers"
    if sure_us > CLOCK_PROBLEM_US:
        return problem("database clock", what, advice)
    if sure_us > CLOCK_NOTICE_US:
        return notice("database clock", what, advice)
    return fine("database clock", what)


async def _settings(connection: Any, address: Address) -> AsyncIterator[Check]:
    found = {row["name"]: row["setting"] for row in await connection.fetch(_SETTINGS)}
    subject, wrong = "database settings", False
    for name, (wanted, effect) in _MUST_BE.items():
        if found[name] != wanted:
            wrong = True
            what = f"{name} is {found[name]}: {effect}"
            yield problem(subject, what, f"set {name} = {wanted!r} in postgresql.conf")
    if found["synchronous_commit"] == "off":
        wrong = True
        what = "synchronous_commit is off: what stations were told is safe is not"
        advice = f"ALTER DATABASE {address.database} SET synchronous_commit = on"
        yield problem(subject, what, advice)
    if found["autovacuum"] == "off":
        wrong = True
        what = "autovacuum is off: tables grow, and get slow"
        yield notice(subject, what, "set autovacuum = on in postgresql.conf")
    if found["statement_timeout"] != "0":
        wrong = True
        what = f"statement_timeout is {found['statement_timeout']} ms for this user"
        yield notice(subject, what, "leave it to the nodes, which set their own")
    if not wrong:
        yield fine(subject, "what is stored is safe")


async def _long_transactions(connection: Any) -> AsyncIterator[Check]:
    rows = await connection.fetch(_LONG, LONG_S)
    for row in rows:
        who = f"{row['name'] or 'a program'} of {row['person']} ({row['state']})"
        what = f"{who} has had a transaction open for {row['seconds']} s"
        if row["writes"]:
            advice = "end it: until then no later event is told to anybody"
            yield problem("long transactions", what, advice)
        else:
            yield notice("long transactions", what, "end it: deleted rows are kept for it")
    if not rows:
        yield fine("long transactions", f"none over {LONG_S} s")


async def _place(connection: Any) -> AsyncIterator[Check]:
    found = await connection.fetchrow(_WHERE)
    if found["stands_by"]:
        yield problem("PostgreSQL", "it is a stand-by: nothing can be stored", "name the primary")
    local = found["host"] is None or ipaddress.ip_address(found["host"]).is_loopback
    if not local and not found["encrypted"]:
        what = "passwords and data go to another machine unencrypted"
        yield notice("database privacy", what, "switch ssl on at the server")
    directory = None if found["directory"] is None else Path(found["directory"])
    if local and directory is not None and directory.exists():
        yield free_space("database space", directory, "free space: on a full disk nodes wait")
