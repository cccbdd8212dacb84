"""Drive many stations against one server from one thread, closed loop.

Each station has at most one CALL open and sends the next when the answer is
there. A bare epoll loop: what it costs is taken from the second core and must
stay below what the server costs, or the run measures the generator.
"""

import os
import select
import socket
from array import array
from base64 import b64encode
from collections.abc import Sequence
from time import perf_counter_ns
from typing import Final

from benchmarks.frames import CLOSE, PING, PONG, TEXT, client_frame, split, whole_text
from benchmarks.station import Script, Station, answer_to

NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000
SILENCE_S_MAX: Final = 20.0  # no answer on any link for so long: the server is stuck
RECEIVE_BYTES: Final = 65_536


class LoadError(Exception):
    """The server ended a link, refused one or fell silent."""


class Link:
    """The socket of one station and the script it follows."""

    def __init__(self, station: Station, port: int) -> None:
        self.station = station
        self.socket = connect(station.id, port)
        self.script: Script | None = None
        self.sent_ns = 0
        self.buffer = bytearray()

    def send(self, frame: bytes) -> None:
        if self.socket.send(frame) != len(frame):
            raise LoadError(f"{self.station.id}: the server does not read")

    def receive(self) -> list[bytes]:
        """Answers that have arrived; pings and the server's own CALLs are dealt with here."""
        data = self.socket.recv(RECEIVE_BYTES)
        if not self.buffer:
            text = whole_text(data)
            if text is not None and text.startswith(b"[3"):
                return [text]
        if not data:
            raise LoadError(f"{self.station.id}: the server closed the socket")
        self.buffer += data
        return [text for opcode, text in split(self.buffer) if self._is_answer(opcode, text)]

    def _is_answer(self, opcode: int, payload: bytes) -> bool:
        if opcode == PING:
            self.send(client_frame(payload, PONG))
        elif opcode == CLOSE:
            raise LoadError(f"{self.station.id}: the server closed with {payload!r}")
        elif opcode == TEXT and payload.startswith(b"[2"):
            self.send(client_frame(answer_to(payload)))
        return opcode == TEXT and not payload.startswith(b"[2")


def percentile_ms(latencies_ns: Sequence[int], share: float) -> float:
    """Of ascending latencies."""
    return latencies_ns[int(share * (len(latencies_ns) - 1))] / NS_PER_MS


def connect(station_id: str, port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=SILENCE_S_MAX)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = (
        f"GET /ocpp/{station_id} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}\r\n"
        "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
    )
    connection.sendall(request.encode())
    response = b""
    while b"\r\n\r\n" not in response:
        # one byte at a time: what follows the header belongs to the first frame
        byte = connection.recv(1)
        if not byte:
            break
        response += byte
    if not response.startswith(b"HTTP/1.1 101 ") or b"ocpp1.6" not in response:
        raise LoadError(f"{station_id}: refused with {response[:200]!r}")
    connection.settimeout(0)
    return connection


class Load:
    """All links and the one loop over them."""

    def __init__(self, stations: list[Station], port: int) -> None:
        self.links = [Link(station, port) for station in stations]
        self.latencies_ns = array("Q")
        self._by_number = {link.socket.fileno(): link for link in self.links}
        self._epoll = select.epoll()
        for number in self._by_number:
            self._epoll.register(number, select.EPOLLIN)
        self._waiting = 0  # links whose CALL is open

    def close(self) -> None:
        self._epoll.close()
        for link in self.links:
            link.socket.close()

    def begin(self, scripts: list[Script]) -> None:
        """Give each link its script and send the first CALL."""
        for link, script in zip(self.links, scripts, strict=True):
            link.script = script
            link.sent_ns = perf_counter_ns()
            link.send(next(script))
        self._waiting = len(self.links)

    def finish(self) -> None:
        """Until every script has come to its end."""
        self._pump(None, sending=True)

    def sustain(self, duration_s: float) -> float:
        """Keep going for so long; the answer times of this period alone are kept."""
        self.latencies_ns = array("Q")
        begun_ns = perf_counter_ns()
        self._pump(begun_ns + int(duration_s * NS_PER_S), sending=True)
        return (perf_counter_ns() - begun_ns) / NS_PER_S

    def drain(self) -> None:
        """Let the open CALLs be answered and send no more."""
        self._pump(None, sending=False)

    def _pump(self, end_ns: int | None, *, sending: bool) -> None:
        heard_ns = perf_counter_ns()
        while self._waiting and (end_ns is None or heard_ns < end_ns):
            ready = self._epoll.poll(SILENCE_S_MAX)
            if not ready:
                raise LoadError(f"no answer on any link for {SILENCE_S_MAX:.0f} s")
            for number, _ in ready:
                link = self._by_number[number]
                for text in link.receive():
                    heard_ns = perf_counter_ns()
                    self.latencies_ns.append(heard_ns - link.sent_ns)
                    self._continue(link, text, heard_ns, sending=sending)

    def _continue(self, link: Link, text: bytes, now_ns: int, *, sending: bool) -> None:
        assert link.script is not None
        try:
            frame = link.script.send(text)
        except StopIteration:
            self._waiting -= 1
            return
        if sending:
            link.sent_ns = now_ns
            link.send(frame)
        else:
            self._waiting -= 1
