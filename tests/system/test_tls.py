"""Security profile 2: a station with a password, a server with a certificate."""

import ipaddress
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.services.ports import HOST
from tests.system.server import serving
from tests.system.station import Hours, Station, connected, now
from tests.system.versions import KINDS, a_name, a_token
from tests.system.wire import basic, status_of

PASSWORD = "a-long-station-password"


def certificate_in(folder: Path) -> tuple[Path, Path]:
    """Of this machine, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now() - timedelta(hours=1))
        .not_valid_after(now() + timedelta(hours=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "server.pem", folder / "server.key"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, secret


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.case("1.6", "TC_086_CSMS")
@pytest.mark.case("2.x", "TC_A_04_CSMS")
async def test_a_station_with_profile_2_charges_over_tls_and_only_there(
    tmp_path: Path, kind: type[Station]
) -> None:
    chain, key = certificate_in(tmp_path)
    tls = ("--ocpp-tls", f"{HOST}:0", "--tls-certificate", str(chain), "--tls-key", str(key))
    trusting = ssl.create_default_context(cafile=str(chain))
    name, hours = a_name(), Hours()
    right, wrong = basic(name, PASSWORD), basic(name, "not-the-password")
    async with serving(tmp_path / "data", *tls, unknown_stations="quarantine") as (server, api):
        await api.post("/stations", {"id": name, "password": PASSWORD, "security_profile": 2})
        token = await api.token(a_token())
        url = server.url(name, tls=True)
        async with connected(kind, url, name, ssl=trusting, additional_headers=right) as station:
            charging = await station.start(token, wh=0, at=hours.begin)
            await station.stop(charging, wh=3_000, at=hours.after(20))
        session = await api.only_session(name)
        refused = [
            await status_of(url, kind.version, ssl=trusting, additional_headers=wrong),
            await status_of(url, kind.version, ssl=trusting),
            await status_of(server.url(name), kind.version, additional_headers=right),
        ]
        events = (await api.get("/event-log"))["items"]

    assert (session["state"], session["energy_wh"]) == ("closed", 3_000)
    assert refused == [401, 401, 403]
    (came,) = [it for it in events if it["kind"] == "station_connected"]
    assert came["data"]["security_profile"] == 2


async def test_a_tls_handshake_that_fails_is_shown_to_the_operator(tmp_path: Path) -> None:
    chain, key = certificate_in(tmp_path)
    tls = ("--ocpp-tls", f"{HOST}:0", "--tls-certificate", str(chain), "--tls-key", str(key))
    stubborn = ssl.create_default_context(cafile=str(chain))
    stubborn.maximum_version = ssl.TLSVersion.TLSv1_2
    stubborn.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305")  # not among those OCPP asks for
    async with serving(tmp_path / "data", *tls) as (server, api):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await status_of(server.url(a_name(), tls=True), "ocpp1.6", ssl=stubborn)
        attempts = await api.until(lambda: api.all("/connection-attempts"), bool)

    assert [it["reason"] for it in attempts] == ["tls_failed"]
    assert attempts[0]["detail"]
