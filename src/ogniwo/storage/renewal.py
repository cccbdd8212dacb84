"""What happens to a database that comes from a backup: time has passed since it was made.

Statements that read the same on both engines, for what must not happen a second time; on
PostgreSQL also the traces of nodes that ran when the backup was made.
"""

from typing import Final

from sqlalchemy import Connection, delete, or_, text, update

from ogniwo.base.units import Instant
from ogniwo.domain.commands import CommandState
from ogniwo.storage import schema, streams

# More than a network of 100,000 stations uses in a day, and two thousand restores are possible.
TRANSACTION_IDS_SKIPPED: Final = 1_000_000

# Numbers given to 1.6 stations after the backup was made must not be given a second time.
SKIP_TRANSACTION_IDS: Final = """
INSERT INTO transaction_id_block (first, count)
SELECT coalesce(max(first + count), 1), CAST(:skipped AS bigint) FROM transaction_id_block
"""
# What waited when the backup was made may have been done since: never do it a second time.
END_WAITING_COMMANDS: Final = """
UPDATE command SET state = :lost, reason = :reason, finished_at = :now, effect_by = NULL,
  is_open = FALSE
WHERE is_open AND state = :waiting
"""
_REASON: Final = "the database was restored from a backup: what became of this order is not known"

SKIPPED: Final = {"skipped": TRANSACTION_IDS_SKIPPED}


def ending_at(now: Instant) -> dict[str, str | int]:
    """What ``END_WAITING_COMMANDS`` wants to know."""
    return {
        "lost": CommandState.NODE_LOST.value,
        "waiting": CommandState.QUEUED.value,
        "reason": _REASON,
        "now": now,
    }


def begin_anew(connection: Connection, now: Instant) -> int:
    """On PostgreSQL, in one transaction; how many orders were ended."""
    connection.execute(text(SKIP_TRANSACTION_IDS), SKIPPED)
    ended = connection.execute(text(END_WAITING_COMMANDS), ending_at(now)).rowcount
    for table in (schema.node, schema.job_lease, schema.token_hold, schema.writer_batch):
        connection.execute(delete(table))
    head = schema.station_head
    connection.execute(
        update(head)
        .where(or_(head.c.owner.is_not(None), head.c.connected_since.is_not(None)))
        .values(owner=None, connected_since=None)
    )
    streams.number_anew(connection)
    return ended
