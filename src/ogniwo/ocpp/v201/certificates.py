"""A and M. Certificates on the station, its own and those it trusts, and events on security."""

from collections.abc import Mapping
from typing import Any, Final

from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.decision import ACKNOWLEDGED, Answer, Word
from ogniwo.domain.decision import Reply as Answered
from ogniwo.domain.facts import (
    CertificateAsked,
    ContractQuestion,
    RevocationQuestion,
    SecurityEventReported,
    SigningAsked,
    Told,
)
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
from ogniwo.ocpp.v201.provisioning import outcome
from ogniwo.ocpp.v201.schema import (
    CertificateHashDataChainType,
    CertificateHashDataType,
    CertificateSignedRequest,
    CertificateSignedResponse,
    DeleteCertificateRequest,
    DeleteCertificateResponse,
    Get15118EVCertificateRequest,
    Get15118EVCertificateResponse,
    GetCertificateStatusRequest,
    GetCertificateStatusResponse,
    GetInstalledCertificateIdsRequest,
    GetInstalledCertificateIdsResponse,
    InstallCertificateRequest,
    InstallCertificateResponse,
    SecurityEventNotificationRequest,
    SecurityEventNotificationResponse,
    SignCertificateRequest,
    SignCertificateResponse,
    StatusInfoType,
)

Uses = Mapping[CertificateUse, Any]  # the wire's words, of whichever version

PEM_CHARS_MAX: Final = 5_500
ROOTS: Final[Uses] = {
    CertificateUse.CSMS_ROOT: "CSMSRootCertificate",
    CertificateUse.MANUFACTURER_ROOT: "ManufacturerRootCertificate",
    CertificateUse.V2G_ROOT: "V2GRootCertificate",
    CertificateUse.MO_ROOT: "MORootCertificate",
}
LISTED: Final[Uses] = {**ROOTS, CertificateUse.V2G_CHAIN: "V2GCertificateChain"}
OWN: Final[Uses] = {
    CertificateUse.STATION: "ChargingStationCertificate",
    CertificateUse.V2G: "V2GCertificate",
    CertificateUse.COMBINED: None,  # of both kinds, when none is named
}
# Of 2.1 too: what is read may be from either.
_USE_OF: Final[Mapping[str, CertificateUse]] = {
    **{wire: use for use, wire in {**LISTED, **OWN}.items() if wire is not None},
    "OEMRootCertificate": CertificateUse.OEM_ROOT,
    "V2G20Certificate": CertificateUse.V2G_20,
}


OCSP_CHARS_MAX: Final = 5_500
EXI_CHARS_MAX: Final = 7_500


def install_to_request(
    order: InstallCertificate,
    _command_id: int,
    *,
    uses: Uses = ROOTS,
    chars_max: int = PEM_CHARS_MAX,
) -> InstallCertificateRequest:
    """``uses`` and ``chars_max`` are wider in 2.1, as of the others below."""
    return InstallCertificateRequest(
        certificate_type=_use(order.use, uses),
        certificate=within(order.certificate, chars_max, "a certificate"),
    )


def install_to_outcome(_order: InstallCertificate, response: InstallCertificateResponse) -> Outcome:
    return outcome(response.status, response.status_info)


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
    return outcome(response.status, response.status_info)


def list_to_request(
    order: GetCertificates, _command_id: int, *, uses: Uses = LISTED
) -> GetInstalledCertificateIdsRequest:
    wanted = None if order.use is None else [_use(order.use, uses)]
    return GetInstalledCertificateIdsRequest(certificate_type=wanted)


def list_to_outcome(
    order: GetCertificates, response: GetInstalledCertificateIdsResponse
) -> Outcome:
    """NotFound is an answer too: there is none."""
    said = outcome(response.status, response.status_info)
    held = tuple(_listed(it) for it in response.certificate_hash_data_chain or ())
    return Outcome(
        reply=Reply.ACCEPTED,
        result=response.status,
        reason=said.reason,
        held=held,
        whole_of=Kind.CERTIFICATE if order.use is None else None,
    )


def signed_to_request(
    order: SendSignedCertificate, _command_id: int, *, uses: Uses = OWN
) -> CertificateSignedRequest:
    return CertificateSignedRequest(
        certificate_chain=order.chain, certificate_type=_use(order.use, uses)
    )


def signed_to_outcome(
    _order: SendSignedCertificate, response: CertificateSignedResponse
) -> Outcome:
    return outcome(response.status, response.status_info)


def request_to_fact(request: SignCertificateRequest, seen: Seen) -> SigningAsked:
    use = CertificateUse.STATION
    if request.certificate_type is not None:
        use = _USE_OF[request.certificate_type]
    number = getattr(request, "request_id", None)  # of 2.1
    return SigningAsked(request=request.csr, use=use, number=number, notes=seen.notes)


def request_to_reply(reply: Answered) -> SignCertificateResponse:
    if not isinstance(reply, Answer):
        raise unexpected(reply)
    if reply.word is Word.ACCEPTED:
        return SignCertificateResponse(status="Accepted")
    return SignCertificateResponse(status="Rejected", status_info=why("InvalidCSR", reply.reason))


def event_to_fact(request: SecurityEventNotificationRequest, seen: Seen) -> SecurityEventReported:
    return SecurityEventReported(
        type=request.type,
        at=seen.moment(request.timestamp)[0],
        info=request.tech_info,
        notes=seen.notes,
    )


def event_to_reply(reply: Answered) -> SecurityEventNotificationResponse:
    if reply is not ACKNOWLEDGED:
        raise unexpected(reply)
    return SecurityEventNotificationResponse()


def revoked_to_fact(request: GetCertificateStatusRequest, seen: Seen) -> CertificateAsked:
    asked = request.ocsp_request_data
    return CertificateAsked(
        action="GetCertificateStatus",
        summary=f"is certificate {asked.serial_number} revoked, says {asked.responder_url}?",
        questions=(
            RevocationQuestion(
                url=asked.responder_url,
                hash_algorithm=asked.hash_algorithm,
                issuer_name_hash=asked.issuer_name_hash,
                issuer_key_hash=asked.issuer_key_hash,
                serial_number=asked.serial_number,
            ),
        ),
        notes=seen.notes,
    )


def revoked_to_reply(
    reply: Answered, *, chars_max: int = OCSP_CHARS_MAX
) -> GetCertificateStatusResponse:
    told = _told(reply, chars_max)
    if isinstance(told, str):
        return GetCertificateStatusResponse(status="Accepted", ocsp_result=told)
    return GetCertificateStatusResponse(status="Failed", status_info=told)


def contract_to_fact(request: Get15118EVCertificateRequest, seen: Seen) -> CertificateAsked:
    return CertificateAsked(
        action="Get15118EVCertificate",
        summary=f"a car wants its contract ({request.action.lower()})",
        questions=(
            ContractQuestion(
                schema_version=request.iso15118_schema_version, request=request.exi_request
            ),
        ),
        notes=seen.notes,
    )


def contract_to_reply(
    reply: Answered, *, chars_max: int = EXI_CHARS_MAX
) -> Get15118EVCertificateResponse:
    """The schema wants a response for the car even where there is none."""
    told = _told(reply, chars_max)
    if isinstance(told, str):
        return Get15118EVCertificateResponse(status="Accepted", exi_response=told)
    return Get15118EVCertificateResponse(status="Failed", exi_response="", status_info=told)


def why(code: str, reason: str | None) -> StatusInfoType:
    return StatusInfoType(
        reason_code=code, additional_info=None if reason is None else reason[:512]
    )


def told_in(reply: Answered) -> tuple[Told, ...]:
    """What somebody outside said to each question."""
    told = reply.data.get("told") if isinstance(reply, Answer) else None
    if not isinstance(told, tuple):
        raise unexpected(reply)
    return told


def _told(reply: Answered, chars_max: int) -> str | StatusInfoType:
    """What somebody outside said, or why it cannot be handed on."""
    (told,) = told_in(reply)
    if told.text is None:
        return why("NotEnabled", told.reason)
    if len(told.text) > chars_max:
        size = len(told.text)
        return why("TooLargeElement", f"{size} characters, of which {chars_max} may be sent")
    return told.text


def _listed(found: CertificateHashDataChainType) -> Held:
    use = _USE_OF[found.certificate_type]
    data = _hashes(found.certificate_hash_data)
    children = [_hashes(it) for it in found.child_certificate_hash_data or ()]
    return Held(
        kind=Kind.CERTIFICATE,
        key=key_of(use, found.certificate_hash_data.serial_number),
        state=INSTALLED,
        data={**data, "children": children} if children else data,
    )


def _hashes(found: CertificateHashDataType) -> dict[str, object]:
    return {
        "hash_algorithm": found.hash_algorithm,
        "issuer_name_hash": found.issuer_name_hash,
        "issuer_key_hash": found.issuer_key_hash,
        "serial_number": found.serial_number,
    }


def _use(use: CertificateUse, uses: Uses) -> Any:
    if use not in uses:
        raise OrderNotPossibleError(
            f"a station of this version cannot do that with {use.value} certificates: "
            f"use {', '.join(it.value for it in uses)}"
        )
    return uses[use]


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound("SignCertificate", request_to_fact, request_to_reply),
    Inbound("SecurityEventNotification", event_to_fact, event_to_reply),
    Inbound("GetCertificateStatus", revoked_to_fact, revoked_to_reply),
    Inbound("Get15118EVCertificate", contract_to_fact, contract_to_reply),
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
