"""Where sites are, and what they take over a day.

Frozen: it says what the database was, whatever ``schema`` says today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

phase = "pre"


def upgrade() -> None:
    for name in ("address", "postal_code", "city", "country"):
        op.add_column("site", sa.Column(name, sa.Text(), nullable=True))
    for name in ("latitude", "longitude"):
        op.add_column("site", sa.Column(name, sa.Float(53), nullable=True))
    op.add_column("site", sa.Column("limit_w", sa.BigInteger(), nullable=True))
    op.add_column("site", sa.Column("note", sa.Text(), nullable=True))
    op.add_column(
        "site", sa.Column("created_at", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_table(
        "site_quarter",
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("at", "site_id", "energy_wh", "sessions")
        ),
        sa.PrimaryKeyConstraint("at", "site_id", name="pk_site_quarter"),
        sqlite_with_rowid=False,
    )
    ended = sa.text("ended_at IS NOT NULL")
    op.create_index(
        "ix_session_ended", "session", ["ended_at"], sqlite_where=ended, postgresql_where=ended
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the update")
