"""1.6 Core, DataTransfer both ways: data is text, often JSON; see ``domain.vendors``."""

from typing import Any, Final

from ogniwo.domain.commands import Outcome
from ogniwo.domain.decision import Answer, Reply
from ogniwo.domain.facts import VendorDataReceived
from ogniwo.domain.orders import DataTransfer
from ogniwo.ocpp.adapter import Inbound, Outbound, Seen, always, unexpected
from ogniwo.ocpp.v16.schema import DataTransferRequest, DataTransferResponse
from ogniwo.ocpp.vendor_words import STATUSES, vendor_outcome


def data_to_fact(request: DataTransferRequest, seen: Seen) -> VendorDataReceived:
    return VendorDataReceived(
        vendor_id=request.vendor_id,
        message_id=request.message_id,
        data=request.data,
        notes=seen.notes,
    )


def data_to_reply(reply: Reply) -> DataTransferResponse:
    """1.6 has no field for a reason: where nothing else is to be sent, the data tells it."""
    if not isinstance(reply, Answer):
        raise unexpected(reply)
    data = reply.data.get("data", reply.reason)
    return DataTransferResponse(
        status=STATUSES[reply.word], data=data if isinstance(data, str) else None
    )


def send_to_request(order: DataTransfer, _command_id: int) -> DataTransferRequest:
    return DataTransferRequest(vendor_id=order.vendor, message_id=order.message, data=order.data)


def send_to_outcome(_order: DataTransfer, response: DataTransferResponse) -> Outcome:
    return vendor_outcome(response.status, response.data, None)


INBOUND: Final[tuple[Inbound[Any], ...]] = (Inbound("DataTransfer", data_to_fact, data_to_reply),)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(DataTransfer, always("DataTransfer"), send_to_request, send_to_outcome),
)
