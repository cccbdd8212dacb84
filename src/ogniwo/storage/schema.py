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
    Boolean,
    Column,
    Float,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeEngine

SCHEMA_VERSION: Final = "0002"  # the newest migration; a database beyond it is not ours to open

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite's own row number stands for the key only when its type reads INTEGER.
_KEY: Final = BigInteger().with_variant(Integer, "sqlite")
# Names are in the order of their bytes whatever the database's language, as on SQLite.
_NAME: Final = Text().with_variant(Text(collation="C"), "postgresql")
# Room on each page for the next version of its rows: a change that no index sees stays there.
_MOST_FREE: Final = {"fillfactor": 50}
_SOME_FREE: Final = {"fillfactor": 80}


class _Transaction(FunctionElement[int]):
    """The number of the transaction that writes the row; 0 where transactions have no number.

    Rows of one stream are read in the order of (tx, id), and only those whose transaction is
    older than all that still run: nothing can be committed later before what was read.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(_Transaction, "sqlite")
def _no_transaction(*_: object, **__: object) -> str:
    return "0"


@compiles(_Transaction, "postgresql")
def _transaction(*_: object, **__: object) -> str:
    return "(pg_current_xact_id()::text::bigint)"


def _id(name: str = "id") -> Column[int]:
    return Column(name, _KEY, primary_key=True, autoincrement=False)


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _number_or_none(name: str) -> Column[int | None]:
    return Column(name, BigInteger)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _text_or_none(name: str) -> Column[str | None]:
    return Column(name, Text)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def _bytes_or_none(name: str) -> Column[bytes | None]:
    return Column(name, LargeBinary)


def _claim(name: str) -> Column[bool]:
    kind: TypeEngine[bool] = Boolean(create_constraint=False)
    return Column(name, kind, nullable=False)


def _name(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, _NAME, nullable=False, primary_key=primary_key)


def _transaction_number() -> Column[int]:
    return Column("tx", BigInteger, nullable=False, server_default=_Transaction())


def _measured(name: str) -> Column[float | None]:
    return Column(name, Float(53))


organisation: Final = Table("organisation", metadata, _id(), _text("name"))

site: Final = Table("site", metadata, _id(), _number("org_id"), _text("name"), _text("time_zone"))

station: Final = Table(
    "station",
    metadata,
    _id(),
    _name("identity"),
    _number("org_id"),
    _number_or_none("site_id"),
    _text_or_none("name"),
    _text("registration"),
    _text_or_none("protocol"),
    _text_or_none("vendor"),
    _text_or_none("model"),
    _text_or_none("serial_number"),
    _text_or_none("firmware_version"),
    _text("status"),
    _text_or_none("error_code"),
    _text_or_none("boot_reason"),
    _number_or_none("booted_at"),
    _claim("strict"),
    _number_or_none("max_power_w"),
    _number("created_at"),
    # 0, or the station's own id: it keeps its sessions, and its identity is free for a new one.
    Column("removed", BigInteger, nullable=False, server_default="0"),
)
Index("ux_station_identity", station.c.identity, station.c.removed, unique=True)

# What changes with every message, and who may write it: each station has a row from its first day.
station_head: Final = Table(
    "station_head",
    metadata,
    _id("station_id"),
    _number_or_none("message_head"),
    _number_or_none("sample_head"),  # of readings outside sessions
    _number_or_none("last_seen_at"),
    _number_or_none("owner"),  # the number of a node
    Column("epoch", BigInteger, nullable=False, server_default="0"),  # grows with each claim
    _number_or_none("connected_since"),  # to its owner, if that lives
    postgresql_with=_MOST_FREE,
)

station_secret: Final = Table(
    "station_secret",
    metadata,
    _id("station_id"),
    _bytes_or_none("secret_hash"),
    _number("security_profile"),
    _text_or_none("assume_version"),
    _text_or_none("pinned_version"),
    _claim("blocked"),
)

connector: Final = Table(
    "connector",
    metadata,
    _number("station_id"),
    _number("evse"),
    _number("connector"),
    _text("status"),
    _text_or_none("reported"),
    _text_or_none("error_code"),
    _text_or_none("vendor_error_code"),
    _text_or_none("info"),
    _text_or_none("type"),
    _claim("ended_here"),
    _number("changed_at"),
    PrimaryKeyConstraint("station_id", "evse", "connector"),
    sqlite_with_rowid=False,
    postgresql_with=_SOME_FREE,
)

session: Final = Table(
    "session",
    metadata,
    _id(),
    _number("station_id"),
    _number("org_id"),
    _text("transaction_id"),
    _number_or_none("evse"),
    _number_or_none("connector"),
    _number("stay_id"),
    _text("state"),
    _text_or_none("charging_state"),
    _text_or_none("token_uid"),
    _text_or_none("token_type"),
    _text_or_none("verdict"),
    _text_or_none("token_group"),
    _number_or_none("remote_start_id"),
    _number_or_none("reservation_id"),
    _number("started_at"),
    _number_or_none("ended_at"),
    _number_or_none("closed_at"),
    _text_or_none("stop_reason"),
    _number_or_none("meter_start_wh"),
    _number_or_none("meter_stop_wh"),
    _number_or_none("first_wh"),
    _number_or_none("first_at"),
    _number_or_none("last_wh"),
    _number_or_none("last_at"),
    _number_or_none("sampled_at"),
    _number_or_none("interval_wh"),
    _number_or_none("energy_wh"),
    _number_or_none("power_w"),
    _measured("soc"),
    _number_or_none("heard_at"),
    _text("seq"),  # ranges, "0-17,19-19"
    _number_or_none("seq_first"),
    _number_or_none("seq_last"),
    _text("flags"),  # words joined by commas, sorted
    _number("start_digest"),
    _number_or_none("sample_head"),
    _number("samples"),
    _number("received_at"),
    _claim("is_open"),  # running or waiting for data: derived from the state, for its index
    postgresql_with=_SOME_FREE,
)
Index("ix_session_transaction", session.c.station_id, session.c.transaction_id)
Index("ix_session_station", session.c.station_id, session.c.started_at)
Index("ix_session_started", session.c.started_at)
Index("ix_session_token", session.c.token_uid, session.c.started_at)
Index("ix_session_state", session.c.state, session.c.started_at)
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
    _id(),
    _number_or_none("prev"),
    _number("station_id"),
    _number("evse"),
    _number_or_none("session_id"),
    _number("received_at"),
    _number_or_none("seq_no"),
    _number("digest"),
    _number("at"),
    _text("context"),
    _number_or_none("energy_wh"),
    _number_or_none("export_wh"),
    _number_or_none("interval_wh"),
    _number_or_none("power_w"),
    _number_or_none("offered_w"),
    _measured("offered_a"),
    _measured("current_l1"),
    _measured("current_l2"),
    _measured("current_l3"),
    _measured("voltage_l1"),
    _measured("voltage_l2"),
    _measured("voltage_l3"),
    _measured("soc"),
    _measured("temperature"),
    _bytes_or_none("extra"),
    _claim("clock_wrong"),
    postgresql_partition_by="RANGE (id)",
)

message: Final = Table(
    "message",
    metadata,
    _id(),
    _number_or_none("prev"),
    _number("station_id"),
    _number_or_none("session_id"),
    _text("direction"),
    _text("action"),
    _text("message_id"),
    _number("at"),
    _number("latency_us"),
    _bytes("call"),
    _bytes_or_none("answer"),
    _text("answered"),
    _text_or_none("notes"),
    postgresql_partition_by="RANGE (id)",
)

event: Final = Table(
    "event",
    metadata,
    _id(),
    _number("org_id"),
    _text("kind"),
    _number("at"),
    _number_or_none("station_id"),
    _number_or_none("evse"),
    _number_or_none("session_id"),
    _number_or_none("command_id"),
    _text("data"),  # flat JSON
    _transaction_number(),
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

command: Final = Table(
    "command",
    metadata,
    _id(),
    _number("org_id"),
    _number("station_id"),
    _text("name"),  # the order's name, for people and filters
    _text("order_json"),
    _text("state"),
    _text("author"),
    _number("created_at"),
    _number("deadline_at"),
    _text_or_none("idempotency_key"),
    _number_or_none("sent_at"),
    _number_or_none("finished_at"),
    _number_or_none("effect_by"),
    _text_or_none("result"),
    _text_or_none("reason"),
    _bytes_or_none("answer"),
    _claim("is_open"),
)
Index("ix_command_station", command.c.station_id, command.c.id)
Index(
    "ix_command_open",
    command.c.state,
    command.c.station_id,
    sqlite_where=command.c.is_open == 1,  # as its queries say it, else it is not found
    postgresql_where=command.c.is_open,
)
# The second of two orders that race under one key is refused by the database itself.
Index(
    "ux_command_key",
    command.c.author,
    command.c.idempotency_key,
    unique=True,
    sqlite_where=command.c.idempotency_key.is_not(None),
    postgresql_where=command.c.idempotency_key.is_not(None),
)

token: Final = Table(
    "token",
    metadata,
    _name("uid", primary_key=True),
    _number("org_id"),
    _text("type"),
    _text("status"),
    _text_or_none("token_group"),
    _number_or_none("expires_at"),
    _number_or_none("driver_id"),
    _claim("concurrent"),
    _number("created_at"),
)

connection_attempt: Final = Table(
    "connection_attempt",
    metadata,
    _id(),
    _text("identity"),
    _text("reason"),
    _text("host"),  # of the peer, without its port
    _text("detail"),
    _number("http_status"),
    _text("peer"),
    _text("path"),
    _text("subprotocols"),
    _text_or_none("user_agent"),
    _number("times"),
    _number("first_at"),
    _number("last_at"),
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
    _id(),
    _number("org_id"),
    _bytes("secret_hash"),
    _text("label"),
    _number("created_at"),
    _number_or_none("expires_at"),
    Column("kind", Text, nullable=False, server_default="api"),  # api, browser or code
)
Index("ux_api_token_secret", api_token.c.secret_hash, unique=True)

transaction_id_block: Final = Table(
    "transaction_id_block", metadata, _id("first"), _number("count")
)

# One row per batch of the last few: found or missing after a commit of unknown outcome.
writer_batch: Final = Table(
    "writer_batch",
    metadata,
    _text("writer"),
    _number("number"),
    _number_or_none("at"),  # when; without it where one process has the database
    PrimaryKeyConstraint("writer", "number"),
    sqlite_with_rowid=False,
)

# What others keep copies of and was changed: every node reads on from where it stopped.
change: Final = Table(
    "change",
    metadata,
    Column("id", _KEY, Identity(), primary_key=True),
    _text("kind"),  # what was changed: "token"
    _text("key"),  # which one
    _number("at"),
    _transaction_number(),
    sqlite_autoincrement=True,  # pruned to the last row, it must not begin at 1 again
)
Index("ix_change_stream", change.c.tx, change.c.id)

node: Final = Table(
    "node",
    metadata,
    _id("number"),
    _text("name"),
    _text("role"),
    _number("started_at"),
    _number("alive_until"),
)

job_lease: Final = Table(
    "job_lease",
    metadata,
    Column("name", Text, primary_key=True),
    _number("owner"),  # the number of a node
    _number("until"),
)

# A token is being started with: nobody may start a second session with it at this moment.
token_hold: Final = Table(
    "token_hold",
    metadata,
    _name("uid", primary_key=True),
    _number("station_id"),
    _number("until"),
)

meta: Final = Table("meta", metadata, Column("key", Text, primary_key=True), _text("value"))
