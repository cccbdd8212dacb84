"""The station port and the word of proxies: whom it takes it from, and what it then believes."""

import asyncio
import socket as tcp
import struct
from contextlib import suppress
from dataclasses import replace

import pytest
import uvloop
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from ogniwo.gateway.refusal import RefusalReason
from ogniwo.gateway.server import ServerLimits
from tests.gateway.port import (
    HOST,
    RawStation,
    a_station,
    an_upgrade,
    open_port,
    raw_station,
    until,
)
from tests.gateway.proxy_headers import LOCAL, SIGNATURE, record, tls, v1, v2

US = f"{HOST}/32"
OTHERS = "192.0.2.0/24,10.0.0.1"
STATION = "192.0.2.7:51234"
FORWARDED = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
CERTIFICATE = {"X-SSL-Client-Verify": "0", "X-SSL-Client-CN": "CP1"}


def asking(path: str = "/ocpp/CP1", **headers: str) -> bytes:
    return an_upgrade(path, **{name.replace("-", "_"): value for name, value in headers.items()})


async def send_slowly(station: RawStation, data: bytes, piece: int) -> None:
    for start in range(0, len(data), piece):
        station.writer.write(data[start : start + piece])
        await station.writer.drain()
        await asyncio.sleep(0)


# -- the PROXY protocol -----------------------------------------------------------------------


@pytest.mark.parametrize("header", [v1(), v2("192.0.2.7", 51_234, tls(), record(3, b"abcd"))])
async def test_a_station_behind_a_proxy_is_known_by_its_own_address(header: bytes) -> None:
    async with open_port(a_station(), trusted=US, proxy_protocol=True) as port:
        async with raw_station(port.port) as station:
            await station.ask(header + asking())
            assert station.status == 101
            station.send(b"[2,1]")
            assert await station.read_frame() == (0x81, b"[2,1]")
        await until(lambda: len(port.ends) == 1)

        [(socket, _, handshake)] = port.links
        assert (handshake.peer, socket.peer) == (STATION, STATION)


def test_a_header_may_arrive_in_pieces_of_any_size_on_either_loop() -> None:
    async def scenario() -> None:
        async with open_port(a_station(), trusted=US, proxy_protocol=True) as port:
            for piece in (1, 2, 7, 30, 200):
                for header in (v1(), v2("192.0.2.7", 51_234, tls(b"CP1"))):
                    async with raw_station(port.port) as station:
                        await send_slowly(station, header + asking(), piece)
                        await station.ask(b"")
                        assert station.status == 101
            assert {handshake.peer for _, _, handshake in port.links} == {STATION}

    uvloop.run(scenario())
    asyncio.run(scenario())


async def test_tls_of_the_proxy_is_tls_and_its_certificate_opens_profile_3() -> None:
    stations = (a_station("CP1", profile=3), a_station("CP2", b"secret", profile=2))
    async with open_port(*stations, trusted=US, proxy_protocol=True) as port:
        async with raw_station(port.port) as station:
            await station.ask(v2("192.0.2.7", 1, tls(b"CP1")) + asking())
            assert station.status == 101
        for header, status in (
            (v2("192.0.2.7", 1, tls(b"CP2")), 403),
            (v2("192.0.2.7", 1, tls(b"CP1", verify=20)), 403),
            (v2("192.0.2.7", 1, tls()), 403),
            (v2("192.0.2.7", 1), 403),
            (v1(), 403),
        ):
            async with raw_station(port.port) as station:
                await station.ask(header + asking())
                assert station.status == status
        async with raw_station(port.port) as station:
            await station.ask(v2("192.0.2.7", 1, tls()) + asking("/ocpp/CP2"))
            assert station.status == 401  # encrypted enough; only the password is missing

        assert port.links[0][1].security_profile == 3
        assert [attempt.reason for attempt in port.town.attempts] == [
            RefusalReason.CERTIFICATE_OF_ANOTHER,
            RefusalReason.CERTIFICATE_MISSING,
            RefusalReason.CERTIFICATE_MISSING,
            RefusalReason.SECURITY_PROFILE,
            RefusalReason.SECURITY_PROFILE,
            RefusalReason.CREDENTIALS_MISSING,
        ]
        assert "its issuer" in port.town.attempts[1].detail


async def test_a_refusal_behind_a_proxy_names_the_station_and_not_the_proxy() -> None:
    async with open_port(trusted=US, proxy_protocol=True) as port:
        async with raw_station(port.port) as station:
            await station.ask(v2("192.0.2.7", 51_234, tls()) + asking("/ocpp/NOBODY"))
        async with raw_station(port.port) as station:
            await station.ask(v2("192.0.2.7", 51_234, tls()) + b"SSH-2.0\r\n\r\n")

        attempts = [(it.reason, it.peer, it.tls) for it in port.town.attempts]
        assert attempts == [
            (RefusalReason.UNKNOWN_STATION, STATION, True),
            (RefusalReason.BAD_HTTP, STATION, True),
        ]


async def test_a_health_check_may_look_in_and_leaves_no_trace() -> None:
    async with open_port(trusted=US, proxy_protocol=True) as port:
        for hello in (b"", LOCAL, b"PROXY UNKNOWN\r\n"):
            async with raw_station(port.port) as check:
                check.writer.write(hello)
                check.writer.write_eof()
                await check.read_end()
        async with raw_station(port.port) as check:
            await check.ask(LOCAL + b"GET / HTTP/1.1\r\nHost: csms\r\n\r\n")
            assert check.status == 426

        assert [attempt.peer.startswith(HOST) for attempt in port.town.attempts] == [True]


@pytest.mark.parametrize("nonsense", [asking(), b"\x16\x03\x01\x02\x00", SIGNATURE + b"\x31\x11"])
async def test_a_trusted_proxy_without_a_header_is_refused_and_told_why(nonsense: bytes) -> None:
    async with open_port(a_station(), trusted=US, proxy_protocol=True) as port:
        async with raw_station(port.port) as proxy:
            await proxy.ask(nonsense.ljust(20, b"\x00"))
            answer = await proxy.read_end()

        assert (proxy.status, port.links) == (400, [])
        assert b"expects a PROXY protocol header" in answer
        [attempt] = port.town.attempts
        assert attempt.reason is RefusalReason.NO_PROXY_HEADER
        assert attempt.peer.startswith(HOST)
        assert port.counts.refused[RefusalReason.NO_PROXY_HEADER] == 1


@pytest.mark.parametrize("header", [v1(), v2("192.0.2.7", 1, tls(b"CP1")), LOCAL])
async def test_a_header_of_a_stranger_is_no_http(header: bytes) -> None:
    async with open_port(a_station(profile=3), trusted=OTHERS, proxy_protocol=True) as port:
        async with raw_station(port.port) as stranger:
            await stranger.ask(header + asking())
            assert stranger.status == 400

        [attempt] = port.town.attempts
        assert attempt.reason is RefusalReason.BAD_HTTP
        assert attempt.peer.startswith(HOST)


async def test_a_stranger_without_a_header_is_served_as_ever() -> None:
    async with (
        open_port(a_station(), trusted=OTHERS, proxy_protocol=True) as port,
        connect(port.url(), subprotocols=[Subprotocol("ocpp1.6")]) as station,
    ):
        await station.send("[2,1]")
        assert await station.recv() == "[2,1]"
        assert port.links[0][2].peer.startswith(HOST)


@pytest.mark.parametrize("beginning", [b"PROXY TCP4 192.", SIGNATURE + b"\x21\x11\x00\x0c", b""])
async def test_a_header_must_end_in_time(beginning: bytes) -> None:
    limits = ServerLimits(head_deadline_s=0.2)
    async with open_port(trusted=US, proxy_protocol=True, limits=limits) as port:
        async with raw_station(port.port) as proxy:
            proxy.writer.write(beginning)
            await end_of(proxy)

        reasons = [attempt.reason for attempt in port.town.attempts]
        assert reasons == ([RefusalReason.NO_PROXY_HEADER] if beginning else [])


async def test_header_and_head_share_one_deadline() -> None:
    limits = ServerLimits(head_deadline_s=2.0)
    async with (
        open_port(trusted=US, proxy_protocol=True, limits=limits) as port,
        raw_station(port.port) as proxy,
    ):
        loop = asyncio.get_running_loop()
        begin_s = loop.time()
        await asyncio.sleep(1.7)
        proxy.writer.write(v1() + b"GET /ocpp")
        await end_of(proxy)
        assert loop.time() - begin_s < 3.5  # not 1.7 and another 2


async def test_the_deadline_of_the_header_ends_with_the_header() -> None:
    limits = ServerLimits(head_deadline_s=0.3)
    station = a_station()
    async with open_port(station, trusted=US, proxy_protocol=True, limits=limits) as port:
        async with raw_station(port.port) as one:
            await one.ask(v1() + asking())
            await asyncio.sleep(0.5)
            one.send(b"[2,1]")
            assert await one.read_frame() == (0x81, b"[2,1]")

        assert port.town.attempts == []


async def end_of(connection: RawStation) -> None:
    with suppress(ConnectionResetError):
        await connection.read_end()


async def test_a_connection_that_still_owes_its_header_does_not_hold_up_the_end() -> None:
    async with (
        open_port(trusted=US, proxy_protocol=True) as port,
        raw_station(port.port) as proxy,
    ):
        proxy.writer.write(b"PROXY TCP4 ")
        await proxy.writer.drain()
        await asyncio.sleep(0.05)
        await port.server.stop(drain_s=0)
        await end_of(proxy)


async def test_a_proxy_that_resets_in_the_middle_of_its_header_harms_nobody() -> None:
    async with open_port(a_station(), trusted=US, proxy_protocol=True) as port:
        for _ in range(3):
            with tcp.create_connection((HOST, port.port)) as rude:
                rude.sendall(b"PROXY TCP4 192.")
                rude.setsockopt(tcp.SOL_SOCKET, tcp.SO_LINGER, struct.pack("ii", 1, 0))
        async with raw_station(port.port) as station:
            await station.ask(v1() + asking())
            assert station.status == 101


# -- headers ----------------------------------------------------------------------------------


async def test_a_trusted_proxys_headers_give_address_tls_and_certificate() -> None:
    async with open_port(a_station(profile=3), trusted=US) as port, raw_station(port.port) as one:
        await one.ask(asking(**FORWARDED, **CERTIFICATE))

        assert one.status == 101
        [(socket, admitted, handshake)] = port.links
        assert (socket.peer, handshake.peer) == ("192.0.2.7", "192.0.2.7")
        assert (handshake.tls, handshake.client_cn) == (True, "CP1")
        assert admitted.security_profile == 3


@pytest.mark.parametrize("trusted", ["", OTHERS])
async def test_a_strangers_headers_change_nothing(trusted: str) -> None:
    spoofed = {**FORWARDED, **CERTIFICATE, "Forwarded": "for=192.0.2.7;proto=https"}
    stations = (a_station("CP1", profile=3), a_station("CP2", b"secret", profile=2))
    async with open_port(*stations, a_station("CP0"), trusted=trusted) as port:
        for path, status in (("/CP1", 403), ("/CP2", 403), ("/NOBODY", 404), ("/CP0", 101)):
            async with raw_station(port.port) as stranger:
                await stranger.ask(asking(path, **spoofed))
                assert stranger.status == status

        assert all(it.peer.startswith(HOST) and not it.tls for it in port.town.attempts)
        [(_, admitted, handshake)] = port.links
        assert handshake == replace(
            handshake, peer=handshake.peer, tls=False, client_cn=None, certificate_fault=""
        )
        assert handshake.peer.startswith(HOST)
        assert admitted.flags == frozenset()


@pytest.mark.parametrize(("header", "peer"), [(v1(), STATION), (LOCAL, HOST), (v1(HOST), HOST)])
async def test_where_proxies_use_the_proxy_protocol_headers_are_the_stations_own(
    header: bytes, peer: str
) -> None:
    station = a_station(profile=3)
    async with open_port(station, trusted=US, proxy_protocol=True) as port:
        async with raw_station(port.port) as one:
            await one.ask(header + asking(**FORWARDED, **CERTIFICATE))

        assert one.status == 403
        assert port.town.attempts[0].peer.startswith(peer)


async def test_a_health_check_without_headers_is_the_proxy_itself() -> None:
    async with open_port(a_station(), trusted=US) as port, raw_station(port.port) as one:
        await one.ask(asking())

        assert one.status == 101
        assert port.links[0][2].peer.startswith(HOST)
