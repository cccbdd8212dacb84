"""What people decided about sessions; the station's own words stay in the session's row."""

from typing import Final

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from ogniwo.storage.columns import number, number_or_none, text
from ogniwo.storage.metadata import metadata

session_repair: Final = Table(
    "session_repair",
    metadata,
    number("session_id"),  # of a stop that was put aside: its own id, it has no session
    number("number"),  # 1, 2, ...: of two that decide at one moment the database lets one pass
    number("org_id"),
    number("station_id"),
    text("kind"),
    text("author"),
    text("note"),
    number("at"),
    text("wanted"),  # JSON, as are the next two
    text("before"),
    text("after"),
    number_or_none("orphan_id"),  # the session or event whose stop was attached, or put aside
    PrimaryKeyConstraint("session_id", "number"),
    sqlite_with_rowid=False,
)
Index(  # a stop belongs to one session
    "ux_session_repair_orphan",
    session_repair.c.orphan_id,
    unique=True,
    sqlite_where=session_repair.c.orphan_id.is_not(None),
    postgresql_where=session_repair.c.orphan_id.is_not(None),
)
