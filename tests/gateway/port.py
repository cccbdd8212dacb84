"""A station port running on loopback, and a station that writes its bytes by hand."""

import asyncio
import base64
import os
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Container
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from ogniwo.base.clock import SystemClock
from ogniwo.base.settings import networks
from ogniwo.gateway.admission import (
    AdmissionPolicy,
    Admitted,
    ConnectionAttempt,
    Credentials,
    UnknownStations,
    hash_secret,
)
from ogniwo.gateway.counts import GatewayCounts
from ogniwo.gateway.door import DoorLimits, FrontDoor, OnLink
from ogniwo.gateway.handshake import Handshake
from ogniwo.gateway.listener import Listener
from ogniwo.gateway.origin import TrustedProxies
from ogniwo.gateway.pinger import PING_POLICY, Pinger, PingPolicy
from ogniwo.gateway.server import ServerLimits, StationServer
from ogniwo.gateway.socket import Socket, SocketClosedError
from ogniwo.gateway.wheel import DeadlineWheel

HOST: Final = "127.0.0.1"
SERVER_KEY: Final = b"a key of this server"
PATIENCE_S: Final = 10.0

Register = dict[str, Credentials]


@dataclass
class Town:
    """What is known about stations, and what was recorded about those turned away."""

    stations: Register = field(default_factory=dict)
    attempts: list[ConnectionAttempt] = field(default_factory=list)
    adopted: list[str] = field(default_factory=list)
    look_up: Callable[[], Awaitable[None]] | None = None

    async def find_credentials(self, identity: str) -> Credentials | None:
        if self.look_up is not None:
            await self.look_up()
        return self.stations.get(identity)

    async def adopt(self, identity: str) -> Credentials:
        self.adopted.append(identity)
        self.stations[identity] = Credentials(identity=identity)
        return self.stations[identity]

    def record_attempt(self, attempt: ConnectionAttempt) -> None:
        self.attempts.append(attempt)


@dataclass
class Port:
    server: StationServer
    town: Town
    counts: GatewayCounts
    links: list[tuple[Socket, Admitted, Handshake]]
    ends: list[SocketClosedError]
    port: int = 0
    tls_port: int = 0

    def url(self, identity: str = "CP1", *, tls: bool = False) -> str:
        scheme, port = ("wss", self.tls_port) if tls else ("ws", self.port)
        return f"{scheme}://{HOST}:{port}/ocpp/{identity}"


def a_station(identity: str = "CP1", secret: bytes | None = None, profile: int = 0) -> Credentials:
    hashed = hash_secret(SERVER_KEY, identity, secret) if secret is not None else None
    return Credentials(identity=identity, secret_hash=hashed, security_profile=profile)


async def echo(socket: Socket, admitted: Admitted, handshake: Handshake) -> None:
    while True:
        await socket.send(await socket.receive())


@asynccontextmanager
async def open_port(  # noqa: PLR0913 - each is something else that a test may turn
    *stations: Credentials,
    on_link: OnLink = echo,
    tls: ssl.SSLContext | None = None,
    unknown: UnknownStations = UnknownStations.QUARANTINE,
    limits: ServerLimits | None = None,
    room: DoorLimits | None = None,
    charging: Container[str] = (),
    pings: PingPolicy = PING_POLICY,
    tick_ms: int = 20,
    trusted: str = "",
    proxy_protocol: bool = False,
) -> AsyncIterator[Port]:
    clock, counts = SystemClock(), GatewayCounts()
    wheel = DeadlineWheel(clock, tick_ms=tick_ms)
    town = Town({station.identity: station for station in stations})
    links: list[tuple[Socket, Admitted, Handshake]] = []
    ends: list[SocketClosedError] = []

    async def watched(socket: Socket, admitted: Admitted, handshake: Handshake) -> None:
        links.append((socket, admitted, handshake))
        try:
            await on_link(socket, admitted, handshake)
        except SocketClosedError as end:
            ends.append(end)
            raise

    listeners = [Listener(host=HOST, port=0, proxy_protocol=proxy_protocol)]
    if tls is not None:
        listeners.append(Listener(host=HOST, port=0, tls=tls))
    server = StationServer(
        listeners,
        door=FrontDoor(
            directory=town,
            on_link=watched,
            policy=AdmissionPolicy(server_key=SERVER_KEY, unknown_stations=unknown),
            clock=clock,
            pinger=Pinger(wheel, policy=pings, counts=counts),
            charging=charging,
            limits=room,
        ),
        clock=clock,
        limits=limits,
        trusted=TrustedProxies(networks(trusted)),
    )
    await server.start()
    ports = [port for _, port in server.addresses]
    async with asyncio.TaskGroup() as group:
        turning = group.create_task(wheel.run(), name="wheel")
        try:
            yield Port(server, town, counts, links, ends, ports[0], ports[-1])
        finally:
            await server.stop(drain_s=0)
            turning.cancel()


async def until(claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not claim():  # noqa: ASYNC110 - it watches from outside, nothing is told
            await asyncio.sleep(0.005)


def basic(user: bytes, password: bytes) -> str:
    return "Basic " + base64.b64encode(user + b":" + password).decode("ascii")


class RawStation:
    """A station that can do everything wrong."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.head = ""

    @property
    def status(self) -> int:
        return int(self.head.split(" ")[1])

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None

    async def ask(self, request: bytes) -> None:
        self.writer.write(request)
        async with asyncio.timeout(PATIENCE_S):
            self.head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")

    async def upgrade(self, path: str = "/ocpp/CP1", **changes: str | None) -> None:
        """Ask for the upgrade; a header given as None is left out."""
        await self.ask(an_upgrade(path, **changes))

    def send(self, payload: bytes, *, first: int = 0x81) -> None:
        self.writer.write(a_frame(payload, first=first))

    def hang_up(self) -> None:
        self.writer.close()

    async def read_frame(self) -> tuple[int, bytes]:
        """First byte and payload of the next frame of the server."""
        async with asyncio.timeout(PATIENCE_S):
            first, length = await self.reader.readexactly(2)
            if length == 126:
                length = struct.unpack("!H", await self.reader.readexactly(2))[0]
            elif length == 127:
                length = struct.unpack("!Q", await self.reader.readexactly(8))[0]
            return first, await self.reader.readexactly(length)

    async def read_close(self) -> tuple[int, str]:
        """Code and reason of the close frame, with everything before it thrown away."""
        while True:
            first, payload = await self.read_frame()
            if first == 0x88:
                return struct.unpack("!H", payload[:2])[0], payload[2:].decode()

    async def read_end(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read()


def an_upgrade(path: str = "/ocpp/CP1", **changes: str | None) -> bytes:
    headers: dict[str, str | None] = {
        "Host": "csms",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Protocol": "ocpp1.6",
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode("latin-1")


def a_frame(payload: bytes, *, first: int = 0x81) -> bytes:
    """A client's frame; the mask is zero, which is allowed and readable."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", first, 0x80 | length)
    elif length < 65_536:
        head = struct.pack("!BBH", first, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, length)
    return head + bytes(4) + payload


@asynccontextmanager
async def raw_station(port: int) -> AsyncIterator[RawStation]:
    reader, writer = await asyncio.open_connection(HOST, port, limit=1 << 23)
    try:
        yield RawStation(reader, writer)
    finally:
        writer.transport.abort()
