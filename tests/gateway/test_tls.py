import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from ogniwo.base.errors import UsageError
from ogniwo.gateway.refusal import RefusalReason
from ogniwo.gateway.tls import ServerCertificate, load_certificates, make_server_context
from tests.gateway.port import HOST, PATIENCE_S, a_station, basic, open_port, until

SECRET = b"a long generated secret"
OCPP16 = [Subprotocol("ocpp1.6")]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def issue(folder: Path, name: str, key: PrivateKey) -> ServerCertificate:
    """A self-signed certificate for 127.0.0.1, written where OpenSSL can read it."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)  # noqa: TID251 - OpenSSL compares it with the real time
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    files = ServerCertificate(folder / f"{name}.pem", folder / f"{name}.key")
    files.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[ServerCertificate]:
    folder = tmp_path_factory.mktemp("tls")
    return [
        issue(folder, "rsa", rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        issue(folder, "ecdsa", ec.generate_private_key(ec.SECP256R1())),
    ]


def trusting(certificates: list[ServerCertificate]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    for certificate in certificates:
        context.load_verify_locations(certificate.chain)
    return context


@pytest.mark.parametrize(
    "suite",
    [
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
        "ECDHE-RSA-AES128-GCM-SHA256",
    ],
)
async def test_every_obligatory_suite_connects_a_station(
    both: list[ServerCertificate], suite: str
) -> None:
    client = trusting(both)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers(suite)
    station_on_file = a_station("CP1", SECRET, profile=2)

    async with (
        open_port(station_on_file, tls=make_server_context(both)) as port,
        connect(
            port.url(tls=True),
            ssl=client,
            subprotocols=OCPP16,
            additional_headers={"Authorization": basic(b"CP1", SECRET)},
        ) as station,
    ):
        used = station.transport.get_extra_info("cipher")
        await station.send("x" * 100_000)

        assert used[0] == suite
        assert await station.recv() == "x" * 100_000
        [(_, admitted, handshake)] = port.links
        assert (admitted.security_profile, handshake.tls) == (2, True)


async def test_tls_13_is_spoken_with_aiohttp_and_closes_cleanly(
    both: list[ServerCertificate],
) -> None:
    async with (
        open_port(a_station(), tls=make_server_context(both)) as port,
        aiohttp.ClientSession() as session,
    ):
        async with session.ws_connect(
            port.url(tls=True), ssl=trusting(both), protocols=["ocpp1.6"]
        ) as station:
            assert station.get_extra_info("ssl_object").version() == "TLSv1.3"
            await station.send_str("[2,1]")
            assert await station.receive_str() == "[2,1]"
        await until(lambda: len(port.ends) == 1)
        assert (port.ends[0].code, port.ends[0].by_peer) == (1000, True)


async def test_closing_and_cutting_off_work_over_tls(both: list[ServerCertificate]) -> None:
    async with open_port(a_station(), tls=make_server_context(both)) as port:
        async with connect(
            port.url(tls=True), ssl=trusting(both), subprotocols=OCPP16, max_size=None
        ) as station:
            await station.send("x" * 3_000_000)
            await station.wait_closed()
            assert station.close_code == 1009
        async with connect(port.url(tls=True), ssl=trusting(both), subprotocols=OCPP16) as station:
            await port.server.stop(drain_s=0)
            await station.wait_closed()
            assert station.close_code == 1001


def test_tls_works_the_same_on_uvloop(both: list[ServerCertificate]) -> None:
    async def scenario() -> None:
        async with (
            open_port(a_station(), tls=make_server_context(both)) as port,
            connect(port.url(tls=True), ssl=trusting(both), subprotocols=OCPP16) as station,
        ):
            await station.send("x" * 100_000)
            assert await station.recv() == "x" * 100_000
            await _offer_old_tls(port.tls_port)
            await until(lambda: port.counts.refused[RefusalReason.TLS_FAILED] == 1)

    uvloop.run(scenario())


async def _offer_old_tls(port: int) -> None:
    """A ClientHello of TLS 1.1, by hand: modern clients refuse to send one."""
    suites = b"\x00\x02\x00\x2f"  # TLS_RSA_WITH_AES_128_CBC_SHA
    body = b"\x03\x02" + bytes(32) + b"\x00" + suites + b"\x01\x00"
    hello = b"\x01" + len(body).to_bytes(3, "big") + body
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello)
        async with asyncio.timeout(PATIENCE_S):
            await reader.read()
    finally:
        writer.transport.abort()


@pytest.mark.case("2.x", "TC_A_06_CSMS")
async def test_an_old_tls_is_refused_and_leaves_a_trace(both: list[ServerCertificate]) -> None:
    async with open_port(a_station(), tls=make_server_context(both)) as port:
        await _offer_old_tls(port.tls_port)
        await until(lambda: len(port.town.attempts) == 1)

        [attempt] = port.town.attempts
        assert (attempt.reason, attempt.tls) == (RefusalReason.TLS_FAILED, True)
        assert "PROTOCOL" in attempt.detail


async def test_no_common_suite_is_refused_and_named(both: list[ServerCertificate]) -> None:
    client = trusting(both)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers("AES128-SHA256")
    async with open_port(a_station(), tls=make_server_context(both)) as port:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection(HOST, port.tls_port, ssl=client)
        await until(lambda: len(port.town.attempts) == 1)

        assert port.town.attempts[0].detail == "NO_SHARED_CIPHER"


async def test_plain_text_on_the_tls_port_is_refused_and_named(
    both: list[ServerCertificate],
) -> None:
    async with open_port(a_station(), tls=make_server_context(both)) as port:
        reader, writer = await asyncio.open_connection(HOST, port.tls_port)
        writer.write(b"GET /ocpp/CP1 HTTP/1.1\r\n\r\n")
        async with asyncio.timeout(PATIENCE_S):
            await reader.read()
        writer.transport.abort()
        await until(lambda: len(port.town.attempts) == 1)

        assert port.town.attempts[0].detail == "HTTP_REQUEST"


async def test_a_new_certificate_is_used_without_a_restart(
    both: list[ServerCertificate], tmp_path: Path
) -> None:
    old, _ = both
    new = issue(tmp_path, "new", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    context = make_server_context([old])
    async with open_port(a_station(), tls=context) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect(port.url(tls=True), ssl=trusting([new]), subprotocols=OCPP16)
        load_certificates(context, [new])
        async with connect(port.url(tls=True), ssl=trusting([new]), subprotocols=OCPP16):
            pass


def test_a_certificate_that_cannot_be_used_is_told_with_its_name(
    both: list[ServerCertificate], tmp_path: Path
) -> None:
    crossed = ServerCertificate(both[0].chain, both[1].key)
    missing = ServerCertificate(tmp_path / "missing.pem", both[0].key)

    for certificate in (crossed, missing):
        with pytest.raises(UsageError, match=certificate.chain.name):
            make_server_context([certificate])
    with pytest.raises(UsageError):
        make_server_context([])
