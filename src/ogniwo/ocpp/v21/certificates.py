"""A and M in 2.1: more uses, requests with a number, and the status of whole chains."""

from functools import partial
from typing import Any, Final

from ogniwo.base.units import US_PER_MS, from_instant, seconds
from ogniwo.domain.decision import Answer, Reply
from ogniwo.domain.facts import CertificateAsked, RevocationQuestion, Told
from ogniwo.domain.orders import (
    CertificateUse,
    GetCertificates,
    InstallCertificate,
    SendSignedCertificate,
)
from ogniwo.ocpp.adapter import Inbound, Outbound, Seen, always, unexpected
from ogniwo.ocpp.codec import PayloadError
from ogniwo.ocpp.faults import Fault
from ogniwo.ocpp.v21.schema import (
    CertificateHashDataType,
    CertificateSignedRequest,
    CertificateStatusEnumType,
    CertificateStatusRequestInfoType,
    CertificateStatusType,
    GetCertificateChainStatusRequest,
    GetCertificateChainStatusResponse,
)
from ogniwo.ocpp.v201 import certificates

PEM_CHARS_MAX: Final = 10_000
OCSP_CHARS_MAX: Final = 18_000
EXI_CHARS_MAX: Final = 17_000
ROOTS: Final = {**certificates.ROOTS, CertificateUse.OEM_ROOT: "OEMRootCertificate"}
LISTED: Final = {**certificates.LISTED, CertificateUse.OEM_ROOT: "OEMRootCertificate"}
OWN: Final = {**certificates.OWN, CertificateUse.V2G_20: "V2G20Certificate"}
ASKED_MAX: Final = 4  # as many answers fit
_STATUSES: Final[dict[bool | None, CertificateStatusEnumType]] = {
    True: "Revoked",
    False: "Good",
    None: "Unknown",
}
ASK_AGAIN_S: Final = 3_600  # while nobody is there to answer, or says until when it holds


def signed_to_request(order: SendSignedCertificate, command_id: int) -> CertificateSignedRequest:
    plain = certificates.signed_to_request(order, command_id, uses=OWN)
    kind: Any = plain.certificate_type  # of the wider list
    return CertificateSignedRequest(
        certificate_chain=plain.certificate_chain,
        certificate_type=kind,
        request_id=order.request,
    )


def chain_to_fact(request: GetCertificateChainStatusRequest, seen: Seen) -> CertificateAsked:
    asked = request.certificate_status_requests[:ASKED_MAX]
    if not asked:
        raise PayloadError(Fault.OCCURRENCE, "certificateStatusRequests", "none could be read")
    serials = ", ".join(it.certificate_hash_data.serial_number for it in asked)
    return CertificateAsked(
        action="GetCertificateChainStatus",
        summary=f"are the certificates {serials} revoked?",
        data={"asked": asked},
        questions=tuple(_question(it) for it in asked),
        notes=seen.notes,
    )


def _question(asked: CertificateStatusRequestInfoType) -> RevocationQuestion:
    hashes = asked.certificate_hash_data
    return RevocationQuestion(
        url=asked.urls[0] if asked.urls else "",
        by_list=asked.source == "CRL",
        hash_algorithm=hashes.hash_algorithm,
        issuer_name_hash=hashes.issuer_name_hash,
        issuer_key_hash=hashes.issuer_key_hash,
        serial_number=hashes.serial_number,
    )


def chain_to_reply(reply: Reply) -> GetCertificateChainStatusResponse:
    if not isinstance(reply, Answer):
        raise unexpected(reply)
    asked, now = reply.data.get("asked"), reply.data.get("now")
    if not isinstance(asked, list) or not isinstance(now, int):
        raise unexpected(reply)
    told = certificates.told_in(reply)
    return GetCertificateChainStatusResponse(
        certificate_status=[_status(*it, now) for it in zip(asked, told, strict=True)]
    )


def _status(asked: CertificateStatusRequestInfoType, told: Told, now: int) -> CertificateStatusType:
    hashes = asked.certificate_hash_data
    status: CertificateStatusEnumType = "Failed"
    if told.text is not None:
        status = _STATUSES[told.revoked]
    again = now + seconds(ASK_AGAIN_S) if told.good_until is None else told.good_until
    return CertificateStatusType(
        certificate_hash_data=CertificateHashDataType(
            hash_algorithm=hashes.hash_algorithm,
            issuer_name_hash=hashes.issuer_name_hash[:128],  # what was too long was let in
            issuer_key_hash=hashes.issuer_key_hash[:128],
            serial_number=hashes.serial_number[:40],
        ),
        source=asked.source,
        status=status,
        next_update=from_instant(again - again % US_PER_MS),
    )


INBOUND: Final[tuple[Inbound[Any], ...]] = (
    Inbound(
        "GetCertificateStatus",
        certificates.revoked_to_fact,
        partial(certificates.revoked_to_reply, chars_max=OCSP_CHARS_MAX),
    ),
    Inbound(
        "Get15118EVCertificate",
        certificates.contract_to_fact,
        partial(certificates.contract_to_reply, chars_max=EXI_CHARS_MAX),
    ),
    Inbound("GetCertificateChainStatus", chain_to_fact, chain_to_reply),
)
OUTBOUND: Final[tuple[Outbound[Any, Any], ...]] = (
    Outbound(
        InstallCertificate,
        always("InstallCertificate"),
        partial(certificates.install_to_request, uses=ROOTS, chars_max=PEM_CHARS_MAX),
        certificates.install_to_outcome,
    ),
    Outbound(
        GetCertificates,
        always("GetInstalledCertificateIds"),
        partial(certificates.list_to_request, uses=LISTED),
        certificates.list_to_outcome,
    ),
    Outbound(
        SendSignedCertificate,
        always("CertificateSigned"),
        signed_to_request,
        certificates.signed_to_outcome,
    ),
)
