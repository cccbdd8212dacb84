"""What every ``Socket`` promises, checked on both libraries with a client of a third hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from typing import Final

import pytest

from ogniwo.gateway.admission import Admitted
from ogniwo.gateway.handshake import Handshake
from ogniwo.gateway.server import SOCKET_LIMITS_V16, ServerLimits
from ogniwo.gateway.socket import Socket, SocketClosedError
from tests.gateway import port, socket_websockets
from tests.gateway.port import RawStation, a_frame, a_station, raw_station, until

FRAME_BYTES_MAX: Final = 20_000
LIMITS: Final = ServerLimits(
    socket_v16=replace(
        SOCKET_LIMITS_V16, frame_bytes_max=FRAME_BYTES_MAX, close_deadline_s=0.5, linger_s=1.0
    )
)

OnSocket = Callable[[Socket], Awaitable[None]]
Serve = Callable[[OnSocket], AbstractAsyncContextManager[int]]


@asynccontextmanager
async def on_aiohttp(on_socket: OnSocket) -> AsyncIterator[int]:
    async def on_link(socket: Socket, admitted: Admitted, handshake: Handshake) -> None:
        await on_socket(socket)

    async with port.open_port(a_station(), on_link=on_link, limits=LIMITS) as opened:
        yield opened.port


def on_websockets(on_socket: OnSocket) -> AbstractAsyncContextManager[int]:
    return socket_websockets.open_port(on_socket, FRAME_BYTES_MAX)


both = pytest.mark.parametrize("serve", [on_aiohttp, on_websockets])


class Owner:
    """Reads as a link does, echoes, and keeps what it saw and how it ended."""

    def __init__(self) -> None:
        self.socket: Socket | None = None
        self.texts: list[bytes] = []
        self.end: SocketClosedError | None = None

    async def __call__(self, socket: Socket) -> None:
        self.socket = socket
        try:
            while True:
                text = await socket.receive()
                self.texts.append(text)
                await socket.send(text)
        except SocketClosedError as end:
            self.end = end

    async def how_it_ended(self) -> tuple[int, bool]:
        await until(lambda: self.end is not None)
        assert self.end is not None
        return self.end.code, self.end.by_peer


@asynccontextmanager
async def connected(serve: Serve, owner: OnSocket) -> AsyncIterator[RawStation]:
    async with serve(owner) as number, raw_station(number) as station:
        await station.upgrade()
        assert station.status == 101, station.head
        yield station


@both
@pytest.mark.parametrize("size", [0, 1, 125, 126, 5_000, FRAME_BYTES_MAX - 1])
async def test_text_of_any_size_comes_and_goes_unchanged(serve: Serve, size: int) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        station.send(b"x" * size)

        assert await station.read_frame() == (0x81, b"x" * size)
    assert owner.texts == [b"x" * size]


@both
async def test_text_is_handed_over_as_utf8_bytes_and_sent_from_str_or_bytes(serve: Serve) -> None:
    async def owner(socket: Socket) -> None:
        text = await socket.receive()
        await socket.send(text)
        await socket.send(text.decode("utf-8"))
        await socket.receive()

    async with connected(serve, owner) as station:
        station.send("Łódź ⚡".encode())

        assert await station.read_frame() == (0x81, "Łódź ⚡".encode())
        assert await station.read_frame() == (0x81, "Łódź ⚡".encode())


@both
async def test_a_fragmented_text_with_a_ping_inside_is_one_text(serve: Serve) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        station.send("Łó".encode()[:3], first=0x01)
        station.send(b"are you there", first=0x89)
        station.send("Łó".encode()[3:], first=0x00)
        station.send("dź".encode(), first=0x80)

        assert await station.read_frame() == (0x8A, b"are you there")
        assert await station.read_frame() == (0x81, "Łódź".encode())


@both
async def test_frames_that_came_in_one_segment_are_read_one_by_one(serve: Serve) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        station.writer.write(b"".join(a_frame(b"%d" % number) for number in range(50)))

        answers = [await station.read_frame() for _ in range(50)]
    assert answers == [(0x81, b"%d" % number) for number in range(50)]


@both
async def test_a_binary_frame_ends_the_socket_with_1003(serve: Serve) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        station.send(b"\x00\x01", first=0x82)

        assert (await station.read_close())[0] == 1003
        station.send(b"\x03\xeb", first=0x88)
        station.hang_up()
        assert await owner.how_it_ended() == (1003, False)


@both
async def test_text_that_is_not_utf8_ends_the_socket_with_1007(serve: Serve) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        station.send(b"[2,\xff\xfe]")

        assert (await station.read_close())[0] == 1007
        assert await station.read_end() == b""
        station.hang_up()
        assert await owner.how_it_ended() == (1007, False)


@both
async def test_an_oversized_frame_ends_the_socket_with_1009_before_it_is_read(serve: Serve) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        head_only = a_frame(b"x" * 70_000)[:200]
        station.writer.write(head_only)

        assert (await station.read_close())[0] == 1009
        station.hang_up()
        assert await owner.how_it_ended() == (1009, False)


@both
async def test_an_oversized_sum_of_fragments_ends_the_socket_with_1009(serve: Serve) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        station.send(b"x" * 15_000, first=0x01)
        station.send(b"x" * 15_000, first=0x80)

        assert (await station.read_close())[0] == 1009
        station.hang_up()
        assert await owner.how_it_ended() == (1009, False)


@both
@pytest.mark.parametrize(
    "breach",
    [a_frame(b"", first=0x83), a_frame(b"x", first=0xB1), a_frame(b"x", first=0x80)],
    ids=["unknown opcode", "reserved bits", "continuation of nothing"],
)
async def test_a_breach_of_the_protocol_ends_the_socket_with_1002(
    serve: Serve, breach: bytes
) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        station.writer.write(breach)

        assert (await station.read_close())[0] == 1002
        station.hang_up()
        assert await owner.how_it_ended() == (1002, False)


@both
async def test_the_stations_close_is_answered_with_its_code_and_told_to_the_owner(
    serve: Serve,
) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        station.send(b"\x0f\xa1going to bed", first=0x88)

        assert (await station.read_close())[0] == 4001
        assert await station.read_end() == b""
        station.hang_up()
        assert await owner.how_it_ended() == (4001, True)
        assert owner.end is not None
        assert owner.end.reason == "going to bed"


@both
async def test_a_connection_that_just_breaks_is_1006(serve: Serve) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        await until(lambda: owner.socket is not None)
        station.writer.transport.abort()

        assert await owner.how_it_ended() == (1006, True)


@both
async def test_closing_from_another_task_ends_the_owners_wait_with_that_code(serve: Serve) -> None:
    owner = Owner()
    async with connected(serve, owner) as station, asyncio.TaskGroup() as group:
        await until(lambda: owner.socket is not None)
        assert owner.socket is not None
        group.create_task(owner.socket.close(4001, "replaced"))

        assert await station.read_close() == (4001, "replaced")
        assert await owner.how_it_ended() == (4001, False)  # at once, not after the peer's half
        station.send(b"\x0f\xa1", first=0x88)
        assert await station.read_end() == b""


@both
async def test_a_peer_that_never_answers_the_close_is_dropped_after_the_deadline(
    serve: Serve,
) -> None:
    owner = Owner()
    async with connected(serve, owner):
        await until(lambda: owner.socket is not None)
        assert owner.socket is not None

        async with asyncio.timeout(5):
            await owner.socket.close(1001, "restarting")
        assert await owner.how_it_ended() == (1001, False)


@both
async def test_the_owner_may_close_too_and_closing_twice_is_harmless(serve: Serve) -> None:
    ended: list[SocketClosedError] = []

    async def owner(socket: Socket) -> None:
        await socket.receive()
        await socket.close(4002, "enough")
        await socket.close(4003, "again")
        socket.abort()
        try:
            await socket.receive()
        except SocketClosedError as end:
            ended.append(end)

    async with connected(serve, owner) as station:
        station.send(b"hello")
        assert await station.read_close() == (4002, "enough")
        station.send(b"late", first=0x81)
        station.send(b"\x0f\xa2", first=0x88)
        station.hang_up()
        await until(lambda: len(ended) == 1)
    assert (ended[0].code, ended[0].by_peer) == (4002, False)


@both
async def test_sending_on_a_closed_socket_raises(serve: Serve) -> None:
    failures: list[SocketClosedError] = []

    async def owner(socket: Socket) -> None:
        with suppress(SocketClosedError):
            await socket.receive()
        try:
            await socket.send("too late")
        except SocketClosedError as failure:
            failures.append(failure)

    async with connected(serve, owner) as station:
        station.send(b"\x03\xe8", first=0x88)
        station.hang_up()
        await until(lambda: len(failures) == 1)


@both
async def test_aborting_drops_the_connection_without_a_close_frame(serve: Serve) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        await until(lambda: owner.socket is not None)
        assert owner.socket is not None
        owner.socket.abort()

        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await station.read_frame()
        assert await owner.how_it_ended() == (1006, False)


@both
async def test_a_ping_is_sent_without_waiting(serve: Serve) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        await until(lambda: owner.socket is not None)
        assert owner.socket is not None
        owner.socket.ping()

        assert await station.read_frame() == (0x89, b"")


@both
async def test_the_peer_is_named_for_people(serve: Serve) -> None:
    owner = Owner()
    async with connected(serve, owner) as station:
        await until(lambda: owner.socket is not None)
        assert owner.socket is not None
        own = station.writer.get_extra_info("sockname")

        assert owner.socket.peer == f"{own[0]}:{own[1]}"


@both
async def test_a_peer_that_does_not_read_makes_the_sender_wait(serve: Serve) -> None:
    sent: list[int] = []

    async def owner(socket: Socket) -> None:
        for number in range(10_000):
            await socket.send("x" * 10_000)
            sent.append(number)

    async with connected(serve, owner):
        await asyncio.sleep(0.3)
        before = len(sent)
        await asyncio.sleep(0.3)

        assert len(sent) == before < 10_000
