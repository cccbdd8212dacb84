"""I. Tariff and cost: the running cost, shown to the driver (I02)."""

from typing import Any, Final

from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.orders import CostUpdated
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.v201.schema import CostUpdatedRequest, CostUpdatedResponse


def cost_to_request(order: CostUpdated, _command_id: int) -> CostUpdatedRequest:
    return CostUpdatedRequest(total_cost=order.total_cost, transaction_id=order.transaction_id)


def cost_to_outcome(_order: CostUpdated, _response: CostUpdatedResponse) -> Outcome:
    return Outcome(reply=Reply.ACCEPTED, result="answered")


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(CostUpdated, always("CostUpdated"), cost_to_request, cost_to_outcome),
)
