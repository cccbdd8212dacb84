"""What certificates and requests for them say; whether they hold together.

Pure reading: nothing is signed here, and whom to believe is decided elsewhere.
"""

from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID
from msgspec import Struct

from ogniwo.base.errors import UsageError

RSA_BITS_MIN: Final = 2_048  # 112 bits of strength, as are 224 of a curve (A00)
EC_BITS_MIN: Final = 224


class Certificate(Struct, frozen=True, kw_only=True):
    subject: str
    issuer: str
    serial_number: str  # hexadecimal, no zeros before it
    valid_from: datetime
    valid_until: datetime


class SigningRequest(Struct, frozen=True, kw_only=True):
    """What a station wants to be called, with a key that it was proved to have."""

    common_name: str | None
    organization: str | None
    key: str  # e.g. "EC 256"


class BadRequestError(UsageError):
    """Why a request cannot be signed, for a person."""


def read_chain(pem: str) -> list[Certificate]:
    """The leaf first. Errors: UsageError."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
        return [_certificate(it) for it in found]
    except ValueError as error:
        raise UsageError(
            "that is no certificate in PEM: give the text from -----BEGIN CERTIFICATE----- "
            "to the end"
        ) from error


def read_request(pem: str) -> SigningRequest:
    """Errors: BadRequestError."""
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key = _key(request.public_key())
        proved = request.is_signature_valid
        return _checked(request, key, proved=proved)
    except (ValueError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise BadRequestError(f"the request cannot be read: {error}") from error


def _checked(request: x509.CertificateSigningRequest, key: str, *, proved: bool) -> SigningRequest:
    if not proved:
        raise BadRequestError("the request is not signed with its own key")
    return SigningRequest(
        common_name=_name(request.subject, NameOID.COMMON_NAME),
        organization=_name(request.subject, NameOID.ORGANIZATION_NAME),
        key=key,
    )


def _key(key: CertificatePublicKeyTypes) -> str:
    """Errors: BadRequestError, when it is too weak."""
    match key:
        case rsa.RSAPublicKey(key_size=bits):
            told, enough = f"RSA {bits}", bits >= RSA_BITS_MIN
        case ec.EllipticCurvePublicKey(key_size=bits):
            told, enough = f"EC {bits}", bits >= EC_BITS_MIN
        case _:
            told, enough = type(key).__name__.removesuffix("PublicKey"), True
    if not enough:
        raise BadRequestError(
            f"its key is too weak ({told}): RSA needs {RSA_BITS_MIN} bits, a curve {EC_BITS_MIN}"
        )
    return told


def _certificate(found: x509.Certificate) -> Certificate:
    return Certificate(
        subject=found.subject.rfc4514_string(),
        issuer=found.issuer.rfc4514_string(),
        serial_number=f"{found.serial_number:x}",
        valid_from=found.not_valid_before_utc,
        valid_until=found.not_valid_after_utc,
    )


def _name(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else None
