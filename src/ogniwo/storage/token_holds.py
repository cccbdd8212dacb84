"""Holding a token for a moment: of two starts on two nodes at one moment, one sees the other.

PostgreSQL only: one process alone knows what it starts. Rows are locked in the order of the
tokens, so nodes wait for each other and never in a circle.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import BigInteger, Connection, Text, bindparam, delete, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from ogniwo.base.units import seconds
from ogniwo.storage.ownership import now_us
from ogniwo.storage.schema import token_hold

_wanted: Final = (
    func.unnest(
        bindparam("uids", type_=ARRAY(Text)), bindparam("stations", type_=ARRAY(BigInteger))
    )
    .table_valued("uid", "station_id", name="wanted")
    .render_derived()
)
_hold: Final = insert(token_hold).from_select(
    ["uid", "station_id", "until"],
    select(
        _wanted.c.uid, _wanted.c.station_id, now_us() + bindparam("hold_us", type_=BigInteger)
    ).order_by(_wanted.c.uid),
)
HOLD: Final = _hold.on_conflict_do_update(
    index_elements=[token_hold.c.uid],
    set_={"station_id": _hold.excluded.station_id, "until": _hold.excluded.until},
    where=or_(token_hold.c.station_id == _hold.excluded.station_id, token_hold.c.until <= now_us()),
).returning(token_hold.c.uid)
FORGET: Final = delete(token_hold).where(token_hold.c.until <= now_us())


def hold(
    connection: Connection, wanted: Collection[tuple[str, int]], *, hold_s: float
) -> list[str]:
    """The tokens that another station holds; of one wanted for two stations, the last counts."""
    by_uid = dict(wanted)
    given = {
        "uids": list(by_uid),
        "stations": list(by_uid.values()),
        "hold_us": seconds(hold_s),
    }
    held = set(connection.scalars(HOLD, given))
    return [uid for uid in by_uid if uid not in held]
