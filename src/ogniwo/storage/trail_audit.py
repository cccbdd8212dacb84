"""Finds the trails that deserve a look, by the database's own sorting; memory stays small.

Almost every trail is in the order of its numbers and ends where its owner says; that is seen
from one line for each owner. Of the few others the rows themselves are read and judged.
"""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, Table, and_, bindparam, case, func, select

from ogniwo.domain import trails
from ogniwo.domain.audit import Finding
from ogniwo.domain.trails import Link
from ogniwo.storage.values import AnyRow

SUSPECTS_AT_ONCE: Final = 5_000  # each time a scan of the table, which has no index by owner

AnyColumn = ColumnElement[Any]


class _Suspect(Struct, frozen=True):
    where: str
    head: int | None
    counted: int | None


class TrailAudit:
    """Of one table's rows with one kind of owner. Owners are asked for by ascending number."""

    def __init__(
        self, connection: Connection, table: Table, owner: AnyColumn, *, what: str, kind: str
    ) -> None:
        self._connection = connection
        self._table = table
        self._owner = owner
        self._what = what
        self._kind = kind
        self._oldest: int | None = connection.scalar(select(func.min(table.c.id)))
        self._passing = iter(connection.execute(_summary(table, owner), {"oldest": self._oldest}))
        self._next = next(self._passing, None)
        self._suspects: dict[int, _Suspect] = {}

    def look(
        self, owner: int, where: str, *, head: int | None, counted: int | None = None
    ) -> Iterator[Finding]:
        yield from self._of_nobody(before=owner)
        line = None
        if self._next is not None and self._next.owner == owner:
            line, self._next = self._next, next(self._passing, None)
        if not self._in_order(line, head, counted):
            self._suspects[owner] = _Suspect(where, head, counted)

    def end(self) -> Iterator[Finding]:
        """After the last owner: what is nobody's, and a closer look at the suspects."""
        yield from self._of_nobody(before=None)
        waiting = sorted(self._suspects)
        for first in range(0, len(waiting), SUSPECTS_AT_ONCE):
            yield from self._judged(waiting[first : first + SUSPECTS_AT_ONCE])

    def _of_nobody(self, *, before: int | None) -> Iterator[Finding]:
        while self._next is not None and (before is None or self._next.owner < before):
            yield trails.of_nobody(self._what, self._kind, self._next.owner, self._next.rows)
            self._next = next(self._passing, None)

    def _in_order(self, line: AnyRow | None, head: int | None, counted: int | None) -> bool:
        if line is None:
            return head is None and not counted
        whole = line.broken == 0 and line.newest == head
        return bool(whole and (counted is None or line.cut or counted == line.rows))

    def _judged(self, owners: list[int]) -> Iterator[Finding]:
        links: list[Link] = []
        remaining = iter(owners)
        current = next(remaining, None)
        query = (
            select(self._owner.label("owner"), self._table.c.id, self._table.c.prev)
            .where(self._owner.in_(bindparam("owners", expanding=True)))
            .order_by(self._owner, self._table.c.id)
        )
        for row in self._connection.execute(query, {"owners": owners}):
            while current is not None and row.owner != current:
                yield from self._verdict(current, links)
                links, current = [], next(remaining, None)
            links.append((row.id, row.prev))
        while current is not None:
            yield from self._verdict(current, links)
            links, current = [], next(remaining, None)

    def _verdict(self, owner: int, links: list[Link]) -> Iterator[Finding]:
        it = self._suspects[owner]
        return trails.of_trail(
            self._what, it.where, links, head=it.head, oldest=self._oldest, counted=it.counted
        )


def _summary(table: Table, owner: AnyColumn) -> Select[*tuple[Any, ...]]:
    before = func.lag(table.c.id).over(partition_by=owner, order_by=table.c.id)
    row = (
        select(owner.label("owner"), table.c.id, table.c.prev, before.label("before"))
        .where(owner.is_not(None))
        .subquery()
    )
    cut = and_(row.c.before.is_(None), row.c.prev.is_not(None), row.c.prev < bindparam("oldest"))
    broken = case((cut, None), (row.c.prev.is_distinct_from(row.c.before), 1))
    return (
        select(
            row.c.owner,
            func.count().label("rows"),
            func.max(row.c.id).label("newest"),
            func.count(broken).label("broken"),
            func.count(case((cut, 1))).label("cut"),
        )
        .group_by(row.c.owner)
        .order_by(row.c.owner)
    )
