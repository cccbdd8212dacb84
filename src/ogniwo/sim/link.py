"""A station's link to its CSMS: one socket at a time, one CALL at a time, for ever.

Two tasks live while a socket does: this one reads (and answers the CSMS strictly in order), the
talker sends what the outbox holds and waits for each answer. What messages mean is the
station's business.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final, Protocol

import msgspec

from ogniwo.base.limits import CALL_TIMEOUT_S
from ogniwo.ocpp.messages import Payload
from ogniwo.sim.outbox import Outbox, Outgoing
from ogniwo.sim.stats import Stats
from ogniwo.sim.wire import Dial, Wire

BACKOFF_DOUBLINGS_MAX: Final = 5

_CALL, _RESULT, _ERROR = 2, 3, 4


class CallRefusedError(Exception):
    """We answer with a CALLERROR. Wire business only, so not part of Ogniwo's own tree."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    payload: Payload
    then: Callable[[], None] | None = None  # done once the answer is on its way


class Subscriber(Protocol):
    """Whoever owns the link."""

    def connected(self) -> None: ...
    def disconnected(self) -> None: ...
    def hear(self, action: str, payload: object) -> Answer: ...
    def read(self, action: str, payload: object) -> Payload: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What all stations of a fleet share to reach the CSMS."""

    dial: Dial
    doors: asyncio.Semaphore  # handshakes at the same time
    stats: Stats
    retry_s: float  # real seconds before the first new attempt
    run_name: str  # makes message ids differ from those of earlier runs


class Link:
    def __init__(
        self, *, identity: str, subprotocol: str, line: Line, outbox: Outbox, rng: Random
    ) -> None:
        self._identity = identity
        self._subprotocol = subprotocol
        self._line = line
        self._outbox = outbox
        self._rng = rng
        self._calls = 0
        self._failures = 0
        self._open: tuple[str, asyncio.Future[object]] | None = None
        self._powered = asyncio.Event()
        self._powered.set()
        self._ending = asyncio.Event()
        self.up = False

    async def run(self, subscriber: Subscriber) -> None:
        """Connect, live, reconnect; returns after ``end``."""
        while not self._ending.is_set():
            await self._powered.wait()
            try:
                await self._live_once(subscriber)
            except (OSError, TimeoutError) as error:
                self._line.stats.link_failed(_reason(error))
            await self._rest()

    def cut(self) -> None:
        """Lose the link; it comes back by itself."""
        self._outbox.hang_up()
        if self._open is not None and not self._open[1].done():
            self._open[1].set_exception(ConnectionAbortedError("the station hung up"))

    def switch_off(self) -> None:
        """As when the station loses power: no link until ``switch_on``."""
        self._powered.clear()
        self.cut()

    def switch_on(self) -> None:
        self._failures = 0
        self._powered.set()

    def end(self) -> None:
        self._ending.set()
        self._powered.set()
        self.cut()

    async def _live_once(self, subscriber: Subscriber) -> None:
        async with self._line.doors:
            wire = await self._line.dial(self._identity, self._subprotocol)
        self.up = True
        self._line.stats.connected += 1
        self._line.stats.ever_connected += 1
        self._failures = 0
        try:
            self._outbox.pick_up()
            subscriber.connected()
            async with asyncio.TaskGroup() as tasks:
                talk = self._talk(wire, subscriber)
                talker = tasks.create_task(talk, name=f"talk {self._identity}")
                await self._listen(wire, subscriber)
                talker.cancel()
        finally:
            self.up = False
            self._line.stats.connected -= 1
            await wire.close()
            subscriber.disconnected()

    async def _listen(self, wire: Wire, subscriber: Subscriber) -> None:
        try:
            while (text := await wire.receive()) is not None:
                await self._heard(wire, text, subscriber)
        except OSError as error:
            self._line.stats.link_failed(_reason(error))

    async def _talk(self, wire: Wire, subscriber: Subscriber) -> None:
        while not wire.closed and (item := await self._outbox.take()) is not None:
            try:
                payload = await self._call(wire, item)
            except CallRefusedError as error:
                self._line.stats.call_refused(f"{item.action}: {error.code} {error}")
                self._outbox.refused(item)
            except (TimeoutError, OSError) as error:
                # Silence for this long means that the link is dead, whatever TCP thinks.
                if not isinstance(error, ConnectionAbortedError):
                    self._line.stats.link_failed(f"no answer to {item.action}")
                self._outbox.put_back(item)
                break
            except asyncio.CancelledError:
                self._outbox.put_back(item)
                raise
            else:
                self._told(item, payload, subscriber)
        await wire.close()

    def _told(self, item: Outgoing, payload: object, subscriber: Subscriber) -> None:
        try:
            answer = subscriber.read(item.action, payload)
        except msgspec.ValidationError as error:
            self._line.stats.call_refused(f"answer to {item.action} is not valid: {error}")
            self._outbox.answered(item, None)
            return
        self._outbox.answered(item, answer)

    async def _call(self, wire: Wire, item: Outgoing) -> object:
        self._calls += 1
        call_id = f"{self._line.run_name}-{self._calls}"
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._open = (call_id, future)
        try:
            await self._send(wire, (_CALL, call_id, item.action, item.build()))
            async with asyncio.timeout(CALL_TIMEOUT_S):
                return await future
        finally:
            self._open = None

    async def _heard(self, wire: Wire, text: str, subscriber: Subscriber) -> None:
        self._line.stats.received += 1
        try:
            frame = msgspec.json.decode(text)
        except msgspec.DecodeError:
            self._line.stats.call_refused("the CSMS sent something that is not JSON")
            return
        match frame:
            case [2, str(call_id), str(action), payload]:
                await self._answer(wire, call_id, subscriber, action=action, payload=payload)
            case [3, str(call_id), payload]:
                self._settle(call_id, payload)
            case [4, str(call_id), code, text, *_]:
                self._settle(call_id, CallRefusedError(str(code), str(text)))
            case _:
                self._line.stats.call_refused(f"the CSMS sent an unexpected frame: {text[:80]}")

    async def _answer(
        self,
        wire: Wire,
        call_id: str,
        subscriber: Subscriber,
        *,
        action: str,
        payload: object,
    ) -> None:
        try:
            answer = subscriber.hear(action, payload)
        except CallRefusedError as error:
            await self._send(wire, (_ERROR, call_id, error.code, str(error)[:255], {}))
            return
        await self._send(wire, (_RESULT, call_id, answer.payload))
        if answer.then is not None:
            answer.then()

    def _settle(self, call_id: str, outcome: object) -> None:
        if self._open is None or self._open[0] != call_id or self._open[1].done():
            self._line.stats.call_refused("the CSMS answered a call that is not open")
        elif isinstance(outcome, CallRefusedError):
            self._open[1].set_exception(outcome)
        else:
            self._open[1].set_result(outcome)

    async def _send(self, wire: Wire, frame: tuple[object, ...]) -> None:
        self._line.stats.sent += 1
        await wire.send(msgspec.json.encode(frame).decode())

    async def _rest(self) -> None:
        """Back-off, cut short by the end."""
        doublings = min(self._failures, BACKOFF_DOUBLINGS_MAX)
        self._failures += 1
        try:
            async with asyncio.timeout(
                self._line.retry_s * 2.0**doublings * self._rng.uniform(0.8, 1.4)
            ):
                await self._ending.wait()
        except TimeoutError:
            return


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
