"""One station of a crowd: what it says and when, as little of it as there can be.

A state machine without a loop: it is told what came in and what time it is, and says what to
send and when it wants to be called again. The crowd owns the sockets.
"""

import random
import time
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

from benchmarks.frames import CLOSE, PING, PONG, TEXT, client_frame, split, whole_text
from benchmarks.standing import Standing, identity_of, transaction_of
from benchmarks.station import answer_to, sampled_values_text
from ogniwo.base.units import US_PER_SECOND

METER_S: Final = 60.0  # between the readings of one that charges
HEARTBEAT_S: Final = 300.0  # as the server asks for at boot
BACKOFF_S: Final = 5.0  # after a lost connection; doubled each time
BACKOFF_S_MAX: Final = 60.0
SILENCE_S_MAX: Final = 60.0  # a call that is not answered by then, or a connection not made
EMPTY_PING: Final = b"\x89\x00"
EMPTY_PONG: Final = client_frame(b"", PONG)
SWITCHED: Final = b"HTTP/1.1 101 "


class Phase(IntEnum):
    AWAY = 0
    CONNECTING = 1
    UPGRADING = 2
    ONLINE = 3


class Kind(IntEnum):
    """Of the call that is open."""

    NONE = 0
    BOOT = 1
    STATUS = 2
    METER = 3
    HEARTBEAT = 4


class BrokenLinkError(Exception):
    """The connection is of no use any more; a sane station makes a new one later."""

    def __init__(self, why: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after_s = retry_after_s


class Member:
    __slots__ = (
        "acknowledged",
        "answered_s",
        "buffer",
        "calls",
        "charging",
        "failures",
        "kind",
        "next_s",
        "number",
        "phase",
        "sent_s",
        "standing",
        "unsure",
    )

    def __init__(self, number: int, standing: Standing) -> None:
        self.number = number
        self.standing = standing
        self.charging = standing.charges(number)
        self.phase = Phase.AWAY
        self.kind = Kind.NONE
        self.sent_s = 0.0  # when the open call was sent, or the connection begun
        self.next_s = 0.0  # when it wants to be called again
        self.answered_s = 0.0  # the first call since it was last cut off; 0: not yet
        self.buffer = b""
        self.calls = 0
        self.failures = 0  # in a row
        self.acknowledged = 0  # readings
        self.unsure = 0  # readings whose answer did not come: stored, or not

    def hello(self, host: str, port: int) -> bytes:
        self.phase = Phase.UPGRADING
        return (
            f"GET /ocpp/{identity_of(self.number)} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n"
            "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
        ).encode()

    def heard(self, data: bytes, now_s: float) -> bytes:
        """What to send at once. Errors: BrokenLinkError."""
        if not data:
            raise BrokenLinkError("closed")
        if self.phase is Phase.UPGRADING:
            return self._upgraded(data, now_s)
        if not self.buffer:
            if data == EMPTY_PING:
                return EMPTY_PONG
            text = whole_text(data)
            if text is not None and text.startswith(b"[3"):
                return self._answered(now_s)
        return self._frames(data, now_s)

    def due(self, now_s: float) -> bytes:
        """Its time has come to say something; nothing while a call is open."""
        if self.phase is not Phase.ONLINE or self.kind is not Kind.NONE:
            return b""
        quiet = Kind.STATUS if self.standing.restless_s else Kind.HEARTBEAT
        return self._call(Kind.METER if self.charging else quiet, now_s)

    @property
    def every_s(self) -> float:
        return self.standing.restless_s or (METER_S if self.charging else HEARTBEAT_S)

    def stuck(self, now_s: float) -> bool:
        waits = self.kind is not Kind.NONE or self.phase in {Phase.CONNECTING, Phase.UPGRADING}
        return waits and now_s - self.sent_s > SILENCE_S_MAX

    def lost(self) -> None:
        """The socket is gone; an open call is said anew later, as a station keeps it."""
        self.unsure += self.kind is Kind.METER
        self.phase = Phase.AWAY
        self.kind = Kind.NONE
        self.buffer = b""

    def wait_s(self, chance: random.Random, retry_after_s: float) -> float:
        """Until a sane station tries again: at its server's word, else later each time.

        Up to as much again by chance, so that they do not all come in step.
        """
        self.failures += 1
        patience_s = retry_after_s or BACKOFF_S * float(2 ** (self.failures - 1))
        return min(patience_s, BACKOFF_S_MAX) * (1 + chance.random())

    def _upgraded(self, data: bytes, now_s: float) -> bytes:
        head, end, rest = (self.buffer + data).partition(b"\r\n\r\n")
        if not end:
            self.buffer += data
            return b""
        if not head.startswith(SWITCHED):
            raise refusal(head)
        self.phase = Phase.ONLINE
        self.buffer = b""
        self.failures = 0
        # Whoever charges has a reading to deliver: the message that money hangs on comes first.
        said = self._call(Kind.METER if self.charging else Kind.BOOT, now_s)
        return said + self._frames(rest, now_s) if rest else said

    def _frames(self, data: bytes, now_s: float) -> bytes:
        buffer = bytearray(self.buffer + data)
        said = b""
        for opcode, payload in split(buffer):
            if opcode == PING:
                said += client_frame(payload, PONG)
            elif opcode == CLOSE:
                raise BrokenLinkError(f"closed with {int.from_bytes(payload[:2], 'big')}")
            elif opcode == TEXT and payload.startswith(b"[2"):
                said += client_frame(answer_to(payload))
            elif opcode == TEXT:
                if not payload.startswith(b"[3"):
                    raise BrokenLinkError("a call was answered with an error")
                said += self._answered(now_s)
        self.buffer = bytes(buffer)
        return said

    def _answered(self, now_s: float) -> bytes:
        kind, self.kind = self.kind, Kind.NONE
        if not self.answered_s:
            self.answered_s = now_s
        if kind is Kind.METER:
            self.acknowledged += 1
        return self._call(Kind.STATUS, now_s) if kind is Kind.BOOT else b""

    def _call(self, kind: Kind, now_s: float) -> bytes:
        self.kind = kind
        self.sent_s = now_s
        self.calls += 1
        text = f'[2,"{self.calls}",{self._body(kind)}]'
        return client_frame(text.encode())

    def _body(self, kind: Kind) -> str:
        match kind:
            case Kind.BOOT:
                return BOOT
            case Kind.STATUS:
                return STATUS % (STATUSES[self.calls % 2], wire_time(time.time_ns() // 1_000))
            case Kind.METER:
                at = time.time_ns() // 1_000
                values = sampled_values_text(self.standing.wh_at(at))
                return METER % (transaction_of(self.number), wire_time(at), values)
            case _:
                return '"Heartbeat",{}'


BOOT: Final = (
    '"BootNotification",{"chargePointVendor":"Ogniwo","chargePointModel":"Benchmark 11",'
    '"firmwareVersion":"1.0"}'
)
STATUS: Final = (
    '"StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"%s","timestamp":"%s"}'
)
STATUSES: Final = ("Available", "Preparing")  # the second call after a boot says "Available"
METER: Final = (
    '"MeterValues",{"connectorId":1,"transactionId":%d,"meterValue":[{"timestamp":"%s",'
    '"sampledValue":%s}]}'
)


def wire_time(at_us: int) -> str:
    at = datetime.fromtimestamp(at_us / US_PER_SECOND, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1_000:03}Z"


def refusal(head: bytes) -> BrokenLinkError:
    status = head.split(None, 2)[1].decode()
    _, found, told = head.lower().partition(b"\r\nretry-after:")
    wait_s = float(told.split(None, 1)[0]) if found else 0.0
    return BrokenLinkError(f"refused with {status}", retry_after_s=wait_s)
