"""C. Ad hoc payment in 2.1: a driver is paying on a web page."""

from typing import Annotated

from msgspec import Meta

from ogniwo.domain.orders.order import Number, Order


class NotifyWebPaymentStarted(Order, frozen=True, kw_only=True, tag="notify_web_payment_started"):
    """Let an EVSE wait for a driver who is paying for it, for so many seconds (C25)."""

    evse: Number
    timeout_s: Annotated[int, Meta(ge=1, le=3_600)] = 120


Orders = NotifyWebPaymentStarted
