"""F. Remote control in 2.1: what the maker of a station gave a name can be triggered (F06)."""

from typing import Any, Final

from ogniwo.domain.commands import Outcome
from ogniwo.domain.orders import TriggerCustom
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.v21.schema import EVSEType, TriggerMessageRequest, TriggerMessageResponse
from ogniwo.ocpp.v201.provisioning import outcome


def custom_to_request(order: TriggerCustom, _command_id: int) -> TriggerMessageRequest:
    evse = None if order.evse is None else EVSEType(id=order.evse, connector_id=order.connector)
    return TriggerMessageRequest(
        requested_message="CustomTrigger", custom_trigger=order.name, evse=evse
    )


def custom_to_outcome(_order: TriggerCustom, response: TriggerMessageResponse) -> Outcome:
    return outcome(response.status, response.status_info)


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(TriggerCustom, always("TriggerMessage"), custom_to_request, custom_to_outcome),
)
