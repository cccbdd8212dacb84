"""OCSP responders (RFC 6960): was this certificate revoked? Their answers are handed on unchanged.

Whom to ask is said by the station, so only hosts that the operator named are asked.
"""

import base64
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from ogniwo.base.units import to_instant
from ogniwo.domain.facts import RevocationQuestion, Told

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
_REVOKED: Final = {ocsp.OCSPCertStatus.GOOD: False, ocsp.OCSPCertStatus.REVOKED: True}
_HEADERS: Final = {
    "Content-Type": "application/ocsp-request",
    "Accept": "application/ocsp-response",
}


class OcspResponders:
    def __init__(self, client: httpx.AsyncClient, hosts: Collection[str]) -> None:
        self._client = client
        self._hosts = hosts

    async def ask(self, question: RevocationQuestion) -> Told:
        if question.by_list:
            return Told(reason="lists of revoked certificates are not read: ask a responder")
        try:
            url = urlsplit(question.url)
            request = _request(question)
        except ValueError as error:
            return Told(reason=f"that is no question to ask: {error}")
        if url.scheme not in {"http", "https"} or url.hostname not in self._hosts:
            return Told(reason=f"{url.hostname} may not be asked: name it in ocsp_responders")
        try:
            response = await self._client.post(question.url, content=request, headers=_HEADERS)
            response.raise_for_status()
            return _told(response.content, question)
        except httpx.HTTPError as error:
            return Told(
                reason=f"{url.hostname} did not answer: {str(error) or type(error).__name__}"
            )


def _request(question: RevocationQuestion) -> bytes:
    """Errors: ValueError."""
    if question.hash_algorithm not in _HASHES:
        raise ValueError(f"unknown hash {question.hash_algorithm}")
    request = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        bytes.fromhex(question.issuer_name_hash),
        bytes.fromhex(question.issuer_key_hash),
        _serial(question),
        _HASHES[question.hash_algorithm],
    )
    return request.build().public_bytes(serialization.Encoding.DER)


def _told(content: bytes, question: RevocationQuestion) -> Told:
    """The station checks the signature; here only that it is an answer to this question."""
    try:
        response = ocsp.load_der_ocsp_response(content)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return Told(reason=f"the responder refused: {response.response_status.name.lower()}")
        found = [it for it in response.responses if it.serial_number == _serial(question)]
    except ValueError as error:
        return Told(reason=f"that is no OCSP response: {error}")
    if not found:
        return Told(reason="the responder spoke of another certificate")
    until = found[0].next_update_utc
    return Told(
        text=base64.b64encode(content).decode(),
        revoked=_REVOKED.get(found[0].certificate_status),
        good_until=None if until is None else to_instant(until),
    )


def _serial(question: RevocationQuestion) -> int:
    return int(question.serial_number, 16)
