"""N. Customer information: asked for, and told in parts of text (N09, N10)."""

from typing import Any, Final

from ogniwo.domain.access import IdToken
from ogniwo.domain.commands import Outcome
from ogniwo.domain.commands import Reply as OrderReply
from ogniwo.domain.decision import Reply
from ogniwo.domain.facts import CustomerDataReported
from ogniwo.domain.orders import CustomerCertificate, CustomerInformation, request_number
from ogniwo.domain.orders.customer import HashAlgorithm
from ogniwo.ocpp.adapter import Inbound, OrderNotPossibleError, Outbound, Seen, always
from ogniwo.ocpp.v201.authorization import from_token
from ogniwo.ocpp.v201.provisioning import outcome
from ogniwo.ocpp.v201.schema import (
    CertificateHashDataType,
    CustomerInformationRequest,
    CustomerInformationResponse,
    HashAlgorithmEnumType,
    NotifyCustomerInformationRequest,
    NotifyCustomerInformationResponse,
)

_ALGORITHMS: Final[dict[HashAlgorithm, HashAlgorithmEnumType]] = {
    HashAlgorithm.SHA256: "SHA256",
    HashAlgorithm.SHA384: "SHA384",
    HashAlgorithm.SHA512: "SHA512",
}


def ask_to_request(order: CustomerInformation, command_id: int) -> CustomerInformationRequest:
    named = [it for it in (order.token, order.certificate, order.identifier) if it is not None]
    if len(named) != 1:
        raise OrderNotPossibleError(
            "name the customer by exactly one of token, certificate and identifier"
        )
    if not order.report and not order.clear:
        raise OrderNotPossibleError(
            "say what to do with the customer's data: report, clear, or both"
        )
    token = None if order.token is None else from_token(IdToken(order.token, order.token_type))
    certificate = None if order.certificate is None else _from_certificate(order.certificate)
    return CustomerInformationRequest(
        request_id=request_number(command_id),
        report=order.report,
        clear=order.clear,
        id_token=token,
        customer_certificate=certificate,
        customer_identifier=order.identifier,
    )


def ask_to_outcome(order: CustomerInformation, response: CustomerInformationResponse) -> Outcome:
    said = outcome(response.status, response.status_info)
    if said.reply is OrderReply.ACCEPTED and not order.report:
        return Outcome(reply=OrderReply.DONE, result=said.result, reason=said.reason)
    if said.result == "Invalid" and not said.reason:
        reason = "the station cannot find a customer by this: name another token or identifier"
        return Outcome(reply=said.reply, result=said.result, reason=reason)
    return said


def data_to_fact(request: NotifyCustomerInformationRequest, seen: Seen) -> CustomerDataReported:
    return CustomerDataReported(
        number=request.request_id,
        part=max(request.seq_no, 0),
        last=not request.tbc,
        text=request.data,
        notes=seen.notes,
    )


def data_to_reply(_reply: Reply) -> NotifyCustomerInformationResponse:
    return NotifyCustomerInformationResponse()


def _from_certificate(it: CustomerCertificate) -> CertificateHashDataType:
    return CertificateHashDataType(
        hash_algorithm=_ALGORITHMS[it.hash_algorithm],
        issuer_name_hash=it.issuer_name_hash,
        issuer_key_hash=it.issuer_key_hash,
        serial_number=it.serial_number,
    )


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("NotifyCustomerInformation", data_to_fact, data_to_reply),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(CustomerInformation, always("CustomerInformation"), ask_to_request, ask_to_outcome),
)
