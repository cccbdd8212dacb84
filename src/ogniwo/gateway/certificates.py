"""Our own TLS certificates, looked at for ``ogniwo doctor`` before a station does."""

import ipaddress
import ssl
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from cryptography import x509

from ogniwo.base.checkup import Check, fine, notice, problem
from ogniwo.base.errors import UsageError
from ogniwo.base.units import Instant, from_instant
from ogniwo.gateway.tls import ServerCertificate, load_certificates

EXPIRY_NOTICE: Final = timedelta(days=30)

_RENEW: Final = "renew it and restart the server: stations refuse it otherwise"


def certificates_checked(
    certificates: Sequence[ServerCertificate], *, host: str | None, now: Instant
) -> Iterator[Check]:
    """``host``: the name by which stations call us, where it is known."""
    for files in certificates:
        subject = f"certificate {files.chain.name}"
        try:
            load_certificates(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), [files])
            chain = x509.load_pem_x509_certificates(files.chain.read_bytes())
        except (UsageError, OSError, ValueError) as error:
            advice = "give a PEM file with our certificate first, and the key that belongs to it"
            yield problem(subject, str(error), advice)
            continue
        yield _dates(subject, chain[0], now)
        yield _names(subject, chain[0], host)
        if len(chain) == 1 and chain[0].issuer != chain[0].subject:
            advice = "append the issuer's intermediate certificates: stations do not look for them"
            yield notice(subject, "the file holds our certificate alone", advice)


def _dates(subject: str, certificate: x509.Certificate, now: Instant) -> Check:
    moment = from_instant(now)
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if moment < begin:
        return problem(subject, f"it is valid only from {begin:%Y-%m-%d}", "check the clock")
    if moment > end:
        return problem(subject, f"it expired on {end:%Y-%m-%d}", _RENEW)
    if end - moment < EXPIRY_NOTICE:
        return problem(subject, f"it expires on {end:%Y-%m-%d}", _RENEW)
    return fine(subject, f"its key fits, and it is valid until {end:%Y-%m-%d}")


def _names(subject: str, certificate: x509.Certificate, host: str | None) -> Check:
    names = _names_of(certificate)
    shown = ", ".join(names) or "nobody"
    if not names:
        advice = "have it issued with a subject alternative name: stations look at nothing else"
        return problem(subject, "it names no host", advice)
    if host is None or any(_fits(name, host) for name in names):
        return fine(subject, f"it is for {shown}")
    what = f"stations are told to call {host}, but it is for {shown}"
    return problem(subject, what, "have it issued for that name, or change --public-ocpp-url")


def _names_of(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    names = found.get_values_for_type(x509.DNSName)
    return [*names, *map(str, found.get_values_for_type(x509.IPAddress))]


def _fits(name: str, host: str) -> bool:
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address(host)
    except ValueError:
        pass  # one of them is a name
    name, host = name.lower(), host.lower()
    if name.startswith("*."):  # for one label, never more
        return host.partition(".")[2] == name[2:]
    return name == host
