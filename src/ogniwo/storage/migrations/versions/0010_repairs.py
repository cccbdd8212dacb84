"""What people decided about sessions that could not be settled by themselves.

Frozen: it says what the database was, whatever ``schema`` says today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

phase = "pre"


def upgrade() -> None:
    op.create_table(
        "session_repair",
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("org_id", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("orphan_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("session_id", "number", name="pk_session_repair"),
        sqlite_with_rowid=False,
    )
    given = sa.text("orphan_id IS NOT NULL")
    op.create_index(
        "ux_session_repair_orphan",
        "session_repair",
        ["orphan_id"],
        unique=True,
        sqlite_where=given,
        postgresql_where=given,
    )
    nobodys = sa.text("kind = 'orphan_stored'")
    op.create_index(
        "ix_event_orphan",
        "event",
        ["station_id", "id"],
        sqlite_where=nobodys,
        postgresql_where=nobodys,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the update")
