"""A and M. Certificates: the roots that a station trusts, and its own, which we have signed."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta

from ogniwo.domain.certificates import Certificate, read_chain
from ogniwo.domain.holdings import GONE, Held, Kind
from ogniwo.domain.orders.order import Identifier, Order

INSTALLED = "installed"
SIGNED = "signed"

PEM_BEGINS: Final = r"^\s*-----BEGIN CERTIFICATE-----"
Pem = Annotated[
    str, Meta(pattern=PEM_BEGINS, max_length=10_000, description="PEM, the leaf first.")
]
Hash = Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{1,128}$")]


class CertificateUse(StrEnum):
    """What a certificate on a station is for."""

    CSMS_ROOT = "csms_root"  # whom the station believes to be its backend
    MANUFACTURER_ROOT = "manufacturer_root"  # who may sign its firmware
    V2G_ROOT = "v2g_root"
    MO_ROOT = "mo_root"
    OEM_ROOT = "oem_root"  # 2.1
    V2G_CHAIN = "v2g_chain"  # the station's own towards cars: listed, not installed
    STATION = "station"  # its own towards us: sent signed
    V2G = "v2g"  # its own towards cars: sent signed
    COMBINED = "combined"  # one for both
    V2G_20 = "v2g_20"  # 2.1


class InstallCertificate(Order, frozen=True, kw_only=True, tag="install_certificate"):
    """Have the station trust a root certificate (M05)."""

    repeatable: ClassVar[bool] = True

    use: CertificateUse
    certificate: Pem

    def __post_init__(self) -> None:
        read_chain(self.certificate)

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        return (installed(self.use, read_chain(self.certificate)[0]),)


class DeleteCertificate(Order, frozen=True, kw_only=True, tag="delete_certificate"):
    """Remove a certificate, named as the station's list names it (M04)."""

    repeatable: ClassVar[bool] = True

    use: CertificateUse
    hash_algorithm: Literal["SHA256", "SHA384", "SHA512"] = "SHA256"
    issuer_name_hash: Hash
    issuer_key_hash: Hash
    serial_number: Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{1,40}$")]

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        key = key_of(self.use, self.serial_number)
        return (Held(kind=Kind.CERTIFICATE, key=key, state=GONE),)


class GetCertificates(Order, frozen=True, kw_only=True, tag="get_certificates"):
    """List the certificates on a station (M03); a 1.6 station lists one use at a time."""

    repeatable: ClassVar[bool] = True

    use: CertificateUse | None = None


class SendSignedCertificate(Order, frozen=True, kw_only=True, tag="send_signed_certificate"):
    """Give the station the certificate that it asked to have signed (A02)."""

    repeatable: ClassVar[bool] = True

    chain: Pem
    use: CertificateUse = CertificateUse.STATION
    request: Annotated[
        Identifier | None, Meta(description="2.1: the number that the station's request bore.")
    ] = None

    def __post_init__(self) -> None:
        read_chain(self.chain)

    def held(self, command_id: int) -> tuple[Held, ...]:  # noqa: ARG002 - others need it
        both = (CertificateUse.STATION, CertificateUse.V2G)
        uses = both if self.use is CertificateUse.COMBINED else (self.use,)
        leaf = read_chain(self.chain)[0]
        request = Held(kind=Kind.CERTIFICATE_REQUEST, key=uses[0].value, state=SIGNED)
        return (request, *(installed(it, leaf) for it in uses))


def key_of(use: CertificateUse, serial_number: str) -> str:
    """Stations write serial numbers in either case, with zeros before them or without."""
    return f"{use.value}/{serial_number.lower().lstrip('0') or '0'}"


def installed(use: CertificateUse, certificate: Certificate) -> Held:
    return Held(
        kind=Kind.CERTIFICATE,
        key=key_of(use, certificate.serial_number),
        value=certificate.subject,
        state=INSTALLED,
        data={
            "issuer": certificate.issuer,
            "valid_from": certificate.valid_from,
            "valid_until": certificate.valid_until,
        },
    )


Orders = InstallCertificate | DeleteCertificate | GetCertificates | SendSignedCertificate
