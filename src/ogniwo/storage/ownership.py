"""Whose a station is, said in SQL: which nodes live, and which stations one of them answers for.

Where one process has the database (SQLite) no station has an owner, all are its own, and its
number is 0; the same conditions hold there.
"""

from typing import Final

from sqlalchemy import BigInteger, ColumnElement, bindparam, exists, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

from ogniwo.storage.schema import node, station_head


class now_us(FunctionElement[int]):  # noqa: N801 - reads as a function in SQL
    """This moment by the database's clock, also within a transaction that has lasted."""

    type = BigInteger()
    inherit_cache = True


@compiles(now_us, "postgresql")
def _on_postgresql(*_: object, **__: object) -> str:
    return "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"


@compiles(now_us, "sqlite")
def _on_sqlite(*_: object, **__: object) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


LIVING: Final = exists(
    select(node.c.number).where(
        node.c.number == station_head.c.owner, node.c.alive_until > now_us()
    )
)
"""The owner in ``station_head``."""

CONNECTED: Final[ColumnElement[bool]] = station_head.c.connected_since.is_not(None) & (
    station_head.c.owner.is_(None) | LIVING
)

STRANDED: Final[ColumnElement[bool]] = (
    station_head.c.connected_since.is_not(None) & station_head.c.owner.is_not(None) & ~LIVING
)
"""Connected, as its node wrote before that died."""

ANSWERED_FOR: Final[ColumnElement[bool]] = or_(
    bindparam("node", type_=BigInteger) == 0,
    station_head.c.owner == bindparam("node"),
    bindparam("unowned") & (station_head.c.owner.is_(None) | ~LIVING),
)
"""By ``:node`` and, with ``:unowned``, by none that lives."""
