"""The TLS side of the station port: protocol versions, cipher suites, our own certificates.

OCPP (A00, security profiles 2 and 3) obliges the server to offer four suites, two of them for
an RSA and two for an ECDSA certificate; a server that is to serve every station needs both.
"""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ogniwo.base.errors import UsageError

# The first two and last two are the obligatory ones; the plain RSA key exchange is off in
# OpenSSL's own defaults, so the list is written out. ECDHE with RSA is our addition.
_SUITES: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
)


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    chain: Path  # PEM, our certificate first
    key: Path


def make_server_context(
    certificates: Sequence[ServerCertificate], *, client_ca: Path | None = None
) -> ssl.SSLContext:
    """One context for all; OpenSSL picks the certificate that the station's suites ask for.

    With ``client_ca`` (PEM) a station may show a certificate issued by one of these; a station
    that shows another one fails here, one that shows none is left to its security profile.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(":".join(_SUITES))
    load_certificates(context, certificates)
    if client_ca is not None:
        _ask_for_certificates(context, client_ca)
    return context


def _ask_for_certificates(context: ssl.SSLContext, client_ca: Path) -> None:
    context.verify_mode = ssl.CERT_OPTIONAL
    try:
        context.load_verify_locations(cafile=client_ca)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"cannot use {client_ca} to verify stations' certificates: {error}; give a PEM file "
            "with the certificates of the authorities that issue them"
        ) from error


def load_certificates(context: ssl.SSLContext, certificates: Sequence[ServerCertificate]) -> None:
    """Also on a context in use: connections made afterwards get the new certificates."""
    if not certificates:
        raise UsageError("a TLS listener needs at least one server certificate")
    for certificate in certificates:
        try:
            context.load_cert_chain(certificate.chain, certificate.key)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"cannot use the certificate {certificate.chain} with the key "
                f"{certificate.key}: {error}"
            ) from error


def report_failures(context: ssl.SSLContext, report: Callable[[str], None]) -> None:
    """Call ``report`` with OpenSSL's reason for each handshake that fails.

    The event loop drops these silently, and a station with a wrong clock or an old TLS would
    leave no trace at all. Who it was is not known at this depth.
    """

    class ReportingObject(ssl.SSLObject):
        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as error:
                report(error.reason or str(error))
                raise

    context.sslobject_class = ReportingObject
