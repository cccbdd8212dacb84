"""O. Display message: set, asked for, cleared; and what the station says it has (O01 to O06)."""

from collections.abc import Mapping
from typing import Any, Final

from ogniwo.domain.commands import Outcome
from ogniwo.domain.commands import Reply as OrderReply
from ogniwo.domain.decision import Reply
from ogniwo.domain.facts import NEXT_PART, HoldingsReported
from ogniwo.domain.holdings import Held, Kind, gone
from ogniwo.domain.orders import (
    ClearDisplayMessage,
    GetDisplayMessages,
    MessageFormat,
    MessagePriority,
    MessageState,
    SetDisplayMessage,
    request_number,
)
from ogniwo.ocpp.adapter import Inbound, OrderNotPossibleError, Outbound, Seen, always
from ogniwo.ocpp.v201.provisioning import outcome
from ogniwo.ocpp.v201.schema import (
    ClearDisplayMessageRequest,
    ClearDisplayMessageResponse,
    GetDisplayMessagesRequest,
    GetDisplayMessagesResponse,
    MessageContentType,
    MessageFormatEnumType,
    MessageInfoType,
    MessagePriorityEnumType,
    MessageStateEnumType,
    NotifyDisplayMessagesRequest,
    NotifyDisplayMessagesResponse,
    SetDisplayMessageRequest,
    SetDisplayMessageResponse,
)

PRIORITIES: Final[dict[MessagePriority, MessagePriorityEnumType]] = {
    MessagePriority.ALWAYS_FRONT: "AlwaysFront",
    MessagePriority.IN_FRONT: "InFront",
    MessagePriority.NORMAL_CYCLE: "NormalCycle",
}
_STATES: Final[dict[MessageState, MessageStateEnumType]] = {
    MessageState.CHARGING: "Charging",
    MessageState.FAULTED: "Faulted",
    MessageState.IDLE: "Idle",
    MessageState.UNAVAILABLE: "Unavailable",
}
_FORMATS: Final[dict[MessageFormat, MessageFormatEnumType]] = {
    MessageFormat.ASCII: "ASCII",
    MessageFormat.HTML: "HTML",
    MessageFormat.URI: "URI",
    MessageFormat.UTF8: "UTF8",
}
_TEXT_LENGTH_MAX: Final = 512

_REASONS: Final = {
    "NotSupportedMessageFormat": "the station cannot show this format: try ascii or utf8",
    "NotSupportedPriority": "the station does not know this priority: try normal_cycle",
    "NotSupportedState": "the station does not know this state: leave it out",
    "UnknownTransaction": "the station knows no such transaction: take its id from the session",
    "LanguageNotSupported": "the station does not know this language: leave it out",
    "Rejected": "the station refuses it: perhaps it has no room for another message",
}


def set_to_request(order: SetDisplayMessage, command_id: int) -> SetDisplayMessageRequest:
    if order.state is not None and order.state not in _STATES:
        raise OrderNotPossibleError(
            f"an OCPP 2.0.1 station knows no state {order.state.value!r}: leave it out"
        )
    if order.format not in _FORMATS:
        raise OrderNotPossibleError(
            f"an OCPP 2.0.1 station cannot show {order.format.value!r}: send the address as uri"
        )
    if len(order.text) > _TEXT_LENGTH_MAX:
        raise OrderNotPossibleError(
            f"an OCPP 2.0.1 station shows at most {_TEXT_LENGTH_MAX} characters: shorten the text"
        )
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


def set_to_outcome(_order: SetDisplayMessage, response: SetDisplayMessageResponse) -> Outcome:
    return _explained(outcome(response.status, response.status_info), _REASONS)


def get_to_request(order: GetDisplayMessages, command_id: int) -> GetDisplayMessagesRequest:
    if order.state is not None and order.state not in _STATES:
        raise OrderNotPossibleError(
            f"an OCPP 2.0.1 station knows no state {order.state.value!r}: leave it out"
        )
    return GetDisplayMessagesRequest(
        id=list(order.messages) or None,
        request_id=request_number(command_id),
        priority=None if order.priority is None else PRIORITIES[order.priority],
        state=None if order.state is None else _STATES[order.state],
    )


def get_to_outcome(order: GetDisplayMessages, response: GetDisplayMessagesResponse) -> Outcome:
    if response.status != "Unknown":
        return outcome(response.status, response.status_info)
    return Outcome(
        reply=OrderReply.DONE,
        result=response.status,
        reason="the station has no such message",
        held=gone(Kind.DISPLAY_MESSAGE, order.messages),
        whole_of=order.whole_of(),
    )


def clear_to_request(order: ClearDisplayMessage, _command_id: int) -> ClearDisplayMessageRequest:
    return ClearDisplayMessageRequest(id=order.message)


def clear_to_outcome(order: ClearDisplayMessage, response: ClearDisplayMessageResponse) -> Outcome:
    if response.status != "Unknown":
        return outcome(response.status, response.status_info)
    return Outcome(
        reply=OrderReply.REJECTED,
        result=response.status,
        reason="the station has no such message",
        held=gone(Kind.DISPLAY_MESSAGE, [order.message]),
    )


def messages_to_fact(request: NotifyDisplayMessagesRequest, seen: Seen) -> HoldingsReported:
    told = request.message_info or ()
    return HoldingsReported(
        action="NotifyDisplayMessages",
        summary=f"messages on display: {', '.join(str(it.id) for it in told) or 'none'}",
        held=tuple(_to_held(it) for it in told),
        kind=Kind.DISPLAY_MESSAGE,
        number=request.request_id,
        part=NEXT_PART,
        last=not request.tbc,
        notes=seen.notes,
    )


def messages_to_reply(_reply: Reply) -> NotifyDisplayMessagesResponse:
    return NotifyDisplayMessagesResponse()


def _to_held(it: MessageInfoType) -> Held:
    data = {
        "priority": _PRIORITY_OF.get(it.priority, it.priority),
        "state": None if it.state is None else it.state.lower(),
        "format": it.message.format.lower().replace("qrcode", MessageFormat.QR_CODE.value),
        "language": it.message.language,
        "starts_at": it.start_date_time,
        "ends_at": it.end_date_time,
        "transaction_id": it.transaction_id,
    }
    return Held(
        kind=Kind.DISPLAY_MESSAGE,
        key=str(it.id),
        value=it.message.content,
        state="shown",
        data=data,
    )


_PRIORITY_OF: Final = {word: priority.value for priority, word in PRIORITIES.items()}


def _explained(said: Outcome, reasons: Mapping[str, str]) -> Outcome:
    """The station's own reason, or what its word means."""
    if said.reply is not OrderReply.REJECTED or said.reason:
        return said
    return Outcome(reply=said.reply, result=said.result, reason=reasons.get(said.result))


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("NotifyDisplayMessages", messages_to_fact, messages_to_reply),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(SetDisplayMessage, always("SetDisplayMessage"), set_to_request, set_to_outcome),
    Outbound(GetDisplayMessages, always("GetDisplayMessages"), get_to_request, get_to_outcome),
    Outbound(
        ClearDisplayMessage, always("ClearDisplayMessage"), clear_to_request, clear_to_outcome
    ),
)
