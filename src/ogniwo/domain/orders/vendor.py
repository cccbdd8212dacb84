"""P. Data transfer: what a vendor added to the protocol, sent as it is."""

from typing import Annotated

from msgspec import Meta

from ogniwo.domain.orders.order import Name, Order


class DataTransfer(Order, frozen=True, kw_only=True, tag="data_transfer"):
    """Send a vendor's data; to a 2.x station an object or a list goes as JSON, not as text."""

    vendor: Annotated[str, Meta(min_length=1, max_length=255)]
    message: Name | None = None
    data: Annotated[str, Meta(max_length=65_536)] | None = None


Orders = DataTransfer
