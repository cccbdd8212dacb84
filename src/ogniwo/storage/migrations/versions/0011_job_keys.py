"""The key under which a job was given, so that a repeat starts no second one.

Frozen: it says what the database was, whatever ``schema`` says today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

phase = "pre"


def upgrade() -> None:
    op.add_column("job", sa.Column("idempotency_key", sa.Text(), nullable=True))
    op.add_column("job", sa.Column("meant_json", sa.Text(), nullable=True))
    keyed = sa.text("idempotency_key IS NOT NULL")
    op.create_index(
        "ux_job_key",
        "job",
        ["author", "idempotency_key"],
        unique=True,
        sqlite_where=keyed,
        postgresql_where=keyed,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the update")
