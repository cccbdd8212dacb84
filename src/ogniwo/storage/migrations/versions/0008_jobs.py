"""Orders for many stations, and notes of people.

Frozen: it says what the database was, whatever ``schema`` says today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

phase = "pre"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _jobs()
    op.create_table(
        "note",
        sa.Column("id", KEY, nullable=False, autoincrement=False),
        sa.Column("org_id", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
    )
    op.create_index("ix_note_station", "note", ["station_id", "id"])
    op.add_column("command", sa.Column("job_id", sa.BigInteger(), nullable=True))
    of_a_job = sa.text("job_id IS NOT NULL")
    op.create_index(
        "ix_command_job",
        "command",
        ["job_id", "id"],
        sqlite_where=of_a_job,
        postgresql_where=of_a_job,
    )


def _jobs() -> None:
    op.create_table(
        "job",
        sa.Column("id", KEY, nullable=False, autoincrement=False),
        sa.Column("org_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("order_json", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("pace_per_minute", sa.BigInteger(), nullable=False),
        sa.Column("stop_after_failures", sa.BigInteger(), nullable=True),
        sa.Column("forgiven", sa.BigInteger(), nullable=False),
        sa.Column("deadline_s", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    running = sa.text("state = 'running'")
    op.create_index("ix_job_running", "job", ["id"], sqlite_where=running, postgresql_where=running)
    op.create_table(
        "job_station",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("command_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("job_id", "place", name="pk_job_station"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the update")
