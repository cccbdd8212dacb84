"""People who sign in, what they may do and where; keys of programs with their rights.

Frozen: it says what the database was, whatever ``schema`` says today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

phase = "pre"


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", _KEY, autoincrement=False, nullable=False),
        _number("org_id"),
        sa.Column("login", _NAME, nullable=False),
        _text("name"),
        _text("role"),
        _text("sites", nullable=True),
        _text("language", nullable=True),
        _text("password_hash", nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        _number("version"),
        _number("created_at"),
        _number("signed_in_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_index("ux_person_login", "person", ["login"], unique=True)
    for column in (
        _number("person_id", nullable=True),
        _number("opened_by", nullable=True),
        sa.Column("role", sa.Text(), server_default="admin", nullable=False),
        _text("scopes", nullable=True),
        _text("sites", nullable=True),
        _number("last_used_at", nullable=True),
    ):
        op.add_column("api_token", column)


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the update")


_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)
