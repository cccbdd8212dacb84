"""Security profile 3 on a TLS port of our own: the certificate stands in for the password."""

import asyncio
import ssl
from pathlib import Path

import pytest
import uvloop
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus
from websockets.typing import Subprotocol

from ogniwo.base.errors import UsageError
from ogniwo.gateway.refusal import RefusalReason
from ogniwo.gateway.tls import ServerCertificate, make_server_context
from tests.gateway.authority import Authority, Issued
from tests.gateway.port import HOST, Port, a_station, basic, open_port, until
from tests.gateway.resumption import ask_twice

OCPP16 = [Subprotocol("ocpp1.6")]
SECRET = b"a long generated secret"


class Town:
    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.stranger = Authority(folder, "stranger")
        served = self.authority.for_server(HOST)
        self.context = make_server_context(
            [ServerCertificate(served.chain, served.key)], client_ca=self.authority.file
        )

    def client(self, shown: Issued | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority.file)
        if shown is not None:
            context.load_cert_chain(shown.chain, shown.key)
        return context


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


async def status(port: Port, context: ssl.SSLContext, identity: str = "CP1") -> int:
    try:
        async with connect(port.url(identity, tls=True), ssl=context, subprotocols=OCPP16):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.case("1.6", "TC_087_CSMS")
@pytest.mark.case("2.x", "TC_A_07_CSMS")
async def test_a_station_comes_in_with_the_certificate_of_its_name_and_no_other(
    town: Town,
) -> None:
    async with open_port(a_station(profile=3), tls=town.context) as port:
        assert await status(port, town.client(town.authority.for_station("CP1"))) == 101
        assert await status(port, town.client(town.authority.for_station("CP2"))) == 403
        assert await status(port, town.client(town.authority.for_station())) == 403
        assert await status(port, town.client(town.authority.for_station("CP1", "CP2"))) == 403
        assert await status(port, town.client()) == 403

        [(_, admitted, handshake)] = port.links
        assert (admitted.security_profile, handshake.client_cn) == (3, "CP1")
        told = [(attempt.reason, attempt.detail) for attempt in port.town.attempts]
        assert told == [
            (RefusalReason.CERTIFICATE_OF_ANOTHER, "the common name is 'CP2'"),
            (
                RefusalReason.CERTIFICATE_MISSING,
                "the client certificate has 0 common names instead of one",
            ),
            (
                RefusalReason.CERTIFICATE_MISSING,
                "the client certificate has 2 common names instead of one",
            ),
            (RefusalReason.CERTIFICATE_MISSING, "no client certificate was shown"),
        ]


@pytest.mark.parametrize("fault", ["stranger", "expired", "for a server"])
@pytest.mark.case("2.x", "TC_A_08_CSMS")
async def test_a_certificate_that_cannot_be_verified_fails_the_tls_handshake(
    town: Town, fault: str
) -> None:
    shown = {
        "stranger": lambda: town.stranger.for_station("CP1"),
        "expired": lambda: town.authority.for_station("CP1", expired=True),
        "for a server": lambda: town.authority.for_server("127.0.0.9"),
    }[fault]()
    async with open_port(a_station(profile=3), tls=town.context) as port:
        with pytest.raises((ssl.SSLError, ConnectionError, InvalidMessage)):
            await status(port, town.client(shown))
        await until(lambda: len(port.town.attempts) == 1)

        [attempt] = port.town.attempts
        assert (attempt.reason, attempt.detail) == (
            RefusalReason.TLS_FAILED,
            "CERTIFICATE_VERIFY_FAILED",
        )


async def test_stations_of_profile_2_share_the_port_and_need_no_certificate(town: Town) -> None:
    async with (
        open_port(a_station("CP1", SECRET, profile=2), tls=town.context) as port,
        connect(
            port.url(tls=True),
            ssl=town.client(),
            subprotocols=OCPP16,
            additional_headers={"Authorization": basic(b"CP1", SECRET)},
        ),
    ):
        assert port.links[0][1].security_profile == 2


def test_the_certificate_is_read_the_same_on_uvloop(town: Town) -> None:
    async def scenario() -> None:
        async with open_port(a_station(profile=3), tls=town.context) as port:
            assert await status(port, town.client(town.authority.for_station("CP1"))) == 101
            assert await status(port, town.client(town.authority.for_station("CP2"))) == 403

    uvloop.run(scenario())


async def test_a_resumed_tls_session_brings_its_certificate_along(town: Town) -> None:
    own = town.client(town.authority.for_station("CP1"))
    async with open_port(a_station(profile=3), tls=town.context) as port:
        address = (HOST, port.tls_port)

        assert await asyncio.to_thread(ask_twice, own, address, "CP1") == [101, 101]
        assert await asyncio.to_thread(ask_twice, town.client(), address, "CP1") == [403, 403]


async def test_a_port_that_asks_for_none_ignores_certificates(town: Town, tmp_path: Path) -> None:
    served = town.authority.for_server(HOST)
    context = make_server_context([ServerCertificate(served.chain, served.key)])
    async with open_port(a_station(profile=3), tls=context) as port:
        assert await status(port, town.client(town.authority.for_station("CP1"))) == 403


@pytest.mark.parametrize("content", [None, "", "no certificate at all"])
def test_an_unusable_authority_is_named(tmp_path: Path, content: str | None) -> None:
    authority = Authority(tmp_path)
    served = authority.for_server(HOST)
    file = tmp_path / "stations-ca.pem"
    if content is not None:
        file.write_text(content)

    with pytest.raises(UsageError, match=r"stations-ca\.pem"):
        make_server_context([ServerCertificate(served.chain, served.key)], client_ca=file)
