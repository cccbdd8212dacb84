"""A station told by the test what to say, frame by frame, on any number of sockets at once.

What it said and what was acknowledged goes into its books, as those of the fleet do; frames
sent into a socket that nobody reads (``mutter``) do not.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.system.crash.books import Books, Stay
from tests.system.crash.words import WORDS, Payload
from tests.system.station import now
from tests.system.wire import ANSWER_WITHIN_S, Wire

MINUTE = timedelta(minutes=1)


class Talker:
    """One car at its EVSE 1."""

    def __init__(self, identity: str, version: str, token: str) -> None:
        self.identity = identity
        self.version = version
        self.books = Books(identity)
        self.stay = Stay(identity, 1, token, 1_000, now() - 60 * MINUTE)
        self._words = WORDS[version]
        self.stay.transaction_id = self._words.transaction_id(0, self.stay)
        self._at = self.stay.begin_at
        self._wh = self.stay.begin_wh
        self._said = 0

    @asynccontextmanager
    async def at(self, url: str) -> AsyncIterator[Wire]:
        """Connected, and nothing said yet."""
        async with connect(
            url,
            subprotocols=[Subprotocol(self.version)],
            ping_interval=None,
            close_timeout=1,
            compression=None,
        ) as socket:
            yield Wire(socket)

    # -- what happens at the station: a payload, to be said once or more often -----------------

    def starts(self) -> tuple[str, Payload]:
        self.books.stays.append(self.stay)
        return self._words.start_action, self._words.start(self.stay)

    def measures(self) -> tuple[str, Payload]:
        self._at += MINUTE
        self._wh += 250
        values = self._words.values(self.stay, [(self._at, self._wh)])
        return self._words.values_action, values

    def stops(self) -> tuple[str, Payload]:
        self._at += MINUTE
        self._wh += 50
        self.stay.end_at, self.stay.end_wh = self._at, self._wh
        return self._words.stop_action, self._words.stop(self.stay)

    def asks(self) -> tuple[str, Payload]:
        return "Authorize", self._words.authorize(self.stay.token)

    # -- how it is said ------------------------------------------------------------------------

    async def boot(self, wire: Wire) -> None:
        answer = await self.say(wire, ("BootNotification", self._words.boot()))
        assert answer["status"] == "Accepted", answer

    async def say(self, wire: Wire, told: tuple[str, Payload]) -> Payload:
        text = self._frame(told)
        self.books.sent[text] += 1
        await wire.send(text)
        async with asyncio.timeout(ANSWER_WITHIN_S):
            answer = str(await wire.socket.recv())
        kind, _, payload = json.loads(answer)
        assert kind == 3, f"{text} was answered {answer}"
        if told[0] != "Heartbeat":  # answered from memory, on purpose, and not kept
            self.books.acknowledged[text, answer] += 1
        self._words.learn(self.stay, payload)
        said: Payload = payload
        return said

    async def mutter(self, wire: Wire, told: tuple[str, Payload]) -> str:
        """Say it and expect no answer; the text."""
        text = self._frame(told)
        await wire.send(text)
        return text

    def _frame(self, told: tuple[str, Payload]) -> str:
        action, payload = told
        self._said += 1
        return json.dumps([2, f"{self.identity}-{self._said}", action, self._complete(payload)])

    def _complete(self, payload: Payload) -> Payload:
        known = self.stay.transaction_id is not None
        return self._words.complete(payload, self.stay) if known else payload


async def last_words(wire: Wire) -> tuple[list[Any], int | None]:
    """Whatever still comes on this socket until the server closes it, and its code."""
    heard: list[Any] = []
    try:
        while True:
            heard.append(await wire.receive())
    except ConnectionClosed:
        return heard, wire.socket.close_code
