"""Rows in the order in which they became durable: what a follower reads without missing any.

Of two transactions the one that drew the lower identifier may be committed last. So each row
carries the number of its transaction, and a follower sees only rows of transactions older than
every one that still runs: before what it has read nothing can appear any more. On SQLite there
is one writer; the numbers are 0 there, and the order is that of the identifiers.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

from ogniwo.storage.schema import change, event

STREAMS: Final = (event, change)
# Asked twice a second by every node, so made once.
_NEAR: Final[dict[str, Select[int, int]]] = {
    table.name: select(table.c.tx, table.c.id)
    .where(table.c.id <= bindparam("last_id", type_=BigInteger))
    .order_by(table.c.id.desc())
    .limit(1)
    for table in STREAMS
}

_NEXT_TRANSACTION: Final[Select[int]] = select(
    literal_column("pg_snapshot_xmax(pg_current_snapshot())::text::bigint", BigInteger)
)


class _oldest_running(FunctionElement[int]):  # noqa: N801 - reads as a function in SQL
    type = BigInteger()
    inherit_cache = True


@compiles(_oldest_running, "postgresql")
def _on_postgresql(*_: object, **__: object) -> str:
    return "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint)"


@compiles(_oldest_running, "sqlite")
def _on_sqlite(*_: object, **__: object) -> str:
    return "1"


def settled(table: Table) -> ColumnElement[bool]:
    """Nothing can be committed before these rows any more."""
    return table.c.tx < _oldest_running()


def after_position(table: Table) -> ColumnElement[bool]:
    """What a follower reads next, in the order of (tx, id), given a ``position``."""
    last = tuple_(bindparam("tx", type_=BigInteger), bindparam("id", type_=BigInteger))
    return settled(table) & (tuple_(table.c.tx, table.c.id) > last)


def position(connection: Connection, table: Table, last_id: int) -> dict[str, int]:
    """Where the row ``last_id`` stands, or, if there is none, the nearest one with a lower id."""
    row = connection.execute(_NEAR[table.name], {"last_id": last_id}).one_or_none()
    return {"tx": -1, "id": -1} if row is None else {"tx": row.tx, "id": row.id}


def latest_id(connection: Connection, table: Table) -> int:
    """The last row that a follower could have read."""
    last: Select[int] = (
        select(table.c.id)
        .where(settled(table))
        .order_by(table.c.tx.desc(), table.c.id.desc())
        .limit(1)
    )
    return connection.scalar(last) or 0


def number_anew(connection: Connection) -> None:
    """After a restore into another server, whose transactions have lower numbers than our rows.

    For PostgreSQL, and before anybody follows.
    """
    for table in STREAMS:
        newest = connection.scalar(select(func.max(table.c.tx))) or 0
        if newest >= connection.scalars(_NEXT_TRANSACTION).one():
            connection.execute(update(table).where(table.c.tx != 0).values(tx=0))
