"""S. Battery swapping: a station is asked to hand out batteries (2.1)."""

from typing import ClassVar

from ogniwo.domain.access import TokenType
from ogniwo.domain.holdings import Kind
from ogniwo.domain.orders.order import Order, Uid

SWAP_PATIENCE_S = 1_800  # a driver has to walk up, and the machine to move


class RequestBatterySwap(Order, frozen=True, kw_only=True, tag="request_battery_swap"):
    """Take used batteries from a driver and hand out charged ones (S02)."""

    while_pending: ClassVar[bool] = False
    reported: ClassVar[Kind | None] = Kind.BATTERY
    patience_s: ClassVar[int] = SWAP_PATIENCE_S

    token: Uid
    token_type: TokenType | None = None


Orders = RequestBatterySwap
