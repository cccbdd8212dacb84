"""P. Data transfer: what a vendor added to the protocol, sent as it is."""

from typing import Annotated, ClassVar

from msgspec import Meta

from ogniwo.domain.orders.order import Name, Order
from ogniwo.domain.people import Right


class DataTransfer(Order, frozen=True, kw_only=True, tag="data_transfer"):
    """Send a vendor's data; to a 2.x station an object or a list goes as JSON, not as text."""

    right: ClassVar[Right] = Right.OPERATE
    vendor: Annotated[str, Meta(min_length=1, max_length=255)]
    message: Name | None = None
    data: Annotated[str, Meta(max_length=65_536)] | None = None


Orders = DataTransfer
