"""The first schema.

Frozen: it says what the database was, whatever ``schema`` says today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

phase = "pre"


def upgrade() -> None:
    _stations()
    _stations_now()
    _sessions()
    _samples()
    _trail()
    _orders()
    _admission()
    _bookkeeping()
    op.execute("INSERT INTO organisation (id, name) VALUES (1, 'Ogniwo')")


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the update")


def _stations() -> None:
    op.create_table(
        "organisation",
        _key("id"),
        _text("name"),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
    )
    op.create_table(
        "site",
        _key("id"),
        _number("org_id"),
        _text("name"),
        _text("time_zone"),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
    )
    op.create_table(
        "station",
        _key("id"),
        _text("identity"),
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
        sa.Column("removed", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_station"),
    )
    op.create_index("ux_station_identity", "station", ["identity", "removed"], unique=True)


def _stations_now() -> None:
    op.create_table(
        "station_head",
        _key("station_id"),
        _number_or_none("message_head"),
        _number_or_none("sample_head"),
        _number_or_none("last_seen_at"),
        sa.PrimaryKeyConstraint("station_id", name="pk_station_head"),
    )
    op.create_table(
        "station_secret",
        _key("station_id"),
        _raw_or_none("secret_hash"),
        _number("security_profile"),
        _text_or_none("assume_version"),
        _text_or_none("pinned_version"),
        _claim("blocked"),
        sa.PrimaryKeyConstraint("station_id", name="pk_station_secret"),
    )
    op.create_table(
        "connector",
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
        sa.PrimaryKeyConstraint("station_id", "evse", "connector", name="pk_connector"),
        sqlite_with_rowid=False,
    )


def _sessions() -> None:
    op.create_table(
        "session",
        _key("id"),
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
        _text("seq"),
        _number_or_none("seq_first"),
        _number_or_none("seq_last"),
        _text("flags"),
        _number("start_digest"),
        _number_or_none("sample_head"),
        _number("samples"),
        _number("received_at"),
        _claim("is_open"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
    )
    op.create_index("ix_session_state", "session", ["state", "started_at"])
    _partial_index(
        "ix_session_open", "session", ["station_id"], where="is_open", sqlite="is_open = 1"
    )
    _partial_index("ix_session_flagged", "session", ["started_at"], where="flags != ''")
    op.create_index("ix_session_started", "session", ["started_at"])
    op.create_index("ix_session_station", "session", ["station_id", "started_at"])
    op.create_index("ix_session_token", "session", ["token_uid", "started_at"])
    op.create_index("ix_session_transaction", "session", ["station_id", "transaction_id"])


def _samples() -> None:
    op.create_table(
        "sample",
        _key("id"),
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
        _raw_or_none("extra"),
        _claim("clock_wrong"),
        sa.PrimaryKeyConstraint("id", name="pk_sample"),
    )


def _trail() -> None:
    op.create_table(
        "message",
        _key("id"),
        _number_or_none("prev"),
        _number("station_id"),
        _number_or_none("session_id"),
        _text("direction"),
        _text("action"),
        _text("message_id"),
        _number("at"),
        _number("latency_us"),
        _raw("call"),
        _raw_or_none("answer"),
        _text("answered"),
        _text_or_none("notes"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
    )
    op.create_table(
        "event",
        _key("id"),
        _number("org_id"),
        _text("kind"),
        _number("at"),
        _number_or_none("station_id"),
        _number_or_none("evse"),
        _number_or_none("session_id"),
        _number_or_none("command_id"),
        _text("data"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    _partial_index(
        "ix_event_session", "event", ["session_id", "id"], where="session_id IS NOT NULL"
    )


def _orders() -> None:
    op.create_table(
        "command",
        _key("id"),
        _number("org_id"),
        _number("station_id"),
        _text("name"),
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
        _raw_or_none("answer"),
        _claim("is_open"),
        sa.PrimaryKeyConstraint("id", name="pk_command"),
    )
    _partial_index(
        "ix_command_open", "command", ["state", "station_id"], where="is_open", sqlite="is_open = 1"
    )
    op.create_index("ix_command_station", "command", ["station_id", "id"])
    _partial_index(
        "ux_command_key",
        "command",
        ["author", "idempotency_key"],
        where="idempotency_key IS NOT NULL",
        unique=True,
    )
    op.create_table(
        "token",
        _text("uid"),
        _number("org_id"),
        _text("type"),
        _text("status"),
        _text_or_none("token_group"),
        _number_or_none("expires_at"),
        _number_or_none("driver_id"),
        _claim("concurrent"),
        _number("created_at"),
        sa.PrimaryKeyConstraint("uid", name="pk_token"),
    )
    op.create_table(
        "api_token",
        _key("id"),
        _number("org_id"),
        _raw("secret_hash"),
        _text("label"),
        _number("created_at"),
        _number_or_none("expires_at"),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
    )
    op.create_index("ux_api_token_secret", "api_token", ["secret_hash"], unique=True)


def _admission() -> None:
    op.create_table(
        "connection_attempt",
        _key("id"),
        _text("identity"),
        _text("reason"),
        _text("host"),
        _text("detail"),
        _number("http_status"),
        _text("peer"),
        _text("path"),
        _text("subprotocols"),
        _text_or_none("user_agent"),
        _number("times"),
        _number("first_at"),
        _number("last_at"),
        sa.PrimaryKeyConstraint("id", name="pk_connection_attempt"),
    )
    op.create_index("ix_connection_attempt_last", "connection_attempt", ["last_at"])
    op.create_index(
        "ux_connection_attempt", "connection_attempt", ["identity", "reason", "host"], unique=True
    )


def _bookkeeping() -> None:
    op.create_table(
        "transaction_id_block",
        _key("first"),
        _number("count"),
        sa.PrimaryKeyConstraint("first", name="pk_transaction_id_block"),
    )
    op.create_table(
        "writer_batch",
        _text("writer"),
        _number("number"),
        sa.PrimaryKeyConstraint("writer", "number", name="pk_writer_batch"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "meta",
        _text("key"),
        _text("value"),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )


def _key(name: str) -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, number, autoincrement=False, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _number_or_none(name: str) -> sa.Column[int | None]:
    return sa.Column(name, sa.BigInteger(), nullable=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _text_or_none(name: str) -> sa.Column[str | None]:
    return sa.Column(name, sa.Text(), nullable=True)


def _raw(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _raw_or_none(name: str) -> sa.Column[bytes | None]:
    return sa.Column(name, sa.LargeBinary(), nullable=True)


def _claim(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _measured(name: str) -> sa.Column[float | None]:
    return sa.Column(name, sa.Float(53), nullable=True)


def _partial_index(
    name: str,
    table: str,
    columns: list[str],
    *,
    where: str,
    sqlite: str | None = None,
    unique: bool = False,
) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        postgresql_where=sa.text(where),
        sqlite_where=sa.text(sqlite or where),
    )
