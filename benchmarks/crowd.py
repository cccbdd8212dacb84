"""Many stations in one process, as cheap as Python allows: ``python -m benchmarks.crowd``.

One epoll loop over plain sockets. It is told what to do by lines of JSON on its standard input
(``connect``, ``reconnect``, ``report``, ``quiet``) and answers each with one line.
"""

import argparse
import errno
import gc
import heapq
import json
import os
import random
import select
import socket
import sys
import time
from collections import Counter, deque
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.member import BrokenLinkError, Kind, Member, Phase
from benchmarks.standing import Standing

HOST: Final = "127.0.0.1"
RECEIVE_BYTES: Final = 65_536
SWEEP_S: Final = 5.0
TIMERS_AT_ONCE: Final = 100  # then whatever has come in is heard
CHECK_S: Final = 0.1  # between two looks whether all is done
ADDRESSES: Final = 16  # of a crowd: an address has too few ports to find a free one quickly
GENTLE_MAX: Final = 400  # connections being made at once when there is no hurry
IP_BIND_ADDRESS_NO_PORT: Final = 24  # the port is chosen with the connection, when it is known free
RESET: Final = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # SO_LINGER of 0 s: cut, do not close
COMMANDS: Final = 0  # the file number of standard input


class Crowd:
    def __init__(self, members: list[Member], *, port: int, network: str) -> None:
        self._members = members
        self._port = port
        self._network = network
        self._epoll = select.epoll()
        self._epoll.register(COMMANDS, select.EPOLLIN)
        self._sockets: dict[int, tuple[socket.socket, Member]] = {}
        self._numbers: dict[int, int] = {}  # of the sockets, by that of the member
        self._waiting: deque[Member] = deque()  # to be connected, gently
        self._making = 0  # connections being made gently
        self._timers: list[tuple[float, int]] = []
        self._chance = random.Random(members[0].number)
        self._broken: Counter[str] = Counter()
        self._quiet = False
        self._asked: tuple[dict[str, Any], float] | None = None  # and since when
        self._swept_s = 0.0
        self._checked_s = 0.0
        self._connected_s: dict[int, float] = {}

    # -- the loop ----------------------------------------------------------------------------

    def run(self) -> None:
        """Until standard input ends."""
        going = True
        while going:
            now_s = time.perf_counter()
            next_s = self._timers[0][0] if self._timers else now_s + 1.0
            for number, event in self._epoll.poll(min(max(next_s - now_s, 0.0), 0.2)):
                if number == COMMANDS:
                    going = self._obey()
                    break  # what else is ready may be of sockets that are no more
                if number in self._sockets:
                    self._ready(number, event)
            self._tick(time.perf_counter())
        for connection, _ in self._sockets.values():
            connection.close()

    def _tick(self, now_s: float) -> None:
        for _ in range(TIMERS_AT_ONCE):
            if not self._timers or self._timers[0][0] > now_s:
                break
            at_s, number = heapq.heappop(self._timers)
            member = self._members[number - self._members[0].number]
            if member.next_s == at_s:  # else it has another appointment since
                self._due(member, now_s)
        while self._waiting and self._making < GENTLE_MAX:
            self._making += 1
            self._connect(self._waiting.popleft(), now_s)
        if now_s - self._swept_s > SWEEP_S:
            self._swept_s = now_s
            for _, member in list(self._sockets.values()):
                if member.stuck(now_s):
                    self._lose(member, BrokenLinkError("no answer"))
        if now_s - self._checked_s > CHECK_S:
            self._checked_s = now_s
            self._answer_if_done(now_s)

    def _due(self, member: Member, now_s: float) -> None:
        """Either to try again, or to say something."""
        if member.phase is Phase.AWAY:
            self._connect(member, now_s)
        elif not self._quiet:
            self._send(member, member.due(now_s))
            self._later(member, now_s + member.every_s)

    def _later(self, member: Member, at_s: float) -> None:
        member.next_s = at_s
        heapq.heappush(self._timers, (at_s, member.number))

    # -- sockets -----------------------------------------------------------------------------

    def _connect(self, member: Member, now_s: float) -> None:
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setblocking(False)  # noqa: FBT003 - the library's signature
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        connection.bind((f"{self._network}.{1 + member.number % ADDRESSES}", 0))
        number = connection.fileno()
        self._sockets[number] = connection, member
        self._numbers[member.number] = number
        member.phase = Phase.CONNECTING
        member.sent_s = now_s
        self._epoll.register(number, select.EPOLLOUT)
        failed = connection.connect_ex((HOST, self._port))
        if failed not in {0, errno.EINPROGRESS}:
            self._lose(member, BrokenLinkError(errno.errorcode[failed]))

    def _ready(self, number: int, event: int) -> None:
        connection, member = self._sockets[number]
        try:
            if event & select.EPOLLOUT:
                self._made(connection, member)
            else:
                self._heard(connection, member)
        except BrokenLinkError as error:
            self._lose(member, error)
        except OSError as error:
            why = errno.errorcode.get(error.errno or 0, "?")
            self._lose(member, BrokenLinkError(why))

    def _made(self, connection: socket.socket, member: Member) -> None:
        failed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failed:
            raise BrokenLinkError(errno.errorcode[failed])
        self._epoll.modify(connection.fileno(), select.EPOLLIN)
        connection.send(member.hello(HOST, self._port))

    def _heard(self, connection: socket.socket, member: Member) -> None:
        now_s = time.perf_counter()
        before = member.phase
        said = member.heard(connection.recv(RECEIVE_BYTES), now_s)
        if said and connection.send(said) != len(said):
            raise BrokenLinkError("the server does not read")
        if member.phase is not before:
            self._connected_s[member.number] = now_s
            self._made_one()
            self._later(member, now_s + member.every_s * self._chance.random())

    def _made_one(self) -> None:
        self._making = max(0, self._making - 1)

    def _send(self, member: Member, said: bytes) -> None:
        if not said:
            return
        connection, _ = self._sockets[self._numbers[member.number]]
        try:
            connection.send(said)
        except OSError as error:
            self._lose(member, BrokenLinkError(errno.errorcode.get(error.errno or 0, "?")))

    def _lose(self, member: Member, error: BrokenLinkError) -> None:
        self._broken[error.why] += 1
        if member.phase is not Phase.ONLINE:
            self._made_one()
        self._cut(member)
        wait_s = member.wait_s(self._chance, error.retry_after_s)
        self._later(member, time.perf_counter() + wait_s)

    def _cut(self, member: Member) -> None:
        connection, _ = self._sockets.pop(self._numbers.pop(member.number))
        self._epoll.unregister(connection.fileno())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.close()
        member.lost()

    # -- what it is told ---------------------------------------------------------------------

    def _obey(self) -> bool:
        line = sys.stdin.readline()
        if not line:
            return False
        asked = json.loads(line)
        do = str(asked["do"])
        if do == "connect":
            self._waiting.extend(self._members)
        elif do == "reconnect":
            self._reconnect()
        elif do == "quiet":
            self._quiet = True
        self._asked = asked, time.perf_counter()
        return True

    def _reconnect(self) -> None:
        """All are cut off at one moment, and all come back at once."""
        self._quiet = False
        self._timers.clear()
        self._broken.clear()
        self._connected_s.clear()
        for _, member in list(self._sockets.values()):
            self._cut(member)
        now_s = time.perf_counter()
        for member in self._members:
            member.answered_s = 0.0
            self._connect(member, now_s)

    def _answer_if_done(self, now_s: float) -> None:
        """Asked to connect: when all were answered, or the time is over. Else at once."""
        if self._asked is None:
            return
        asked, since_s = self._asked
        over = now_s - since_s > asked.get("within_s", 0.0)
        if asked["do"] == "quiet":
            done = all(member.kind is Kind.NONE for _, member in self._sockets.values())
        else:
            done = all(member.answered_s for member in self._members)
        if done or over:
            self._asked = None
            print(json.dumps(self._report(since_s)), flush=True)

    def _report(self, since_s: float) -> dict[str, object]:
        answered = [it for it in self._members if it.answered_s]
        return {
            "online": sum(it.phase is Phase.ONLINE for it in self._members),
            "acknowledged": sum(it.acknowledged for it in self._members),
            "unsure": sum(it.unsure for it in self._members),
            "open": sum(it.kind is not Kind.NONE for it in self._members),
            "broken": self._broken,
            "connected_s": [round(it - since_s, 3) for it in self._connected_s.values()],
            "charging_s": [round(it.answered_s - since_s, 3) for it in answered if it.charging],
            "booted_s": [round(it.answered_s - since_s, 3) for it in answered if not it.charging],
        }


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.crowd", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--network", required=True, help="of the addresses to come from: 127.0.2")
    parser.add_argument("--first", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--standing", type=Path, required=True, help="JSON of the network")
    options = parser.parse_args()
    standing = msgspec.json.decode(options.standing.read_bytes(), type=Standing)
    numbers = range(options.first, options.first + options.count)
    members = [Member(number, standing) for number in numbers]
    os.set_blocking(COMMANDS, True)
    gc.freeze()
    gc.disable()  # nothing here goes round in circles
    Crowd(members, port=options.port, network=options.network).run()


if __name__ == "__main__":
    main()
