"""P. Data transfer, both ways: who understands which vendor is in ``domain.vendors`` (P01, P02)."""

from typing import Any, Final

import msgspec

from ogniwo.domain.commands import Outcome
from ogniwo.domain.decision import Answer, Reply
from ogniwo.domain.facts import VendorDataReceived
from ogniwo.domain.orders import DataTransfer
from ogniwo.ocpp.adapter import Inbound, Outbound, Seen, always, unexpected
from ogniwo.ocpp.v201.provisioning import outcome
from ogniwo.ocpp.v201.schema import DataTransferRequest, DataTransferResponse, StatusInfoType
from ogniwo.ocpp.vendor_words import STATUSES, vendor_outcome

_REASON_LENGTH_MAX: Final = 512
_STRUCTURES: Final = ("{", "[")


def data_to_fact(request: DataTransferRequest, seen: Seen) -> VendorDataReceived:
    return VendorDataReceived(
        vendor_id=request.vendor_id,
        message_id=request.message_id,
        data=_to_text(request.data),
        notes=seen.notes,
    )


def data_to_reply(reply: Reply) -> DataTransferResponse:
    if not isinstance(reply, Answer):
        raise unexpected(reply)
    data = reply.data.get("data")
    info = None
    if reply.reason is not None:
        text = reply.reason[:_REASON_LENGTH_MAX]
        info = StatusInfoType(reason_code="NotHandled", additional_info=text)
    return DataTransferResponse(
        status=STATUSES[reply.word],
        status_info=info,
        data=_to_value(data) if isinstance(data, str) else None,
    )


def send_to_request(order: DataTransfer, _command_id: int) -> DataTransferRequest:
    data = None if order.data is None else _to_value(order.data)
    return DataTransferRequest(vendor_id=order.vendor, message_id=order.message, data=data)


def send_to_outcome(_order: DataTransfer, response: DataTransferResponse) -> Outcome:
    said = outcome(response.status, response.status_info)
    return vendor_outcome(response.status, _to_text(response.data), said.reason)


def _to_text(data: object) -> str | None:
    if data is None or isinstance(data, str):
        return data
    return msgspec.json.encode(data).decode()


def _to_value(text: str) -> object:
    """2.x carries any JSON: an object or a list that is one goes as such, all else as text."""
    if not text.lstrip().startswith(_STRUCTURES):
        return text
    try:
        value: object = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return value


INBOUND: Final[tuple[Inbound[Any], ...]] = (Inbound("DataTransfer", data_to_fact, data_to_reply),)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(DataTransfer, always("DataTransfer"), send_to_request, send_to_outcome),
)
