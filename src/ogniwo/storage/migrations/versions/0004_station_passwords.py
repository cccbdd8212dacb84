"""Stations that are given a new password, or a higher security profile, and did not use it yet.

Frozen: it says what the database was, whatever ``schema`` says today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

phase = "pre"


def upgrade() -> None:
    op.add_column("station_secret", sa.Column("beside", sa.LargeBinary(), nullable=True))
    op.add_column("station_secret", sa.Column("raising_to", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the update")
