"""Orders, those for many stations, and what people wrote about one."""

from typing import Final

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from ogniwo.storage.columns import (
    claim,
    id_,
    number,
    number_or_none,
    raw_or_none,
    text,
    text_or_none,
)
from ogniwo.storage.metadata import metadata

command: Final = Table(
    "command",
    metadata,
    id_(),
    number("org_id"),
    number("station_id"),
    text("name"),  # the order's name, for people and filters
    text("order_json"),
    text("state"),
    text("author"),
    number("created_at"),
    number("deadline_at"),
    text_or_none("idempotency_key"),
    number_or_none("sent_at"),
    number_or_none("finished_at"),
    number_or_none("effect_by"),
    text_or_none("result"),
    text_or_none("reason"),
    raw_or_none("answer"),
    claim("is_open"),
    number_or_none("job_id"),
)
Index("ix_command_station", command.c.station_id, command.c.id)
Index(
    "ix_command_open",
    command.c.state,
    command.c.station_id,
    sqlite_where=command.c.is_open == 1,  # as its queries say it, else it is not found
    postgresql_where=command.c.is_open,
)
Index(
    "ix_command_job",
    command.c.job_id,
    command.c.id,
    sqlite_where=command.c.job_id.is_not(None),
    postgresql_where=command.c.job_id.is_not(None),
)
# The second of two orders that race under one key is refused by the database itself.
Index(
    "ux_command_key",
    command.c.author,
    command.c.idempotency_key,
    unique=True,
    sqlite_where=command.c.idempotency_key.is_not(None),
    postgresql_where=command.c.idempotency_key.is_not(None),
)

job: Final = Table(
    "job",
    metadata,
    id_(),
    number("org_id"),
    text("name"),  # the order's, for people and filters
    text("order_json"),
    text("state"),
    text("author"),
    text_or_none("note"),
    number("pace_per_minute"),
    number_or_none("stop_after_failures"),
    number("forgiven"),  # failures before it was resumed
    number_or_none("deadline_s"),
    number("created_at"),
    number_or_none("finished_at"),
    text_or_none("reason"),
    text_or_none("idempotency_key"),
    text_or_none("meant_json"),  # which stations, to know a repeat by
)
# As with commands.
Index(
    "ux_job_key",
    job.c.author,
    job.c.idempotency_key,
    unique=True,
    sqlite_where=job.c.idempotency_key.is_not(None),
    postgresql_where=job.c.idempotency_key.is_not(None),
)
Index(
    "ix_job_running",
    job.c.id,
    sqlite_where=job.c.state == "running",
    postgresql_where=job.c.state == "running",
)

# One row for each station of a job: what is to be done, or came of it.
job_station: Final = Table(
    "job_station",
    metadata,
    number("job_id"),
    number("place"),  # in the order in which they take their turns
    number("station_id"),
    text("state"),
    number("tries"),
    number_or_none("command_id"),
    text_or_none("reason"),
    number_or_none("at"),  # of the last change
    PrimaryKeyConstraint("job_id", "place"),
    sqlite_with_rowid=False,
)

note: Final = Table(
    "note",
    metadata,
    id_(),
    number("org_id"),
    number("station_id"),
    text("author"),
    text("text"),
    number("at"),
)
Index("ix_note_station", note.c.station_id, note.c.id)
