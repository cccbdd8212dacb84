"""Variables that wait for a station's next boot, found without reading the others.

Frozen: it says what the database was, whatever ``schema`` says today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

phase = "pre"


def upgrade() -> None:
    waits = sa.text("state = 'reboot_required'")
    op.create_index(
        "ix_holding_unbooted",
        "holding",
        ["state", "station_id"],
        sqlite_where=waits,
        postgresql_where=waits,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the update")
