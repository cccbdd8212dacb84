"""C. Ad hoc payment: settlements, VAT numbers, payment on a web page (C17 to C25)."""

from typing import Any, Final

import msgspec

from ogniwo.domain.commands import Outcome
from ogniwo.domain.commands import Reply as OrderReply
from ogniwo.domain.decision import Answer, Reply, Word
from ogniwo.domain.facts import PaymentSettled, VatNumberPresented
from ogniwo.domain.orders import NotifyWebPaymentStarted
from ogniwo.ocpp.adapter import Inbound, Outbound, Seen, always, unexpected
from ogniwo.ocpp.v21.schema import (
    NotifySettlementRequest,
    NotifySettlementResponse,
    NotifyWebPaymentStartedRequest,
    NotifyWebPaymentStartedResponse,
    StatusInfoType,
    VatNumberValidationRequest,
    VatNumberValidationResponse,
)

VAT_NUMBER_LENGTH_MAX: Final = 20

_STATES: Final = {
    "Settled": "settled",
    "Canceled": "cancelled",
    "Rejected": "rejected",
    "Failed": "failed",
}


def settlement_to_fact(request: NotifySettlementRequest, seen: Seen) -> PaymentSettled:
    at, _ = seen.moment(request.settlement_time)
    company = None if request.vat_company is None else msgspec.to_builtins(request.vat_company)
    return PaymentSettled(
        reference=request.psp_ref,
        state=_STATES[request.status],
        amount=f"{request.settlement_amount:.10g}",
        at=at,
        transaction_id=request.transaction_id,
        receipt_id=request.receipt_id,
        receipt_url=request.receipt_url,
        data={
            "info": request.status_info,
            "vat_number": request.vat_number,
            "vat_company": company,
        },
        notes=seen.notes,
    )


def settlement_to_reply(reply: Reply) -> NotifySettlementResponse:
    if not isinstance(reply, Answer):
        raise unexpected(reply)
    return NotifySettlementResponse(
        receipt_url=_text(reply, "receipt_url", 2_000), receipt_id=_text(reply, "receipt_id", 50)
    )


def vat_to_fact(request: VatNumberValidationRequest, seen: Seen) -> VatNumberPresented:
    return VatNumberPresented(vat_number=request.vat_number, evse=request.evse_id, notes=seen.notes)


def vat_to_reply(reply: Reply) -> VatNumberValidationResponse:
    """The EVSE comes back as it was named: a terminal may serve several."""
    if not isinstance(reply, Answer):
        raise unexpected(reply)
    evse = reply.data.get("evse")
    number = reply.data.get("vat_number")
    info = None
    if reply.reason is not None:
        info = StatusInfoType(reason_code="InvalidVatNumber", additional_info=reply.reason)
    return VatNumberValidationResponse(
        vat_number=number[:VAT_NUMBER_LENGTH_MAX] if isinstance(number, str) else "",
        evse_id=evse if isinstance(evse, int) and evse >= 0 else None,
        status="Accepted" if reply.word is Word.ACCEPTED else "Rejected",
        status_info=info,
    )


def started_to_request(
    order: NotifyWebPaymentStarted, _command_id: int
) -> NotifyWebPaymentStartedRequest:
    return NotifyWebPaymentStartedRequest(evse_id=order.evse, timeout=order.timeout_s)


def started_to_outcome(
    _order: NotifyWebPaymentStarted, _response: NotifyWebPaymentStartedResponse
) -> Outcome:
    return Outcome(reply=OrderReply.ACCEPTED, result="told")


def _text(reply: Answer, name: str, chars_max: int) -> str | None:
    """A station that was read tolerantly may have told more than fits into the answer."""
    text = reply.data.get(name)
    return text if isinstance(text, str) and len(text) <= chars_max else None


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("NotifySettlement", settlement_to_fact, settlement_to_reply),
    Inbound("VatNumberValidation", vat_to_fact, vat_to_reply),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(
        NotifyWebPaymentStarted,
        always("NotifyWebPaymentStarted"),
        started_to_request,
        started_to_outcome,
    ),
)
