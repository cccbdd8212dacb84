"""What a batch does to the tables, and which values a row of each act carries.

The order of an act's columns is that of the tuples in ``rows``. How an act reads in the words
of an engine is said in ``sqlite_statements`` and ``pg_statements``.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Column, Table

from ogniwo.domain.session import PROGRESS_FIELDS
from ogniwo.storage import schema

AnyColumn = Column[object]


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

HAVE_HEAD: Final = _act("have_head", schema.station_head, "station_id")  # as it is, or a new one
PUT_MESSAGE_HEAD: Final = _act(
    "put_message_head", schema.station_head, "station_id", "message_head"
)
PUT_SAMPLE_HEAD: Final = _act("put_sample_head", schema.station_head, "station_id", "sample_head")
PUT_LAST_SEEN: Final = _act("put_last_seen", schema.station_head, "station_id", "last_seen_at")
PUT_CONNECTED: Final = _act("put_connected", schema.station_head, "station_id", "connected_since")
HEADS: Final = (HAVE_HEAD, PUT_MESSAGE_HEAD, PUT_SAMPLE_HEAD, PUT_LAST_SEEN, PUT_CONNECTED)

FREE_TOKEN: Final = _act("free_token", schema.token_hold, "uid", "station_id")
REMOVE_TOKEN: Final = _act("remove_token", schema.token, "uid")
# A station stays on file, marked, because its sessions name it.
MARK_STATION_REMOVED: Final = _act("mark_station_removed", schema.station, "id")
REMOVE_SECRET: Final = _act("remove_secret", schema.station_secret, "station_id")
REMOVE_CONNECTORS: Final = _act("remove_connectors", schema.connector, "station_id")
REMOVE_DOCUMENT: Final = _act("remove_document", schema.document, "kind", "key")
# What the station was not heard to hold since the time is gone.
SWEEP_HOLDINGS: Final = _act("sweep_holdings", schema.holding, "station_id", "kind", "at")
REMOVE_API_TOKEN: Final = _act("remove_api_token", schema.api_token, "secret_hash", exact=True)
# The value is a time: what expired before it goes.
PRUNE_API_TOKENS: Final = _act("prune_api_tokens", schema.api_token, "expires_at")
# The value is a time: what was last seen before it goes.
PRUNE_ATTEMPTS: Final = _act("prune_attempts", schema.connection_attempt, "last_at")
# The value is a number: so many of the newest stay.
KEEP_ATTEMPTS: Final = _act("keep_attempts", schema.connection_attempt, "times")
