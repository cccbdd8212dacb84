import asyncio
import contextlib
import socket as tcp
from collections.abc import Awaitable, Callable
from dataclasses import replace

import aiohttp
import pytest
import uvloop
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ogniwo.base.errors import OgniwoError
from ogniwo.gateway.admission import Admitted, Flag, UnknownStations
from ogniwo.gateway.door import DoorLimits
from ogniwo.gateway.handshake import Handshake
from ogniwo.gateway.refusal import RefusalReason
from ogniwo.gateway.server import SOCKET_LIMITS_V2, SOCKET_LIMITS_V16, ServerLimits
from ogniwo.gateway.socket import Socket
from tests.gateway.port import (
    HOST,
    Port,
    RawStation,
    a_frame,
    a_station,
    an_upgrade,
    basic,
    echo,
    open_port,
    raw_station,
    until,
)


def dial(url: str, *versions: str) -> connect:
    names = [Subprotocol(version) for version in versions or ("ocpp1.6",)]
    return connect(url, subprotocols=names, ping_interval=None, compression=None)


async def refused(port: Port, request: bytes) -> RawStation:
    """The answer to a request after which the server must hang up, having recorded it once."""
    async with raw_station(port.port) as station:
        await station.ask(request)
        await station.read_end()
        return station


async def test_a_station_of_the_websockets_library_is_served() -> None:
    async with open_port(a_station()) as port, dial(port.url()) as station:
        await station.send("[2,1]")

        assert await station.recv() == "[2,1]"
        assert station.subprotocol == "ocpp1.6"
        assert port.counts.links == 1
        assert port.town.attempts == []


async def test_a_station_of_aiohttp_is_served() -> None:
    async with (
        open_port(a_station()) as port,
        aiohttp.ClientSession() as session,
        session.ws_connect(port.url(), protocols=["ocpp2.1", "ocpp1.6"]) as station,
    ):
        await station.send_str("[2,1]")

        assert await station.receive_str() == "[2,1]"
        assert station.protocol == "ocpp2.1"


def test_the_port_works_the_same_on_uvloop() -> None:
    async def scenario() -> None:
        async with open_port(a_station()) as port, dial(port.url()) as station:
            await station.send("x" * 300_000)
            assert await station.recv() == "x" * 300_000
            async with raw_station(port.port) as broken:
                await broken.upgrade()
                broken.send(b"\xff")
                assert (await broken.read_close())[0] == 1007
            await station.close(4000, "bye")
            await until(lambda: len(port.ends) == 2)
            assert {end.code for end in port.ends} == {1007, 4000}

    uvloop.run(scenario())


async def test_the_owner_is_told_who_came_and_how() -> None:
    station = a_station("RDAM 123|a", secret=b"\x80\xff: secret")
    async with open_port(station) as port:
        async with raw_station(port.port) as client:
            await client.upgrade(
                "/ocpp/RDAM%20123%7Ca?slot=2",
                Authorization=basic(b"RDAM 123|a", b"\x80\xff: secret"),
                User_Agent="Wallbox/6",
            )
            assert client.status == 101

        [(_, admitted, handshake)] = port.links
        assert admitted.identity == "RDAM 123|a"
        assert admitted.security_profile == 1
        assert (handshake.query, handshake.user_agent) == ("slot=2", "Wallbox/6")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("ocpp0.1, ocpp2.0.1", "ocpp2.0.1"),
        ("ocpp2.1,ocpp1.6", "ocpp2.1"),
        ("ocpp1.6,ocpp2.1", "ocpp1.6"),
    ],
)
async def test_the_version_is_chosen_in_the_stations_order(offered: str, chosen: str) -> None:
    async with open_port(a_station()) as port, raw_station(port.port) as station:
        await station.upgrade(Sec_WebSocket_Protocol=offered)

        assert (station.status, station.header("Sec-WebSocket-Protocol")) == (101, chosen)


async def test_a_station_that_names_no_version_is_told_none_when_one_is_assumed() -> None:
    quirky = replace(a_station(), assume_version="ocpp1.6")
    async with open_port(quirky) as port, raw_station(port.port) as station:
        await station.upgrade(Sec_WebSocket_Protocol=None)

        assert (station.status, station.header("Sec-WebSocket-Protocol")) == (101, None)
        await until(lambda: len(port.links) == 1)
        assert port.links[0][1].flags == {Flag.SUBPROTOCOL_ASSUMED}


PASSWORD = b"a long generated secret"


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        (an_upgrade("/ocpp/NOBODY"), 404, RefusalReason.UNKNOWN_STATION),
        (an_upgrade("/ocpp/%ff"), 404, RefusalReason.UNACCEPTABLE_IDENTITY),
        (an_upgrade("/"), 404, RefusalReason.NO_IDENTITY),
        (an_upgrade("/CP1"), 401, RefusalReason.CREDENTIALS_MISSING),
        (an_upgrade("/CP1", Authorization="Basic ???"), 401, RefusalReason.CREDENTIALS_UNREADABLE),
        (
            an_upgrade("/CP1", Authorization=basic(b"CP1", b"\x80\x81")),
            401,
            RefusalReason.WRONG_SECRET,
        ),
        (
            an_upgrade("/CP1", Authorization=basic(b"CP2", PASSWORD)),
            401,
            RefusalReason.CREDENTIALS_OF_ANOTHER,
        ),
        (an_upgrade("/SAFE"), 403, RefusalReason.SECURITY_PROFILE),
        (an_upgrade("/BAD"), 403, RefusalReason.STATION_BLOCKED),
        (
            an_upgrade("/OPEN", Sec_WebSocket_Protocol="ocpp0.1"),
            400,
            RefusalReason.NO_COMMON_SUBPROTOCOL,
        ),
        (an_upgrade("/OPEN", Sec_WebSocket_Protocol=None), 400, RefusalReason.NO_SUBPROTOCOL),
        (an_upgrade("/OPEN", Connection=None), 400, RefusalReason.BROKEN_UPGRADE),
        (an_upgrade("/OPEN", Sec_WebSocket_Key="x"), 400, RefusalReason.BROKEN_UPGRADE),
        (an_upgrade("/OPEN", Sec_WebSocket_Version="8"), 400, RefusalReason.BROKEN_UPGRADE),
        (an_upgrade("/OPEN", Upgrade=None), 426, RefusalReason.NOT_WEBSOCKET),
        (an_upgrade("/OPEN").replace(b"GET", b"PUT", 1), 426, RefusalReason.NOT_WEBSOCKET),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 400, RefusalReason.BAD_HTTP),
        (an_upgrade("/OPEN", X_Long="x" * 9_000), 400, RefusalReason.BAD_HTTP),
        (an_upgrade("/" + "x" * 9_000), 400, RefusalReason.BAD_HTTP),
        (
            an_upgrade("/OPEN", **{f"X_{n}": "1" for n in range(200)}),
            400,
            RefusalReason.BAD_HTTP,
        ),
    ],
)
async def test_a_refusal_has_its_status_and_is_recorded_with_its_reason(
    request_: bytes, status: int, reason: RefusalReason
) -> None:
    stations = (
        a_station("CP1", PASSWORD, profile=1),
        a_station("SAFE", PASSWORD, profile=2),
        replace(a_station("BAD"), blocked=True),
        a_station("OPEN"),
    )
    async with open_port(*stations) as port:
        answer = await refused(port, request_)

        assert answer.status == status
        assert [attempt.reason for attempt in port.town.attempts] == [reason]
        assert port.town.attempts[0].status == status
        assert port.town.attempts[0].peer.startswith(HOST)
        assert port.links == []


async def test_a_401_says_which_credentials_are_wanted() -> None:
    async with open_port(a_station("CP1", PASSWORD)) as port:
        answer = await refused(port, an_upgrade())

        assert answer.header("WWW-Authenticate") == 'Basic realm="ogniwo"'


async def test_the_attempt_keeps_what_helps_the_operator() -> None:
    async with open_port() as port:
        request = an_upgrade(
            "/prefix/NEW%201/?k=v", User_Agent="EVB", Sec_WebSocket_Protocol="ocpp1.6,ocpp1.5"
        )
        await refused(port, request)

        [attempt] = port.town.attempts
        assert (attempt.identity, attempt.path_raw, attempt.query) == (
            "NEW 1",
            "/prefix/NEW%201/",
            "k=v",
        )
        assert attempt.subprotocols_offered == ("ocpp1.6", "ocpp1.5")
        assert (attempt.user_agent, attempt.tls) == ("EVB", False)


async def test_an_unknown_station_is_adopted_when_the_policy_says_accept() -> None:
    async with open_port(unknown=UnknownStations.ACCEPT) as port, dial(port.url("NEW")) as station:
        await station.send("hello")

        assert await station.recv() == "hello"
        assert port.town.adopted == ["NEW"]


async def test_nothing_is_adopted_that_could_not_talk_to_us() -> None:
    async with open_port(unknown=UnknownStations.ACCEPT) as port:
        answer = await refused(port, an_upgrade("/NEW", Sec_WebSocket_Protocol="ocpp0.1"))

        assert (answer.status, port.town.adopted) == (400, [])


async def test_a_second_socket_of_a_station_is_admitted_beside_the_first() -> None:
    async with (
        open_port(a_station()) as port,
        dial(port.url()) as first,
        dial(port.url(), "ocpp2.0.1") as second,
    ):
        for station in (first, second):
            await station.send("x")
            assert await station.recv() == "x"
        assert [admitted.dialect for _, admitted, _ in port.links] == ["ocpp1.6", "ocpp2.0.1"]


async def test_frames_sent_right_behind_the_upgrade_are_not_lost() -> None:
    async with open_port(a_station()) as port, raw_station(port.port) as station:
        await station.ask(an_upgrade() + a_frame(b"boot") + a_frame(b"status"))

        assert await station.read_frame() == (0x81, b"boot")
        assert await station.read_frame() == (0x81, b"status")


async def test_the_frame_limit_is_that_of_the_version() -> None:
    limits = ServerLimits(
        socket_v16=replace(SOCKET_LIMITS_V16, frame_bytes_max=1_000),
        socket_v2=replace(SOCKET_LIMITS_V2, frame_bytes_max=4_000),
    )
    async with open_port(a_station(), limits=limits) as port:
        async with dial(port.url(), "ocpp2.0.1") as station:
            await station.send("x" * 3_000)
            assert await station.recv() == "x" * 3_000
        async with dial(port.url(), "ocpp1.6") as station:
            await station.send("x" * 3_000)
            with pytest.raises(websockets.ConnectionClosedError) as failure:
                await station.recv()
    assert failure.value.rcvd is not None
    assert failure.value.rcvd.code == 1009


async def test_the_product_limits_are_one_mebibyte_for_16_and_four_for_2x() -> None:
    async with open_port(a_station()) as port:
        for version, fits, too_big in (
            ("ocpp1.6", (1 << 20) - 1, 1 << 20),
            ("ocpp2.1", (4 << 20) - 1, 4 << 20),
        ):
            async with raw_station(port.port) as station:
                await station.upgrade(Sec_WebSocket_Protocol=version)
                station.send(b"x" * fits)
                assert len((await station.read_frame())[1]) == fits
                station.send(b"x" * too_big)
                assert (await station.read_close())[0] == 1009


async def test_a_server_that_is_not_ready_sends_stations_away_for_a_moment() -> None:
    async with open_port(a_station()) as port:
        port.server.door.ready = False
        answer = await refused(port, an_upgrade())
        port.server.door.ready = True
        async with dial(port.url()):
            pass

        assert (answer.status, answer.header("Retry-After")) == (503, "10")
        assert port.counts.refused == {RefusalReason.NOT_READY: 1}
        assert port.town.attempts == []  # a hundred thousand of these would help nobody


async def test_only_so_many_handshakes_are_looked_up_at_once() -> None:
    gate = asyncio.Event()

    async def slow() -> None:
        await gate.wait()

    async with open_port(a_station(), room=DoorLimits(handshakes_max=2)) as port:
        port.town.look_up = slow
        async with raw_station(port.port) as one, raw_station(port.port) as two:
            one.writer.write(an_upgrade())
            two.writer.write(an_upgrade())
            await until(lambda: port.counts.handshakes == 2)
            third = await refused(port, an_upgrade())
            gate.set()
            await one.ask(b"")
            await two.ask(b"")

            assert (third.status, one.status, two.status) == (503, 101, 101)
            assert third.header("Retry-After") == "10"
            assert port.counts.refused == {RefusalReason.TOO_MANY_HANDSHAKES: 1}
            assert port.counts.handshakes == 0


async def test_whoever_charges_is_let_in_where_the_others_have_to_wait() -> None:
    gate = asyncio.Event()

    async def slow() -> None:
        await gate.wait()

    room = DoorLimits(handshakes_max=1, handshakes_charging_max=2)
    stations = [a_station(name) for name in ("CP1", "CP2", "CP3")]
    async with open_port(*stations, room=room, charging={"CP2", "CP3"}) as port:
        port.town.look_up = slow
        async with raw_station(port.port) as one, raw_station(port.port) as two:
            one.writer.write(an_upgrade("/ocpp/CP1"))
            await until(lambda: port.counts.handshakes == 1)
            other = await refused(port, an_upgrade("/ocpp/CP1"))
            two.writer.write(an_upgrade("/ocpp/CP2"))
            await until(lambda: port.counts.handshakes == 2)
            too_many = await refused(port, an_upgrade("/ocpp/CP3"))
            gate.set()
            await one.ask(b"")
            await two.ask(b"")

    assert (one.status, two.status) == (101, 101)
    assert (other.status, too_many.status) == (503, 503)


async def test_only_so_many_links_are_held() -> None:
    async with open_port(a_station(), room=DoorLimits(links_max=1)) as port:
        async with dial(port.url()):
            assert (await refused(port, an_upgrade())).status == 503
        await until(lambda: port.counts.links == 0)
        async with dial(port.url()):
            pass


async def _raise_storage_error() -> None:
    raise OgniwoError("the database is away")


async def _hang() -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("look_up", [_raise_storage_error, _hang])
async def test_a_register_that_fails_or_hangs_is_answered_with_503(
    look_up: Callable[[], Awaitable[None]],
) -> None:
    async with open_port(a_station(), room=DoorLimits(admission_deadline_s=0.1)) as port:
        port.town.look_up = look_up

        assert (await refused(port, an_upgrade())).status == 503
        assert port.counts.handshakes == 0


async def test_a_client_that_never_finishes_its_head_is_cut_off() -> None:
    limits = ServerLimits(head_deadline_s=0.2)
    async with open_port(limits=limits) as port, raw_station(port.port) as station:
        station.writer.write(b"GET /ocpp/CP1 HTTP/1.1\r\n")
        assert await station.read_end() == b""


async def test_a_station_gone_during_its_admission_makes_no_link() -> None:
    gate = asyncio.Event()

    async def slow() -> None:
        await gate.wait()

    async with open_port(a_station()) as port:
        port.town.look_up = slow
        async with raw_station(port.port) as station:
            station.writer.write(an_upgrade())
            await until(lambda: port.counts.handshakes == 1)
        await asyncio.sleep(0.05)
        gate.set()
        await until(lambda: port.counts.handshakes == 0)

        assert (port.links, port.counts.links) == ([], 0)


async def test_a_link_that_fails_is_closed_with_1011_and_hurts_nobody_else() -> None:
    async def fragile(socket: Socket, admitted: Admitted, handshake: Handshake) -> None:
        if admitted.identity == "BAD":
            raise ValueError("a defect of ours")
        await echo(socket, admitted, handshake)

    async with (
        open_port(a_station("GOOD"), a_station("BAD"), on_link=fragile) as port,
        dial(port.url("GOOD")) as good,
        raw_station(port.port) as bad,
    ):
        await bad.upgrade("/ocpp/BAD")
        assert (await bad.read_close())[0] == 1011
        await good.send("still here")
        assert await good.recv() == "still here"


async def test_a_link_whose_owner_returns_is_closed_normally() -> None:
    async def brief(socket: Socket, admitted: Admitted, handshake: Handshake) -> None:
        await socket.send("that was all")

    async with open_port(a_station(), on_link=brief) as port, dial(port.url()) as station:
        assert await station.recv() == "that was all"
        await station.wait_closed()

        assert station.close_code == 1000
        await until(lambda: port.counts.links == 0)


async def test_stopping_tells_every_station_1001_and_then_refuses_connections() -> None:
    async with open_port(*(a_station(f"CP{n}") for n in range(20))) as port:
        async with contextlib.AsyncExitStack() as stack:
            stations = [
                await stack.enter_async_context(dial(port.url(f"CP{n}"))) for n in range(20)
            ]
            await port.server.stop(drain_s=0.2)
            await asyncio.gather(*(station.wait_closed() for station in stations))

            assert {station.close_code for station in stations} == {1001}
        assert port.counts.links == 0
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(HOST, port.port)


async def test_the_drain_is_spread_over_the_time_given() -> None:
    async with open_port(*(a_station(f"CP{n}") for n in range(5))) as port:
        async with contextlib.AsyncExitStack() as stack:
            stations = [await stack.enter_async_context(dial(port.url(f"CP{n}"))) for n in range(5)]
            loop = asyncio.get_running_loop()
            began_s = loop.time()
            ends_s: list[float] = []

            async def wait(station: ClientConnection) -> None:
                await station.wait_closed()
                ends_s.append(loop.time() - began_s)

            async with asyncio.TaskGroup() as group:
                for station in stations:
                    group.create_task(wait(station))
                await port.server.stop(drain_s=1.0)
        assert max(ends_s) - min(ends_s) > 0.5


async def test_a_station_that_ignores_the_close_cannot_hold_up_the_stop() -> None:
    limits = ServerLimits(socket_v16=replace(SOCKET_LIMITS_V16, close_deadline_s=0.2))
    async with open_port(a_station(), limits=limits) as port, raw_station(port.port) as deaf:
        await deaf.upgrade()
        async with asyncio.timeout(3):
            await port.server.stop(drain_s=0)
        assert port.counts.links == 0


async def test_accepted_sockets_are_told_not_to_wait_and_to_give_up_on_the_dead() -> None:
    """They inherit it from the listening socket, which is what saves six calls per accept."""
    options: list[tuple[int, int]] = []

    async def look(socket: Socket, admitted: Admitted, handshake: Handshake) -> None:
        transport = socket._transport  # type: ignore[attr-defined] # no other way in
        raw: tcp.socket = transport.get_extra_info("socket")
        options.append(
            (
                raw.getsockopt(tcp.IPPROTO_TCP, tcp.TCP_NODELAY),
                raw.getsockopt(tcp.IPPROTO_TCP, tcp.TCP_USER_TIMEOUT),
            )
        )

    async with open_port(a_station(), on_link=look) as port, dial(port.url()):
        await until(lambda: len(options) == 1)
    assert options == [(1, 45_000)]
