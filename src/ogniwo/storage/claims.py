"""Taking stations for a node of many: PostgreSQL only, for SQLite serves one.

Everybody who changes rows of several stations locks them in the order of their ids, so claims,
batches of the writer and the clearing of a dead node's stations wait for each other and never
in a circle. What a batch under an older claim wrote is durable when the claim is.
"""

from collections.abc import Collection
from typing import Final

from msgspec import Struct
from sqlalchemy import BigInteger, Boolean, Connection, bindparam, case, or_, select, update

from ogniwo.storage.ownership import LIVING, now_us
from ogniwo.storage.schema import station, station_head


class Owned(Struct, frozen=True):
    identity: str
    owner: int
    epoch: int
    taken: bool
    stranded: bool = False  # it was connected to a node that is dead, and nobody has told


# The first statement only waits and locks; the second, with eyes of its own, sees all that was
# committed while the first waited, in every table.
LOCK: Final = (
    select(
        station.c.identity,
        station_head.c.station_id,
        station_head.c.owner,
        station_head.c.epoch,
        station_head.c.connected_since,
    )
    .join_from(station_head, station, station.c.id == station_head.c.station_id)
    .where(station.c.identity.in_(bindparam("identities", expanding=True)), station.c.removed == 0)
    .order_by(station_head.c.station_id)
    .with_for_update(of=station_head, key_share=True)
)
_of_claimant: Final = station_head.c.owner == bindparam("claimant", type_=BigInteger)
TAKE: Final = (
    update(station_head)
    .where(
        station_head.c.station_id.in_(bindparam("ids", expanding=True)),
        or_(
            bindparam("seize", type_=Boolean),
            station_head.c.connected_since.is_(None),
            _of_claimant,
            ~LIVING,
        ),
    )
    .values(
        owner=bindparam("claimant"),
        epoch=station_head.c.epoch + 1,
        # Seized is connected: from this moment on nobody takes it politely. Else the socket of an
        # owner before is no more, or will be closed.
        connected_since=case(
            (bindparam("seize", type_=Boolean), now_us()),
            (_of_claimant, station_head.c.connected_since),
        ),
    )
    .returning(station_head.c.station_id, station_head.c.epoch)
)


def take(
    connection: Connection, identities: Collection[str], *, node: int, seize: bool
) -> list[Owned]:
    """In one transaction that reads what is committed; unknown stations are left out."""
    heads = connection.execute(LOCK, {"identities": sorted(identities)}).all()
    given = {"ids": [it.station_id for it in heads], "claimant": node, "seize": seize}
    taken = {it.station_id: it.epoch for it in connection.execute(TAKE, given)}
    return [
        Owned(
            it.identity,
            node,
            taken[it.station_id],
            taken=True,
            stranded=not seize and it.connected_since is not None and it.owner != node,
        )
        if it.station_id in taken
        else Owned(it.identity, it.owner, it.epoch, taken=False)
        for it in heads
    ]
