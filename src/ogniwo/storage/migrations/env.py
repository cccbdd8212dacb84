"""Alembic's entry: runs the migrations on the connection that ``migrate`` hands it."""

from alembic import context

from ogniwo.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can, Alembic does not expect it: all of a migration or none
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
