"""1.6 security extension: certificates, and events that concern security."""

from typing import Any, Final

from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.decision import ACKNOWLEDGED, Answer, Word
from ogniwo.domain.decision import Reply as Answered
from ogniwo.domain.facts import SecurityEventReported, SigningAsked
from ogniwo.domain.holdings import Held, Kind
from ogniwo.domain.orders import (
    CertificateUse,
    DeleteCertificate,
    GetCertificates,
    InstallCertificate,
    SendSignedCertificate,
)
from ogniwo.domain.orders.certificates import INSTALLED, key_of
from ogniwo.ocpp.adapter import (
    Inbound,
    OrderNotPossibleError,
    Outbound,
    Seen,
    always,
    unexpected,
    within,
)
from ogniwo.ocpp.v16.core_orders import outcome
from ogniwo.ocpp.v16.schema import (
    CertificateHashDataType,
    CertificateSignedRequest,
    CertificateSignedResponse,
    CertificateUseEnumType,
    DeleteCertificateRequest,
    DeleteCertificateResponse,
    GetInstalledCertificateIdsRequest,
    GetInstalledCertificateIdsResponse,
    InstallCertificateRequest,
    InstallCertificateResponse,
    SecurityEventNotificationRequest,
    SecurityEventNotificationResponse,
    SignCertificateRequest,
    SignCertificateResponse,
)

_USES: Final[dict[CertificateUse, CertificateUseEnumType]] = {
    CertificateUse.CSMS_ROOT: "CentralSystemRootCertificate",
    CertificateUse.MANUFACTURER_ROOT: "ManufacturerRootCertificate",
}
# The extension spells the first one in two ways.
_EVENTS: Final = {
    "FailedToAuthenticateAtCentralSystem": "FailedToAuthenticateAtCsms",
    "FailedToAuthenticationAtCentralSystem": "FailedToAuthenticateAtCsms",
    "CentralSystemFailedToAuthenticate": "CsmsFailedToAuthenticate",
    "InvalidCentralSystemCertificate": "InvalidCsmsCertificate",
    "InvalidChargePointCertificate": "InvalidChargingStationCertificate",
}


def install_to_request(order: InstallCertificate, _command_id: int) -> InstallCertificateRequest:
    return InstallCertificateRequest(
        certificate_type=_use(order.use),
        certificate=within(order.certificate, 5_500, "a certificate"),
    )


def install_to_outcome(_order: InstallCertificate, response: InstallCertificateResponse) -> Outcome:
    return outcome(response.status)


def delete_to_request(order: DeleteCertificate, _command_id: int) -> DeleteCertificateRequest:
    return DeleteCertificateRequest(
        certificate_hash_data=CertificateHashDataType(
            hash_algorithm=order.hash_algorithm,
            issuer_name_hash=order.issuer_name_hash,
            issuer_key_hash=order.issuer_key_hash,
            serial_number=order.serial_number,
        )
    )


def delete_to_outcome(_order: DeleteCertificate, response: DeleteCertificateResponse) -> Outcome:
    return outcome(response.status)


def list_to_request(order: GetCertificates, _command_id: int) -> GetInstalledCertificateIdsRequest:
    if order.use is None:
        raise OrderNotPossibleError(
            "an OCPP 1.6 station lists certificates of one use at a time: name it"
        )
    return GetInstalledCertificateIdsRequest(certificate_type=_use(order.use))


def list_to_outcome(
    order: GetCertificates, response: GetInstalledCertificateIdsResponse
) -> Outcome:
    use = order.use or CertificateUse.CSMS_ROOT  # it was named, or it could not have been sent
    held = tuple(
        Held(
            kind=Kind.CERTIFICATE,
            key=key_of(use, it.serial_number),
            state=INSTALLED,
            data={
                "hash_algorithm": it.hash_algorithm,
                "issuer_name_hash": it.issuer_name_hash,
                "issuer_key_hash": it.issuer_key_hash,
                "serial_number": it.serial_number,
            },
        )
        for it in response.certificate_hash_data or ()
    )
    return Outcome(reply=Reply.ACCEPTED, result=response.status, held=held)


def signed_to_request(order: SendSignedCertificate, _command_id: int) -> CertificateSignedRequest:
    if order.use is not CertificateUse.STATION:
        raise OrderNotPossibleError(
            "an OCPP 1.6 station has one certificate of its own: leave out the use"
        )
    return CertificateSignedRequest(certificate_chain=order.chain)


def signed_to_outcome(
    _order: SendSignedCertificate, response: CertificateSignedResponse
) -> Outcome:
    return outcome(response.status)


def request_to_fact(request: SignCertificateRequest, seen: Seen) -> SigningAsked:
    return SigningAsked(request=request.csr, use=CertificateUse.STATION, notes=seen.notes)


def request_to_reply(reply: Answered) -> SignCertificateResponse:
    if not isinstance(reply, Answer):
        raise unexpected(reply)
    return SignCertificateResponse(status="Accepted" if reply.word is Word.ACCEPTED else "Rejected")


def event_to_fact(request: SecurityEventNotificationRequest, seen: Seen) -> SecurityEventReported:
    return SecurityEventReported(
        type=_EVENTS.get(request.type, request.type),
        at=seen.moment(request.timestamp)[0],
        info=request.tech_info,
        notes=seen.notes,
    )


def event_to_reply(reply: Answered) -> SecurityEventNotificationResponse:
    if reply is not ACKNOWLEDGED:
        raise unexpected(reply)
    return SecurityEventNotificationResponse()


def _use(use: CertificateUse) -> CertificateUseEnumType:
    if use not in _USES:
        raise OrderNotPossibleError(
            f"an OCPP 1.6 station keeps no {use.value} certificates: "
            "use csms_root or manufacturer_root"
        )
    return _USES[use]


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("SignCertificate", request_to_fact, request_to_reply),
    Inbound("SecurityEventNotification", event_to_fact, event_to_reply),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(
        InstallCertificate, always("InstallCertificate"), install_to_request, install_to_outcome
    ),
    Outbound(DeleteCertificate, always("DeleteCertificate"), delete_to_request, delete_to_outcome),
    Outbound(
        GetCertificates, always("GetInstalledCertificateIds"), list_to_request, list_to_outcome
    ),
    Outbound(
        SendSignedCertificate, always("CertificateSigned"), signed_to_request, signed_to_outcome
    ),
)
