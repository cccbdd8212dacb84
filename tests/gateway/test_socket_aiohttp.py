"""What the product's socket does beyond the contract: compression, pace, lingering."""

import asyncio
import zlib
from contextlib import suppress
from dataclasses import replace

import aiohttp
import pytest
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.typing import Subprotocol

from ogniwo.gateway.admission import Admitted, Credentials
from ogniwo.gateway.handshake import Handshake
from ogniwo.gateway.pace import FrameBudget
from ogniwo.gateway.server import SOCKET_LIMITS_V16, ServerLimits
from ogniwo.gateway.socket import Socket
from tests.gateway.port import RawStation, a_station, open_port, raw_station, until

OCPP16 = [Subprotocol("ocpp1.6")]
REPORT = '[2,"id","NotifyReport",' + '{"component":"SecurityCtrlr"},' * 300 + "]"


@pytest.mark.parametrize(
    "factory",
    [
        ClientPerMessageDeflateFactory(),
        ClientPerMessageDeflateFactory(client_max_window_bits=True),
        ClientPerMessageDeflateFactory(
            server_no_context_takeover=True, client_no_context_takeover=True
        ),
        ClientPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9),
    ],
)
async def test_compression_is_spoken_in_every_form_a_client_offers(
    factory: ClientPerMessageDeflateFactory,
) -> None:
    async with (
        open_port(a_station()) as port,
        connect(port.url(), subprotocols=OCPP16, extensions=[factory], compression=None) as station,
    ):
        assert station.response is not None
        assert "permessage-deflate" in station.response.headers["Sec-WebSocket-Extensions"]
        for text in (REPORT, "[3,1,{}]", REPORT[::-1], "Łódź" * 1_000, ""):
            await station.send(text)
            assert await station.recv() == text


async def test_compression_is_spoken_with_aiohttp() -> None:
    async with (
        open_port(a_station()) as port,
        aiohttp.ClientSession() as session,
        session.ws_connect(port.url(), protocols=["ocpp1.6"], compress=15) as station,
    ):
        assert station.compress
        for _ in range(3):
            await station.send_str(REPORT)
            assert await station.receive_str() == REPORT


async def test_long_answers_are_packed_and_short_ones_are_not() -> None:
    async with open_port(a_station()) as port, raw_station(port.port) as station:
        await station.upgrade(Sec_WebSocket_Extensions="permessage-deflate")
        station.send(REPORT.encode())
        station.send(b"short")

        first, packed = await station.read_frame()
        assert (first, await station.read_frame()) == (0xC1, (0x81, b"short"))
        assert len(packed) < len(REPORT) // 20
        unpacked = zlib.decompressobj(-12).decompress(packed + b"\x00\x00\xff\xff")
        assert unpacked == REPORT.encode()


@pytest.mark.parametrize(
    ("on_file", "offer"),
    [(replace(a_station(), deflate=False), "permessage-deflate"), (a_station(), None)],
    ids=["switched off", "not offered"],
)
async def test_nothing_is_packed_that_was_not_agreed(
    on_file: Credentials, offer: str | None
) -> None:
    async with open_port(on_file) as port, raw_station(port.port) as station:
        await station.upgrade(Sec_WebSocket_Extensions=offer)
        assert station.header("Sec-WebSocket-Extensions") is None

        station.send(REPORT.encode())
        assert await station.read_frame() == (0x81, REPORT.encode())
        station.send(b"x", first=0xC1)
        assert (await station.read_close())[0] == 1002


async def deflating(station: RawStation) -> None:
    await station.upgrade(Sec_WebSocket_Extensions="permessage-deflate")
    assert station.status == 101


async def test_a_compression_bomb_ends_the_socket_with_1009() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(50))
    bomb += packer.flush(zlib.Z_SYNC_FLUSH).removesuffix(b"\x00\x00\xff\xff")
    assert len(bomb) < 60_000

    async with open_port(a_station()) as port, raw_station(port.port) as station:
        await deflating(station)
        station.send(bomb, first=0xC1)

        assert (await station.read_close())[0] == 1009


async def test_rubbish_instead_of_compressed_data_ends_the_socket_with_1002() -> None:
    async with open_port(a_station()) as port, raw_station(port.port) as station:
        await deflating(station)
        station.send(b"\xff\xff\xff\xff", first=0xC1)

        assert (await station.read_close())[0] == 1002
        station.hang_up()
        await until(lambda: len(port.ends) == 1)
        assert port.ends[0].code == 1002


async def test_bad_utf8_behind_compression_is_1007() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"\xff\xfe") + packer.flush(zlib.Z_SYNC_FLUSH)
    async with open_port(a_station()) as port, raw_station(port.port) as station:
        await deflating(station)
        station.send(packed.removesuffix(b"\x00\x00\xff\xff"), first=0xC1)

        assert (await station.read_close())[0] == 1007


def with_socket(**changes: object) -> ServerLimits:
    return ServerLimits(socket_v16=replace(SOCKET_LIMITS_V16, **changes))  # type: ignore[arg-type] # names checked by replace


async def test_a_talker_over_its_budget_is_read_later_and_loses_nothing() -> None:
    limits = with_socket(budget=FrameBudget(burst=20, per_second=100))
    async with open_port(a_station(), limits=limits) as port, raw_station(port.port) as station:
        await station.upgrade()
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for number in range(60):
            station.send(b"%d" % number)
        answers = [(await station.read_frame())[1] for _ in range(60)]

        assert answers == [b"%d" % number for number in range(60)]
        assert loop.time() - began_s > 0.3  # 40 frames over the burst, 10 ms each, and no more:
        assert loop.time() - began_s < 4
        assert port.counts.frames_delayed > 0


async def test_within_the_budget_nobody_waits() -> None:
    async with open_port(a_station()) as port, raw_station(port.port) as station:
        await station.upgrade()
        for number in range(1_500):
            station.send(b"%d" % number)
        for _ in range(1_500):
            await station.read_frame()

        assert port.counts.frames_delayed == 0


async def test_a_flood_of_big_frames_is_left_unread_in_the_network() -> None:
    """Back-pressure: while the owner is busy, memory holds a few frames and not the flood."""
    gate = asyncio.Event()

    async def busy(socket: Socket, admitted: Admitted, handshake: Handshake) -> None:
        await gate.wait()
        while True:
            await socket.receive()

    async with open_port(a_station(), on_link=busy) as port, raw_station(port.port) as station:
        await station.upgrade()
        station.writer.transport.set_write_buffer_limits(high=0)
        for _ in range(60):
            station.send(b"x" * 500_000)
        try:
            async with asyncio.timeout(0.5):
                await station.writer.drain()
            pytest.fail("30 MB were swallowed")
        except TimeoutError:
            pass
        gate.set()
        async with asyncio.timeout(10):
            await station.writer.drain()


async def test_a_sender_of_an_oversized_frame_can_read_why_even_while_still_sending() -> None:
    async with open_port(a_station()) as port, raw_station(port.port) as station:
        await station.upgrade()
        station.send(b"x" * 20_000_000)

        code, reason = await station.read_close()
        assert code == 1009
        assert "exceeds limit" in reason


async def test_a_peer_that_stays_after_a_breach_is_dropped() -> None:
    limits = with_socket(linger_s=0.1)
    async with open_port(a_station(), limits=limits) as port, raw_station(port.port) as station:
        await station.upgrade()
        station.send(b"\xff")
        assert (await station.read_close())[0] == 1007

        with suppress(ConnectionError):  # an orderly end is as good
            await station.read_end()
        await until(lambda: port.counts.links == 0)


async def test_pongs_for_a_peer_that_never_reads_do_not_pile_up() -> None:
    sizes: list[int] = []

    async def measure(socket: Socket, admitted: Admitted, handshake: Handshake) -> None:
        transport = socket._transport  # type: ignore[attr-defined] # no other way in
        try:
            while True:
                await socket.receive()
        finally:
            sizes.append(transport.get_write_buffer_size())

    limits = with_socket(budget=FrameBudget(burst=10_000_000, per_second=1_000))
    async with (
        open_port(a_station(), on_link=measure, limits=limits) as port,
        raw_station(port.port) as station,
    ):
        await station.upgrade()
        station.writer.transport.pause_reading()  # type: ignore[attr-defined] # it is a Transport
        ping = b"\x89\xfd" + bytes(4) + b"p" * 125
        for _ in range(120):
            station.writer.write(ping * 1_000)
            await asyncio.wait_for(station.writer.drain(), 10)
        station.send(b"\xff")
        await until(lambda: len(sizes) == 1)
    assert sizes[0] < 100_000
