"""Several nodes on one database: who owns a station, and in which order facts were committed.

Frozen: it says what the database was, whatever ``schema`` says today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

phase = "pre"


def upgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    _ownership()
    _nodes()
    _streams("(pg_current_xact_id()::text::bigint)" if on_postgresql else "0")
    op.add_column("api_token", sa.Column("kind", sa.Text(), server_default="api", nullable=False))
    op.add_column("writer_batch", sa.Column("at", sa.BigInteger(), nullable=True))
    if on_postgresql:
        _on_postgresql()


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the update")


def _ownership() -> None:
    op.add_column("station_head", sa.Column("owner", sa.BigInteger(), nullable=True))
    op.add_column(
        "station_head", sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("station_head", sa.Column("connected_since", sa.BigInteger(), nullable=True))
    op.execute(
        "INSERT INTO station_head (station_id) SELECT id FROM station"
        " WHERE id NOT IN (SELECT station_id FROM station_head)"
    )


def _nodes() -> None:
    op.create_table(
        "node",
        _key("number"),
        _text("name"),
        _text("role"),
        _number("started_at"),
        _number("alive_until"),
        sa.PrimaryKeyConstraint("number", name="pk_node"),
    )
    op.create_table(
        "job_lease",
        _text("name"),
        _number("owner"),
        _number("until"),
        sa.PrimaryKeyConstraint("name", name="pk_job_lease"),
    )
    op.create_table(
        "token_hold",
        sa.Column("uid", _NAME, nullable=False),
        _number("station_id"),
        _number("until"),
        sa.PrimaryKeyConstraint("uid", name="pk_token_hold"),
    )


def _streams(transaction: str) -> None:
    op.add_column("event", _transaction_number(transaction))
    op.create_index("ix_event_stream", "event", ["tx", "id"])
    op.create_table(
        "change",
        sa.Column("id", _KEY, sa.Identity(), nullable=False),
        _text("kind"),
        _text("key"),
        _number("at"),
        _transaction_number(transaction),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_stream", "change", ["tx", "id"])


def _on_postgresql() -> None:
    op.execute('ALTER TABLE station ALTER COLUMN identity TYPE text COLLATE "C"')
    op.execute('ALTER TABLE token ALTER COLUMN uid TYPE text COLLATE "C"')
    op.execute("ALTER TABLE station_head SET (fillfactor = 50)")
    op.execute("ALTER TABLE session SET (fillfactor = 80)")
    op.execute("ALTER TABLE connector SET (fillfactor = 80)")
    for table in ("message", "sample"):
        _partition(table)


def _partition(table: str) -> None:
    """The rest takes what no day's table takes, so that a row always has a place."""
    whole = f"{table}_whole"
    op.execute(f"ALTER TABLE {table} RENAME TO {whole}")
    op.execute(f"ALTER TABLE {whole} RENAME CONSTRAINT pk_{table} TO pk_{whole}")
    op.execute(f"CREATE TABLE {table} (LIKE {whole}) PARTITION BY RANGE (id)")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY (id)")
    op.execute(f"CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT")
    op.execute(f"INSERT INTO {table} SELECT * FROM {whole}")  # noqa: S608 - names of our own tables
    op.execute(f"DROP TABLE {whole}")


_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, _KEY, autoincrement=False, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _transaction_number(default: str) -> sa.Column[int]:
    return sa.Column("tx", sa.BigInteger(), server_default=sa.text(default), nullable=False)
