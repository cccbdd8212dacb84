"""The tables, once for every engine; ``migrations`` brings a database to them.

Times are microseconds UTC, enumerations their words, raw text bytes. Identifiers are drawn by
the application in time order, so "newest first" is a key scan. The hot tables (``message``,
``sample``) carry no secondary index: each row names the one before it (``prev``) of the same
station or session, and the head of that trail lies in ``station_head`` or in the session.
On PostgreSQL they are partitioned by id, which is by time: ``partitions`` keeps a table a day.
There are no foreign keys: stations are marked removed, never deleted, and a look-up per
reading would cost the hot path more than it protects.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from ogniwo.storage import (
    schema_driving,
    schema_jobs,  # noqa: F401 - its tables belong to the same catalogue
    schema_repairs,  # noqa: F401 - as above
    schema_sites,
)
from ogniwo.storage.columns import (
    KEY,
    MOST_FREE,
    SOME_FREE,
    claim,
    id_,
    measured,
    name_,
    number,
    number_or_none,
    raw,
    raw_or_none,
    text,
    text_or_none,
    transaction_number,
)
from ogniwo.storage.metadata import metadata as metadata  # noqa: PLC0414 - whoever asks for it needs the tables too
from ogniwo.storage.schema_jobs import command as command  # noqa: PLC0414 - asked for with the others

SCHEMA_VERSION: Final = "0011"  # the newest migration; a database beyond it is not ours to open

organisation: Final = Table("organisation", metadata, id_(), text("name"))

site: Final = schema_sites.site
site_quarter: Final = schema_sites.site_quarter

station: Final = Table(
    "station",
    metadata,
    id_(),
    name_("identity"),
    number("org_id"),
    number_or_none("site_id"),
    text_or_none("name"),
    text("registration"),
    text_or_none("protocol"),
    text_or_none("vendor"),
    text_or_none("model"),
    text_or_none("serial_number"),
    text_or_none("firmware_version"),
    text("status"),
    text_or_none("error_code"),
    text_or_none("boot_reason"),
    number_or_none("booted_at"),
    claim("strict"),
    number_or_none("max_power_w"),
    number("created_at"),
    # 0, or the station's own id: it keeps its sessions, and its identity is free for a new one.
    Column("removed", BigInteger, nullable=False, server_default="0"),
)
Index("ux_station_identity", station.c.identity, station.c.removed, unique=True)

# What changes with every message, and who may write it: each station has a row from its first day.
station_head: Final = Table(
    "station_head",
    metadata,
    id_("station_id"),
    number_or_none("message_head"),
    number_or_none("sample_head"),  # of readings outside sessions
    number_or_none("last_seen_at"),
    number_or_none("owner"),  # the number of a node
    Column("epoch", BigInteger, nullable=False, server_default="0"),  # grows with each claim
    number_or_none("connected_since"),  # to its owner, if that lives
    postgresql_with=MOST_FREE,
)

station_secret: Final = Table(
    "station_secret",
    metadata,
    id_("station_id"),
    raw_or_none("secret_hash"),
    number("security_profile"),
    text_or_none("assume_version"),
    text_or_none("pinned_version"),
    claim("blocked"),
    raw_or_none("beside"),
    number_or_none("raising_to"),
)

connector: Final = Table(
    "connector",
    metadata,
    number("station_id"),
    number("evse"),
    number("connector"),
    text("status"),
    text_or_none("reported"),
    text_or_none("error_code"),
    text_or_none("vendor_error_code"),
    text_or_none("info"),
    text_or_none("type"),
    claim("ended_here"),
    number("changed_at"),
    PrimaryKeyConstraint("station_id", "evse", "connector"),
    sqlite_with_rowid=False,
    postgresql_with=SOME_FREE,
)

session: Final = Table(
    "session",
    metadata,
    id_(),
    number("station_id"),
    number("org_id"),
    text("transaction_id"),
    number_or_none("evse"),
    number_or_none("connector"),
    number("stay_id"),
    text("state"),
    text_or_none("charging_state"),
    text_or_none("token_uid"),
    text_or_none("token_type"),
    text_or_none("verdict"),
    text_or_none("token_group"),
    number_or_none("remote_start_id"),
    number_or_none("reservation_id"),
    number("started_at"),
    number_or_none("ended_at"),
    number_or_none("closed_at"),
    text_or_none("stop_reason"),
    number_or_none("meter_start_wh"),
    number_or_none("meter_stop_wh"),
    number_or_none("first_wh"),
    number_or_none("first_at"),
    number_or_none("last_wh"),
    number_or_none("last_at"),
    number_or_none("sampled_at"),
    number_or_none("interval_wh"),
    number_or_none("energy_wh"),
    number_or_none("power_w"),
    measured("soc"),
    number_or_none("heard_at"),
    text("seq"),  # ranges, "0-17,19-19"
    number_or_none("seq_first"),
    number_or_none("seq_last"),
    text("flags"),  # words joined by commas, sorted
    number("start_digest"),
    number_or_none("sample_head"),
    number("samples"),
    number("received_at"),
    claim("is_open"),  # running or waiting for data: derived from the state, for its index
    postgresql_with=SOME_FREE,
)
Index("ix_session_transaction", session.c.station_id, session.c.transaction_id)
Index("ix_session_station", session.c.station_id, session.c.started_at)
Index("ix_session_started", session.c.started_at)
Index("ix_session_token", session.c.token_uid, session.c.started_at)
Index("ix_session_state", session.c.state, session.c.started_at)
Index(  # written once for each session: what was delivered since a moment
    "ix_session_ended",
    session.c.ended_at,
    sqlite_where=session.c.ended_at.is_not(None),
    postgresql_where=session.c.ended_at.is_not(None),
)
Index(
    "ix_session_open",
    session.c.station_id,
    sqlite_where=session.c.is_open == 1,  # as its queries say it, else it is not found
    postgresql_where=session.c.is_open,
)
Index(  # the few that a person must look at
    "ix_session_flagged",
    session.c.started_at,
    sqlite_where=session.c.flags != "",
    postgresql_where=session.c.flags != "",
)

sample: Final = Table(
    "sample",
    metadata,
    id_(),
    number_or_none("prev"),
    number("station_id"),
    number("evse"),
    number_or_none("session_id"),
    number("received_at"),
    number_or_none("seq_no"),
    number("digest"),
    number("at"),
    text("context"),
    number_or_none("energy_wh"),
    number_or_none("export_wh"),
    number_or_none("interval_wh"),
    number_or_none("power_w"),
    number_or_none("offered_w"),
    measured("offered_a"),
    measured("current_l1"),
    measured("current_l2"),
    measured("current_l3"),
    measured("voltage_l1"),
    measured("voltage_l2"),
    measured("voltage_l3"),
    measured("soc"),
    measured("temperature"),
    raw_or_none("extra"),
    claim("clock_wrong"),
    postgresql_partition_by="RANGE (id)",
)

message: Final = Table(
    "message",
    metadata,
    id_(),
    number_or_none("prev"),
    number("station_id"),
    number_or_none("session_id"),
    text("direction"),
    text("action"),
    text("message_id"),
    number("at"),
    number("latency_us"),
    raw("call"),
    raw_or_none("answer"),
    text("answered"),
    text_or_none("notes"),
    postgresql_partition_by="RANGE (id)",
)

event: Final = Table(
    "event",
    metadata,
    id_(),
    number("org_id"),
    text("kind"),
    number("at"),
    number_or_none("station_id"),
    number_or_none("evse"),
    number_or_none("session_id"),
    number_or_none("command_id"),
    text("data"),  # flat JSON
    transaction_number(),
)
Index("ix_event_stream", event.c.tx, event.c.id)
# Events are changes of state, a handful for each session: its timeline may have an index.
Index(
    "ix_event_session",
    event.c.session_id,
    event.c.id,
    sqlite_where=event.c.session_id.is_not(None),
    postgresql_where=event.c.session_id.is_not(None),
)
Index(  # the few that nobody's session has
    "ix_event_orphan",
    event.c.station_id,
    event.c.id,
    sqlite_where=event.c.kind == "orphan_stored",
    postgresql_where=event.c.kind == "orphan_stored",
)

token: Final = Table(
    "token",
    metadata,
    name_("uid", primary_key=True),
    number("org_id"),
    text("type"),
    text("status"),
    text_or_none("token_group"),
    number_or_none("expires_at"),
    number_or_none("driver_id"),
    claim("concurrent"),
    number("created_at"),
    number_or_none("driver_since"),
)
Index(
    "ix_token_driver",
    token.c.driver_id,
    sqlite_where=token.c.driver_id.is_not(None),
    postgresql_where=token.c.driver_id.is_not(None),
)

connection_attempt: Final = Table(
    "connection_attempt",
    metadata,
    id_(),
    text("identity"),
    text("reason"),
    text("host"),  # of the peer, without its port
    text("detail"),
    number("http_status"),
    text("peer"),
    text("path"),
    text("subprotocols"),
    text_or_none("user_agent"),
    number("times"),
    number("first_at"),
    number("last_at"),
)
Index(
    "ux_connection_attempt",
    connection_attempt.c.identity,
    connection_attempt.c.reason,
    connection_attempt.c.host,
    unique=True,
)
Index("ix_connection_attempt_last", connection_attempt.c.last_at)

api_token: Final = Table(
    "api_token",
    metadata,
    id_(),
    number("org_id"),
    raw("secret_hash"),
    text("label"),
    number("created_at"),
    number_or_none("expires_at"),
    Column("kind", Text, nullable=False, server_default="api"),  # api, browser or code
    number_or_none("person_id"),
    number_or_none("opened_by"),
    Column("role", Text, nullable=False, server_default="admin"),  # keys of before opened all
    text_or_none("scopes"),  # words joined by commas, sorted
    text_or_none("sites"),  # numbers joined by commas, sorted
    number_or_none("last_used_at"),
)
Index("ux_api_token_secret", api_token.c.secret_hash, unique=True)

person: Final = Table(
    "person",
    metadata,
    id_(),
    number("org_id"),
    name_("login"),
    text("name"),
    text("role"),
    text_or_none("sites"),  # numbers joined by commas, sorted
    text_or_none("language"),
    text_or_none("password_hash"),
    claim("must_change"),
    claim("blocked"),
    number("version"),
    number("created_at"),
    number_or_none("signed_in_at"),
)
Index("ux_person_login", person.c.login, unique=True)

transaction_id_block: Final = Table("transaction_id_block", metadata, id_("first"), number("count"))

# One row per batch of the last few: found or missing after a commit of unknown outcome.
writer_batch: Final = Table(
    "writer_batch",
    metadata,
    text("writer"),
    number("number"),
    number_or_none("at"),  # when; without it where one process has the database
    PrimaryKeyConstraint("writer", "number"),
    sqlite_with_rowid=False,
)

# What others keep copies of and was changed: every node reads on from where it stopped.
change: Final = Table(
    "change",
    metadata,
    Column("id", KEY, Identity(), primary_key=True),
    text("kind"),  # what was changed: "token"
    text("key"),  # which one
    number("at"),
    transaction_number(),
    sqlite_autoincrement=True,  # pruned to the last row, it must not begin at 1 again
)
Index("ix_change_stream", change.c.tx, change.c.id)

node: Final = Table(
    "node",
    metadata,
    id_("number"),
    text("name"),
    text("role"),
    number("started_at"),
    number("alive_until"),
)

job_lease: Final = Table(
    "job_lease",
    metadata,
    Column("name", Text, primary_key=True),
    number("owner"),  # the number of a node
    number("until"),
)

# A token is being started with: nobody may start a second session with it at this moment.
token_hold: Final = Table(
    "token_hold",
    metadata,
    name_("uid", primary_key=True),
    number("station_id"),
    number("until"),
)

# What a station holds: one row for each variable, profile, reservation..., kept when it is gone.
holding: Final = Table(
    "holding",
    metadata,
    number("station_id"),
    text("kind"),
    name_("key"),
    text_or_none("value"),
    text_or_none("state"),
    number_or_none("evse"),
    raw_or_none("data"),  # JSON
    number("at"),
    number_or_none("command_id"),
    PrimaryKeyConstraint("station_id", "kind", "key"),
    sqlite_with_rowid=False,
    postgresql_with=SOME_FREE,
)
Index(  # the few that are to be forgotten
    "ix_holding_gone",
    holding.c.at,
    sqlite_where=holding.c.state == "gone",
    postgresql_where=holding.c.state == "gone",
)
Index(  # the few that a boot brings into force; with the state, so that it is chosen for them
    "ix_holding_unbooted",
    holding.c.state,
    holding.c.station_id,
    sqlite_where=holding.c.state == "reboot_required",
    postgresql_where=holding.c.state == "reboot_required",
)

telemetry: Final = Table(
    "telemetry",
    metadata,
    number("station_id"),
    number("id"),
    number("stream"),
    number_or_none("monitor"),
    number("received_at"),
    raw("values_json"),
    number("pending"),
    PrimaryKeyConstraint("station_id", "id"),
    sqlite_with_rowid=False,
)

# What an operator wrote for many stations.
document: Final = Table(
    "document",
    metadata,
    text("kind"),
    name_("key"),
    raw("data"),  # JSON
    text("author"),
    number("at"),
    PrimaryKeyConstraint("kind", "key"),
)

meta: Final = Table("meta", metadata, Column("key", Text, primary_key=True), text("value"))

# A row of these is a struct with the same fields; none is written with a station's message.
PLAIN: Final = schema_driving.TABLES
