"""What a batch does to the tables, and which values a row of each act carries.

The order of an act's columns is that of the tuples in ``rows``. How an act reads in the words
of an engine is said in ``sqlite_statements`` and ``pg_statements``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Column, Table

from ogniwo.domain.session import PROGRESS_FIELDS
from ogniwo.storage import schema, schema_jobs, schema_repairs

AnyColumn = Column[object]

# ``Person.rules`` in both engines' words.
RULES: Final = "role = 'admin' AND sites IS NULL AND password_hash IS NOT NULL AND NOT blocked"


@dataclass(frozen=True, eq=False, slots=True)  # each is itself: compared and hashed by identity
class Act:
    name: str
    table: Table
    columns: tuple[AnyColumn, ...]
    exact: bool = False  # every row must be there to be changed


def _act(name: str, table: Table, *columns: str, without: str = "", exact: bool = False) -> Act:
    """Of all columns of the table, or of those that are named."""
    named = [table.c[it] for it in columns] or [it for it in table.c if it.name != without]
    return Act(name, table, tuple(named), exact)


ADD_MESSAGE: Final = _act("add_message", schema.message)
ADD_SAMPLE: Final = _act("add_sample", schema.sample)
ADD_EVENT: Final = _act("add_event", schema.event, without="tx")  # the database's to number
ADD_BLOCK: Final = _act("add_block", schema.transaction_id_block)
ADD_CHANGE: Final = _act("add_change", schema.change, "kind", "key")  # the rest is the database's
COUNT_ATTEMPT: Final = _act("count_attempt", schema.connection_attempt)

# What stands under the same key is replaced, or of it only the columns of the act.
# ``removed`` is not a station's own: only MARK_STATION_REMOVED speaks of it.
PUT_STATION: Final = _act("put_station", schema.station, without="removed")
PUT_QUARTER: Final = _act("put_quarter", schema.site_quarter)
# The value is a time: what is of before it goes.
PRUNE_QUARTERS: Final = _act("prune_quarters", schema.site_quarter, "at")
PUT_SITE: Final = _act("put_site", schema.site)
PUT_SECRET: Final = _act("put_secret", schema.station_secret)
PUT_CONNECTOR: Final = _act("put_connector", schema.connector)
PUT_SESSION: Final = _act("put_session", schema.session)
PUT_COMMAND: Final = _act("put_command", schema.command)
PUT_TOKEN: Final = _act("put_token", schema.token)
PUT_API_TOKEN: Final = _act("put_api_token", schema.api_token)
PUT_PROGRESS: Final = _act("put_progress", schema.session, *PROGRESS_FIELDS, "id", exact=True)

PUT_DOCUMENT: Final = _act("put_document", schema.document)
# Of a holding only what is given.
PUT_HOLDING: Final = _act("put_holding", schema.holding)
ADD_TELEMETRY: Final = _act("add_telemetry", schema.telemetry)
PUT_JOB: Final = _act("put_job", schema_jobs.job)
PUT_JOB_STATION: Final = _act("put_job_station", schema_jobs.job_station)
ADD_NOTE: Final = _act("add_note", schema_jobs.note)
ADD_REPAIR: Final = _act("add_repair", schema_repairs.session_repair)

HAVE_HEAD: Final = _act("have_head", schema.station_head, "station_id")  # as it is, or a new one
PUT_MESSAGE_HEAD: Final = _act(
    "put_message_head", schema.station_head, "station_id", "message_head"
)
PUT_SAMPLE_HEAD: Final = _act("put_sample_head", schema.station_head, "station_id", "sample_head")
PUT_LAST_SEEN: Final = _act("put_last_seen", schema.station_head, "station_id", "last_seen_at")
PUT_CONNECTED: Final = _act("put_connected", schema.station_head, "station_id", "connected_since")
HEADS: Final = (HAVE_HEAD, PUT_MESSAGE_HEAD, PUT_SAMPLE_HEAD, PUT_LAST_SEEN, PUT_CONNECTED)

# Of a token that is changed: taken away as it was read, and added as it is to be.
ADD_TOKEN: Final = _act("add_token", schema.token)
TAKE_TOKEN: Final = _act("take_token", schema.token, exact=True)
FREE_TOKEN: Final = _act("free_token", schema.token_hold, "uid", "station_id")
REMOVE_TOKEN: Final = _act("remove_token", schema.token, "uid")
# A station stays on file, marked, because its sessions name it.
MARK_STATION_REMOVED: Final = _act("mark_station_removed", schema.station, "id")
# Refused while a station stands there.
REMOVE_SITE: Final = _act("remove_site", schema.site, "id", exact=True)
REMOVE_SECRET: Final = _act("remove_secret", schema.station_secret, "station_id")
REMOVE_CONNECTORS: Final = _act("remove_connectors", schema.connector, "station_id")
REMOVE_DOCUMENT: Final = _act("remove_document", schema.document, "kind", "key")
REMOVE_NOTE: Final = _act("remove_note", schema_jobs.note, "id", exact=True)
# What the station was not heard to hold since the time is gone.
SWEEP_HOLDINGS: Final = _act("sweep_holdings", schema.holding, "station_id", "kind", "at")
USE_API_TOKEN: Final = _act("use_api_token", schema.api_token, "last_used_at", "expires_at", "id")
REMOVE_KEYS: Final = _act("remove_keys", schema.api_token, "person_id")
# Of a person everything but ``signed_in_at``, which is SIGN_IN_PERSON's.
ADD_PERSON: Final = _act("add_person", schema.person, without="signed_in_at")
CHANGE_PERSON: Final = _act("change_person", schema.person, without="signed_in_at", exact=True)
SIGN_IN_PERSON: Final = _act("sign_in_person", schema.person, "signed_in_at", "id")
REMOVE_PERSON: Final = _act("remove_person", schema.person, "id", exact=True)
KEEP_ADMIN: Final = _act("keep_admin", schema.person, "id", exact=True)  # changes nothing
REMOVE_API_TOKEN: Final = _act("remove_api_token", schema.api_token, "secret_hash", exact=True)
# The value is a time: what expired before it goes.
PRUNE_API_TOKENS: Final = _act("prune_api_tokens", schema.api_token, "expires_at")
# The value is a time: what was last seen before it goes.
PRUNE_ATTEMPTS: Final = _act("prune_attempts", schema.connection_attempt, "last_at")
# The value is a number: so many of the newest stay.
KEEP_ATTEMPTS: Final = _act("keep_attempts", schema.connection_attempt, "times")

# Of tables whose rows are structs: whole rows put, and removed by their key.
PUT_PLAIN: Final[Mapping[Table, Act]] = {it: _act(f"put_{it.name}", it) for it in schema.PLAIN}
REMOVE_PLAIN: Final[Mapping[Table, Act]] = {
    it: _act(f"remove_{it.name}", it, *(key.name for key in it.primary_key)) for it in schema.PLAIN
}
