"""E. Transactions in 2.1: what their events tell beside meter and state, kept as it is told."""

from typing import Any, Final, cast

from msgspec.structs import replace

from ogniwo.domain.facts import TransactionReported
from ogniwo.ocpp.adapter import Inbound, Seen
from ogniwo.ocpp.messages import Payload
from ogniwo.ocpp.neutral import to_data, word_of
from ogniwo.ocpp.v21.schema import TransactionEventRequest
from ogniwo.ocpp.v201 import transactions as before


def event_to_fact(request: TransactionEventRequest, seen: Seen) -> TransactionReported:
    fact = before.event_to_fact(cast(Any, request), seen)  # the same fields, and more
    info = request.transaction_info
    if (
        request.cost_details is None
        and request.preconditioning_status is None
        and info.operation_mode is None
        and info.tariff_id is None
        and info.transaction_limit is None
    ):
        return fact
    told: dict[str, Payload | str | None] = {
        "cost_details": request.cost_details,
        "preconditioning_status": request.preconditioning_status,
        "operation_mode": info.operation_mode,
        "transaction_limit": info.transaction_limit,
    }
    extra: dict[str, object] = {
        name: word_of(it) if isinstance(it, str) else to_data(it)
        for name, it in told.items()
        if it is not None
    }
    if info.tariff_id is not None:  # a name, not a word
        extra["tariff_id"] = info.tariff_id
    return replace(fact, extra=extra)


(_EVENT,) = before.INBOUND
INBOUND: Final[tuple[Inbound[Any], ...]] = (replace(_EVENT, to_fact=event_to_fact),)
