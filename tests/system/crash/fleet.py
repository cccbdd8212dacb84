"""Stations under full load that lose their server: a tiny client of our own, one call at a time.

A transaction message that was not acknowledged is sent again, before any later one, with the
same content and by chance with the same message id. Everything else is forgotten, as stations do.
"""

import asyncio
import json
import os
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from tests.system.crash.books import Books, Stay
from tests.system.crash.words import WORDS, Payload
from tests.system.server import Api, Server, api_of
from tests.system.station import now
from tests.system.versions import a_token

EVSES: Final = (1, 2)
RETRY_S: Final = (0.02, 0.15)
ANSWER_WITHIN_S: Final = 20.0
READINGS_MAX: Final = 40
STEP_S: Final = 1
STATIONS: Final = 9
VERSIONS: Final = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
FINISH_WITHIN_S: Final = 40


@dataclass
class Pending:
    """A transaction message in the station's queue; ``payload`` is made when its turn comes."""

    action: str
    stay: Stay
    payload: Payload
    message_id: str | None = None
    tries: int = 0


class LostError(Exception):
    """The server went away before it answered."""


class LoadStation:
    """Tries one of ``urls`` after the other whenever it has lost its server."""

    def __init__(
        self, identity: str, version: str, urls: Sequence[str], tokens: list[str], seed: int
    ) -> None:
        self.books = Books(identity)
        self._urls = cycle(urls)
        self.connected = 0  # times
        self.finishing = False
        self._version = version
        self._words = WORDS[version]
        self._tokens = tokens
        self._chance = random.Random(f"{seed} {identity}")
        self._at = now()  # ahead of time later on, by less than is held to be a wrong clock
        self._register_wh = dict.fromkeys(EVSES, 1_000)
        self._queue: deque[Pending] = deque()
        self._plots = {evse: self._life_of(evse) for evse in EVSES}
        self._current: dict[int, Stay] = {}
        self._numbers = 0
        self._socket: ClientConnection | None = None

    def lose_link(self) -> None:
        """The network goes, with what was on its way; the server need not notice."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def live(self) -> None:
        """Until told to finish and everything is delivered."""
        while not self._done:
            try:
                async with connect(
                    next(self._urls),
                    subprotocols=[Subprotocol(self._version)],
                    ping_interval=None,
                    open_timeout=ANSWER_WITHIN_S,
                    compression=None,
                ) as socket:
                    self.connected += 1
                    self._socket = socket
                    await self._converse(socket)
            except (OSError, WebSocketException, LostError, TimeoutError):
                self._go_on_without_server()
                await asyncio.sleep(self._chance.uniform(*RETRY_S))

    @property
    def _busy(self) -> list[int]:
        return [evse for evse, stay in self._current.items() if stay.end_wh is None]

    @property
    def _done(self) -> bool:
        return self.finishing and not self._queue and not self._busy

    async def _converse(self, socket: ClientConnection) -> None:
        if self._chance.random() < 0.3:
            self._numbers = 0  # a restart: message ids begin anew, for other messages
        try:
            if self.connected == 1 or self._chance.random() < 0.5:
                await self._tell(socket, "BootNotification", self._words.boot())
            while not self._done:
                if self._queue:
                    await self._deliver(socket, self._queue[0])
                    self._queue.popleft()
                elif self._chance.random() < 0.15:
                    await self._small_talk(socket)
                else:
                    self._go_on()
        finally:
            with suppress(WebSocketException):
                await socket.close()
            self.books.close_codes[socket.close_code] += 1

    # -- what happens at the station ---------------------------------------------------------

    def _go_on(self) -> None:
        """Something happens at one of the EVSEs; when finishing, only where a car still is."""
        evses = self._busy if self.finishing else EVSES
        self._queue.append(next(self._plots[self._chance.choice(evses)]))

    def _go_on_without_server(self) -> None:
        if not self.finishing and self._chance.random() < 0.3:
            for _ in range(self._chance.randint(1, 5)):
                self._go_on()

    def _life_of(self, evse: int) -> Iterator[Pending]:
        """Session after session, each message the next of its EVSE."""
        words, token = self._words, self._tokens[evse - 1]
        while True:
            stay = Stay(self.books.identity, evse, token, self._register_wh[evse], self._now())
            stay.transaction_id = words.transaction_id(len(self.books.stays), stay)
            self.books.stays.append(stay)
            self._current[evse] = stay
            yield Pending(words.start_action, stay, words.start(stay))
            for _ in range(self._chance.randint(0, READINGS_MAX)):
                if self.finishing:
                    break
                count = self._chance.randint(1, 2)
                readings = [(self._now(), self._more(evse)) for _ in range(count)]
                yield Pending(words.values_action, stay, words.values(stay, readings))
            stay.end_at, stay.end_wh = self._now(), self._more(evse)
            yield Pending(words.stop_action, stay, words.stop(stay))

    def _now(self) -> datetime:
        self._at += timedelta(seconds=STEP_S)
        return self._at

    def _more(self, evse: int) -> int:
        self._register_wh[evse] += self._chance.randint(0, 9)
        return self._register_wh[evse]

    # -- what it says ------------------------------------------------------------------------

    async def _small_talk(self, socket: ClientConnection) -> None:
        action, payload = self._chance.choice(
            [
                ("StatusNotification", self._words.status(self._chance.choice(EVSES))),
                ("Authorize", self._words.authorize(self._tokens[0])),
                ("Heartbeat", {}),
            ]
        )
        await self._tell(socket, action, payload)

    async def _tell(self, socket: ClientConnection, action: str, payload: Payload) -> None:
        await self._call(socket, action, payload, self._message_id())

    async def _deliver(self, socket: ClientConnection, pending: Pending) -> None:
        if pending.message_id is None or self._chance.random() < 0.5:
            pending.message_id = self._message_id()
        self.books.resent += pending.tries > 0
        pending.tries += 1
        payload = self._words.complete(pending.payload, pending.stay)
        answer = await self._call(socket, pending.action, payload, pending.message_id)
        self._words.learn(pending.stay, answer)

    async def _call(
        self, socket: ClientConnection, action: str, payload: Payload, message_id: str
    ) -> Payload:
        text = json.dumps([2, message_id, action, payload])
        self.books.sent[text] += 1
        await socket.send(text)
        async with asyncio.timeout(ANSWER_WITHIN_S):
            answer = str(await socket.recv())
        frame = json.loads(answer)
        if frame[:2] != [3, message_id]:
            self.books.refused.append(f"{text} was answered {answer}")
            raise LostError
        if action != "Heartbeat":  # answered from memory, on purpose, and not kept
            self.books.acknowledged[text, answer] += 1
        said: Payload = frame[2]
        return said

    def _message_id(self) -> str:
        """Simple stations number their messages, so the ids of all of them overlap."""
        self._numbers += 1
        return str(self._numbers)


def a_seed() -> int:
    """Set OGNIWO_CRASH_SEED to have the moments and the content of a failed run again."""
    return int(os.environ.get("OGNIWO_CRASH_SEED") or time.time_ns() % 1_000_000)  # noqa: TID251 - any number will do


async def a_fleet(server: Server, seed: int) -> list[LoadStation]:
    async with api_of(server) as api:
        return await fleet_at(api, seed, lambda name: [server.url(name)])


async def fleet_at(
    api: Api, seed: int, urls_of: Callable[[str], Sequence[str]], *, prefix: str = "LOAD"
) -> list[LoadStation]:
    fleet: list[LoadStation] = []
    for number in range(STATIONS):
        name = f"{prefix}-{number}"
        tokens = [await api.token(a_token()) for _ in EVSES]
        version = VERSIONS[number % len(VERSIONS)]
        fleet.append(LoadStation(name, version, urls_of(name), tokens, seed))
    return fleet


async def heard_anew(fleet: Sequence[LoadStation], *, within_s: float) -> None:
    """Until every station has heard an answer that it had not heard before."""
    before = [it.books.acknowledged.total() for it in fleet]
    async with asyncio.timeout(within_s):
        while any(  # noqa: ASYNC110 - the books tell nobody that they grew
            it.books.acknowledged.total() <= count for it, count in zip(fleet, before, strict=True)
        ):
            await asyncio.sleep(0.05)


@asynccontextmanager
async def living(fleet: Sequence[LoadStation]) -> AsyncIterator[None]:
    """The fleet charges; in the end every car leaves and every queue is emptied."""
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(it.live(), name=it.books.identity) for it in fleet]
    try:
        yield
        for station in fleet:
            station.finishing = True
        _, late = await asyncio.wait(tasks, timeout=FINISH_WITHIN_S)
        assert not late, f"could not finish: {sorted(task.get_name() for task in late)}"
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results == [None] * len(tasks), results
