"""``Nodes`` of the application: who runs on this database, by the database's own clock.

A node's number is part of every identifier that it draws, so a number is given again only when
all others were used since. SQLite serves one process, which is number 0.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from msgspec import structs
from sqlalchemy import BigInteger, Connection, Executable, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from ogniwo.app.nodes import Node
from ogniwo.base.errors import UsageError
from ogniwo.base.ids import NODE_MAX
from ogniwo.base.limits import STORAGE_PATIENCE_S
from ogniwo.base.units import seconds
from ogniwo.storage.ownership import now_us
from ogniwo.storage.pg_connect import Address
from ogniwo.storage.pg_readers import PgReaders
from ogniwo.storage.schema import job_lease, node, station_head

LEASE_S: Final = 15  # five beats: a busy moment of a node or of the server is no death
JOINING: Final = 6_713_480_113  # of PostgreSQL's advisory locks, ours for those who join

T = TypeVar("T")

_LEASE_US: Final = seconds(LEASE_S)
_out_of_use_at: Final = func.coalesce(node.c.alive_until, 0)
_numbers: Final = (
    func.generate_series(1, NODE_MAX).table_valued("number", name="numbers").render_derived()
)
# Never used first, then the one that has been out of use for longest.
FREE_NUMBER: Final = (
    select(_numbers.c.number)
    .outerjoin_from(_numbers, node, node.c.number == _numbers.c.number)
    .where(_out_of_use_at <= now_us())
    .order_by(_out_of_use_at, _numbers.c.number)
    .limit(1)
)
_joining: Final = insert(node).values(
    number=bindparam("number"),
    name=bindparam("name"),
    role=bindparam("role"),
    started_at=now_us(),
    alive_until=now_us() + _LEASE_US,
)
JOIN: Final = _joining.on_conflict_do_update(
    index_elements=[node.c.number],
    set_={it.name: it for it in _joining.excluded if it.name != "number"},
).returning(node.c.started_at)
_place: Final = update(node).where(
    node.c.number == bindparam("of_number"), node.c.started_at == bindparam("of_start")
)
# A node that was cut off for longer than its lease goes on: what others claimed meanwhile is
# fenced station by station. Only who took its number over has taken its place.
BEAT: Final = _place.values(alive_until=now_us() + _LEASE_US).returning(node.c.number)
LEAVE: Final = _place.values(alive_until=now_us()).returning(node.c.number)
# Rows of many stations are locked in one order by everybody. Who had them writes nothing more.
LET_GO: Final = (
    update(station_head)
    .where(
        station_head.c.station_id.in_(
            select(station_head.c.station_id)
            .where(station_head.c.owner == bindparam("of_number"))
            .order_by(station_head.c.station_id)
            .with_for_update(key_share=True)
        )
    )
    .values(owner=None, connected_since=None, epoch=station_head.c.epoch + 1)
)
LIVING: Final = select(node).where(node.c.alive_until > now_us()).order_by(node.c.number)
_taking: Final = insert(job_lease).values(
    name=bindparam("name"),
    owner=bindparam("owner"),
    until=now_us() + bindparam("hold_us", type_=BigInteger),
)
TAKE_JOB: Final = _taking.on_conflict_do_update(
    index_elements=[job_lease.c.name],
    set_={"owner": _taking.excluded.owner, "until": _taking.excluded.until},
    where=or_(
        job_lease.c.owner == _taking.excluded.owner,
        job_lease.c.until <= now_us(),
        # Far longer than anybody may hold it: the database's clock was set back since.
        job_lease.c.until > _taking.excluded.until + _LEASE_US,
    ),
).returning(job_lease.c.owner)


class PgNodes:
    """On a connection of its own: to be alive must not wait for anybody's queries."""

    def __init__(self, address: Address) -> None:
        self._database = address.database
        self._readers = PgReaders(
            address, name="ogniwo node", connections=1, patience_s=STORAGE_PATIENCE_S
        )
        self._started_at: dict[int, int] = {}

    async def join(self, name: str, role: str) -> int:
        def work(connection: Connection) -> tuple[int, int] | None:
            connection.execute(select(func.pg_advisory_xact_lock(JOINING)))
            number = connection.scalar(FREE_NUMBER)
            if number is None:
                return None
            connection.execute(LET_GO, {"of_number": number})
            given = {"number": number, "name": name, "role": role}
            return number, connection.scalars(JOIN, given).one()

        joined = await self._readers.change(work)
        if joined is None:
            raise UsageError(
                f"{NODE_MAX} nodes run on database {self._database} already: end one first"
            )
        number, self._started_at[number] = joined
        return number

    async def beat(self, number: int) -> bool:
        return await self._readers.change_at_once(_found(BEAT, self._place(number)))

    async def leave(self, number: int) -> None:
        place = self._place(number)

        def work(connection: Connection) -> None:
            if connection.execute(LEAVE, place).first() is not None:
                connection.execute(LET_GO, {"of_number": number})

        await self._readers.change(work)

    async def nodes(self) -> list[Node]:
        def query(connection: Connection) -> list[Node]:
            return [Node(**row) for row in connection.execute(LIVING).mappings()]

        return await self._readers.run(query)

    async def take_job(self, name: str, number: int, *, hold_s: float) -> bool:
        given = {"name": name, "owner": number, "hold_us": round(seconds(1) * hold_s)}
        return await self._readers.change_at_once(_found(TAKE_JOB, given))

    async def close(self) -> None:
        await self._readers.close()

    def _place(self, number: int) -> dict[str, int]:
        return {"of_number": number, "of_start": self._started_at.get(number, 0)}


def _found(statement: Executable, given: Mapping[str, object]) -> Callable[[Connection], bool]:
    return lambda connection: connection.execute(statement, given).first() is not None


class SoleNode:
    """One process has the database, so whatever only one may do, it may."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._me: list[Node] = []

    async def join(self, name: str, role: str) -> int:
        now = self._now_us()
        self._me = [Node(number=0, name=name, role=role, started_at=now, alive_until=now)]
        return 0

    async def beat(self, number: int) -> bool:  # noqa: ARG002 - there is one
        return bool(self._me)

    async def leave(self, number: int) -> None:  # noqa: ARG002 - there is one
        self._me = []

    async def nodes(self) -> list[Node]:
        alive_until = self._now_us() + _LEASE_US
        return [structs.replace(it, alive_until=alive_until) for it in self._me]

    async def take_job(self, name: str, number: int, *, hold_s: float) -> bool:  # noqa: ARG002 - nobody else wants it
        return True

    async def close(self) -> None:
        self._me = []
