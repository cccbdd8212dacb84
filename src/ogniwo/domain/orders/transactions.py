"""E14. What a station knows of a transaction, and whether it has more to tell (2.x)."""

from typing import ClassVar

from ogniwo.domain.orders.order import Order, TransactionId


class GetTransactionStatus(Order, frozen=True, kw_only=True, tag="get_transaction_status"):
    """Ask whether a transaction is going on, and whether messages of it wait at the station.

    Without a transaction: whether messages of any wait.
    """

    repeatable: ClassVar[bool] = True

    transaction_id: TransactionId | None = None


Orders = GetTransactionStatus
