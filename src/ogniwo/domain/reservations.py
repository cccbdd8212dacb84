"""How a reservation ends without a word of the station: it is used, or its time is over (H03, H04).

2.x stations tell that one expired; 1.6 stations only change the status of the connector.
"""

from datetime import datetime
from typing import Final

from ogniwo.base.units import Instant, to_instant
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import DomainRow, Situation
from ogniwo.domain.holdings import Held, Kind, to_holding
from ogniwo.domain.orders.reservation import ACTIVE, USED

EXPIRED: Final = "expired"


def reservation_used(
    state: StationState, number: int, situation: Situation
) -> tuple[DomainRow, ...]:
    """Some 1.6 stations say 0 or -1 where there was none."""
    if number <= 0:
        return ()
    held = Held(kind=Kind.RESERVATION, key=str(number), state=USED)
    return (to_holding(held, state.station.id, situation.now),)


def state_now(state: str | None, expires_at: object, now: Instant) -> str | None:
    """``expires_at`` is text, as it was kept."""
    if state != ACTIVE or not isinstance(expires_at, str):
        return state
    return EXPIRED if to_instant(datetime.fromisoformat(expires_at)) <= now else state
