"""Drivers, their charges and wishes, and the codes on their charging points.

Frozen: it says what the database was, whatever ``schema`` says today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

phase = "pre"


def upgrade() -> None:
    op.add_column("token", _number("driver_since", nullable=True))
    its = sa.text("driver_id IS NOT NULL")
    op.create_index(
        "ix_token_driver", "token", ["driver_id"], sqlite_where=its, postgresql_where=its
    )
    _drivers()
    _charges()
    _places()


def _drivers() -> None:
    op.create_table(
        "driver",
        _id("id"),
        _name("email"),
        _text("state"),
        _text("name", nullable=True),
        _text("password_hash", nullable=True),
        _text("author"),
        _number("created_at"),
        _number("org_id"),
        sa.PrimaryKeyConstraint("id", name="pk_driver"),
    )
    op.create_index("ux_driver_email", "driver", ["email"], unique=True)
    op.create_table(
        "driver_key",
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        _number("driver_id"),
        _text("kind"),
        _number("created_at"),
        _number("expires_at"),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_driver_key"),
    )
    op.create_index("ix_driver_key_driver", "driver_key", ["driver_id"])
    op.create_table(
        "favourite",
        _number("driver_id"),
        _number("station_id"),
        _number("evse"),
        _number("created_at"),
        sa.PrimaryKeyConstraint("driver_id", "station_id", "evse", name="pk_favourite"),
        sqlite_with_rowid=False,
    )


def _charges() -> None:
    op.create_table(
        "charge",
        _id("id"),
        _number("station_id"),
        _number("evse"),
        _text("token_uid"),
        _number("created_at"),
        _number("plug_by"),
        _number("driver_id", nullable=True),
        sa.Column("guest_hash", sa.LargeBinary(), nullable=True),
        _number("command_id", nullable=True),
        _number("session_id", nullable=True),
        _number("stop_command_id", nullable=True),
        _number("stop_asked_at", nullable=True),
        _number("closed_at", nullable=True),
        _number("org_id"),
        sa.PrimaryKeyConstraint("id", name="pk_charge"),
    )
    op.create_index("ix_charge_place", "charge", ["station_id", "evse", "id"])
    op.create_index("ix_charge_driver", "charge", ["driver_id"])
    op.create_index("ix_charge_session", "charge", ["session_id"])
    still = sa.text("closed_at IS NULL")
    op.create_index("ix_charge_open", "charge", ["id"], sqlite_where=still, postgresql_where=still)
    op.create_table(
        "wish",
        _id("charge_id"),
        _number("departure_at", nullable=True),
        _number("energy_wh", nullable=True),
        _number("at"),
        sa.PrimaryKeyConstraint("charge_id", name="pk_wish"),
    )


def _places() -> None:
    op.create_table(
        "evse_code",
        _number("station_id"),
        _number("evse"),
        _text("code"),
        _name("code_key"),
        _text("author"),
        _number("at"),
        sa.PrimaryKeyConstraint("station_id", "evse", name="pk_evse_code"),
        sqlite_with_rowid=False,
    )
    op.create_index("ux_evse_code_key", "evse_code", ["code_key"], unique=True)
    op.create_table(
        "problem_report",
        _id("id"),
        _number("station_id"),
        _number("evse"),
        _text("kind"),
        _text("text"),
        _number("created_at"),
        _number("driver_id", nullable=True),
        _number("session_id", nullable=True),
        _number("closed_at", nullable=True),
        _text("closed_by", nullable=True),
        _text("note", nullable=True),
        _number("org_id"),
        sa.PrimaryKeyConstraint("id", name="pk_problem_report"),
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the update")


def _id(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False, autoincrement=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _name(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)
