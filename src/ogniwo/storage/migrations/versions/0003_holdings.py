"""What stations hold, streams of values, and what an operator wrote for many stations.

Frozen: it says what the database was, whatever ``schema`` says today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

phase = "pre"


def upgrade() -> None:
    op.create_table(
        "holding",
        _number("station_id"),
        _text("kind"),
        _name("key"),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        _number("evse", nullable=True),
        _bytes("data", nullable=True),
        _number("at"),
        _number("command_id", nullable=True),
        sa.PrimaryKeyConstraint("station_id", "kind", "key", name="pk_holding"),
        sqlite_with_rowid=False,
        postgresql_with={"fillfactor": 80},
    )
    gone = sa.text("state = 'gone'")
    op.create_index("ix_holding_gone", "holding", ["at"], sqlite_where=gone, postgresql_where=gone)
    op.create_table(
        "telemetry",
        _number("station_id"),
        _number("id"),
        _number("stream"),
        _number("monitor", nullable=True),
        _number("received_at"),
        _bytes("values_json"),
        _number("pending"),
        sa.PrimaryKeyConstraint("station_id", "id", name="pk_telemetry"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "document",
        _text("kind"),
        _name("key"),
        _bytes("data"),
        _text("author"),
        _number("at"),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_document"),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the update")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _name(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)
