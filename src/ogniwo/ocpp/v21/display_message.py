"""O. Display message in 2.1: longer texts, QR codes and two more states."""

from typing import Any, Final

from ogniwo.domain.orders import (
    GetDisplayMessages,
    MessageFormat,
    MessageState,
    SetDisplayMessage,
    request_number,
)
from ogniwo.ocpp.adapter import Outbound, always
from ogniwo.ocpp.v21.schema import (
    GetDisplayMessagesRequest,
    MessageContentType,
    MessageFormatEnumType,
    MessageInfoType,
    MessageStateEnumType,
    SetDisplayMessageRequest,
)
from ogniwo.ocpp.v201.display_message import PRIORITIES, get_to_outcome, set_to_outcome

_STATES: Final[dict[MessageState, MessageStateEnumType]] = {
    MessageState.CHARGING: "Charging",
    MessageState.FAULTED: "Faulted",
    MessageState.IDLE: "Idle",
    MessageState.UNAVAILABLE: "Unavailable",
    MessageState.SUSPENDED: "Suspended",
    MessageState.DISCHARGING: "Discharging",
}
_FORMATS: Final[dict[MessageFormat, MessageFormatEnumType]] = {
    MessageFormat.ASCII: "ASCII",
    MessageFormat.HTML: "HTML",
    MessageFormat.URI: "URI",
    MessageFormat.UTF8: "UTF8",
    MessageFormat.QR_CODE: "QRCODE",
}


def set_to_request(order: SetDisplayMessage, command_id: int) -> SetDisplayMessageRequest:
    content = MessageContentType(
        format=_FORMATS[order.format], language=order.language, content=order.text
    )
    info = MessageInfoType(
        id=order.number(command_id),
        priority=PRIORITIES[order.priority],
        state=None if order.state is None else _STATES[order.state],
        start_date_time=order.starts_at,
        end_date_time=order.ends_at,
        transaction_id=order.transaction_id,
        message=content,
    )
    return SetDisplayMessageRequest(message=info)


def get_to_request(order: GetDisplayMessages, command_id: int) -> GetDisplayMessagesRequest:
    return GetDisplayMessagesRequest(
        id=list(order.messages) or None,
        request_id=request_number(command_id),
        priority=None if order.priority is None else PRIORITIES[order.priority],
        state=None if order.state is None else _STATES[order.state],
    )


OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(SetDisplayMessage, always("SetDisplayMessage"), set_to_request, set_to_outcome),
    Outbound(GetDisplayMessages, always("GetDisplayMessages"), get_to_request, get_to_outcome),
)
