"""One station of a trace, played: what it said is said again, in its order, one call at a time.

The feeder puts its lines in; the player sees to the connection, waits for each answer and answers
the CSMS's own calls as the recorded station did. Pace and order between stations are the feeder's.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import aiohttp

from ogniwo.sim.replay_answers import Asked, answered_id, order_in, read_call, verdict
from ogniwo.sim.replay_result import Result
from ogniwo.sim.replay_rewrite import TransactionIds, shift_times
from ogniwo.sim.replay_survey import Recorded
from ogniwo.sim.replay_trace import Line
from ogniwo.sim.wire import Dial, Wire, WireError

TRIES_MAX: Final = 3  # connections for one message
SILENT_MAX: Final = 3  # calls in a row without an answer; then the CSMS has gone deaf
NOISE_PATIENCE_S: Final = 2.0  # nobody must answer what is no call
CLOSE_S_MAX: Final = 5.0
NUMBERED: Final = "ocpp1.6"  # the version in which the CSMS numbers the transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What all players of a replay share."""

    dial: Dial
    doors: asyncio.Semaphore  # handshakes at the same time
    tasks: asyncio.TaskGroup
    result: Result
    shift_s: int
    patience_s: float
    retry_s: float  # before the second try; doubled before the third
    ended: Callable[[int], None]  # told the line's number when nothing more comes of it


class Player:
    def __init__(self, identity: str, recorded: Recorded, stage: Stage) -> None:
        self._identity = identity
        self._recorded = recorded
        self._stage = stage
        self._result = stage.result
        self._lines: asyncio.Queue[tuple[int, Line] | None] = asyncio.Queue()
        self._ids = TransactionIds()
        self._wire: Wire | None = None
        self._reader: asyncio.Task[None] | None = None
        self._over: tuple[str, str | None] = ("", None)  # protocol and connection played now
        self._open: tuple[object, asyncio.Future[str]] | None = None
        self._silent = 0
        self._gone = False

    def put(self, number: int, line: Line) -> None:
        self._lines.put_nowait((number, line))

    def end(self) -> None:
        """After what was put in, hang up."""
        self._lines.put_nowait(None)

    def leave(self) -> None:
        """Send nothing more."""
        self._gone = True
        self.end()

    async def run(self) -> None:
        while (item := await self._lines.get()) is not None:
            number, line = item
            try:
                if not self._gone:
                    await self._play(number, line)
            finally:
                self._stage.ended(number)
        await self._hang_up()

    async def _play(self, number: int, line: Line) -> None:
        asked = read_call(line.call, line.answer)
        text = self._rewritten(line)
        answer = None
        for again in range(TRIES_MAX):
            try:
                answer = await self._exchange(await self._linked(line), text, asked)
                break
            except OSError as error:
                self._result.last_error = str(error) or type(error).__name__
                # Hanging up is an answer too, when it was no message that we sent.
                answered = self._wire is not None and not asked.readable
                if answered or _is_final(error) or again == TRIES_MAX - 1:
                    break
                await asyncio.sleep(self._stage.retry_s * 2**again)
        if self._wire is None:
            self._give_up()
            return
        self._result.sent += 1
        self._judge(number, line, asked, answer)

    def _rewritten(self, line: Line) -> str:
        text = shift_times(line.call, self._stage.shift_s)
        return self._ids.translate(text) if line.protocol == NUMBERED else text

    def _judge(self, number: int, line: Line, asked: Asked, answer: str | None) -> None:
        if asked.message_id is None:
            return
        if answer is None and asked.readable:
            self._result.missing += 1
            self._silent += 1
            if self._silent == SILENT_MAX:
                self._give_up()
            return
        self._silent = 0
        if line.protocol == NUMBERED:
            self._ids.learn(line.answer, answer)
        action = line.action or asked.action
        self._result.compare(number, action, verdict(line.answer), verdict(answer))

    def _give_up(self) -> None:
        self._gone = True
        if self._over[0]:
            self._result.given_up += 1
        else:
            self._result.refused += 1

    # -- the connection

    async def _linked(self, line: Line) -> Wire:
        over = (line.protocol, line.connection)
        if self._wire is not None and not self._wire.closed and over == self._over:
            return self._wire
        await self._hang_up()
        async with self._stage.doors:
            wire = await self._stage.dial(self._identity, line.protocol)
        self._result.connections += 1
        self._wire, self._over = wire, over
        name = f"listen {self._identity}"
        self._reader = self._stage.tasks.create_task(self._listen(wire), name=name)
        return wire

    async def _hang_up(self) -> None:
        wire, self._wire = self._wire, None
        reader, self._reader = self._reader, None
        if wire is not None:
            await wire.close()
        if reader is not None:
            await asyncio.wait((reader,), timeout=CLOSE_S_MAX)
            reader.cancel()

    async def _exchange(self, wire: Wire, text: str, asked: Asked) -> str | None:
        """The answer; None when none came in time, or none is due. Errors: OSError."""
        if asked.message_id is None:
            await wire.send(text)
            return None
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._open = (asked.message_id, future)
        patience_s = self._stage.patience_s
        try:
            await wire.send(text)
            done, _ = await asyncio.wait(
                (future,), timeout=patience_s if asked.readable else NOISE_PATIENCE_S
            )
            return future.result() if done else None
        finally:
            self._open = None

    async def _listen(self, wire: Wire) -> None:
        try:
            while (text := await wire.receive()) is not None:
                await self._heard(wire, text)
        except OSError as error:
            self._result.last_error = str(error)
        if self._open is not None and self._wire is wire and not self._open[1].done():
            self._open[1].set_exception(WireError("the CSMS closed the connection"))

    async def _heard(self, wire: Wire, text: str) -> None:
        order = order_in(text)
        if order is not None:
            message_id, action = order
            answer = self._recorded.answers.answer(action, message_id)
            await wire.send(shift_times(answer, self._stage.shift_s))
            self._result.orders += 1
        elif self._open is not None and _same(answered_id(text), self._open[0]):
            if not self._open[1].done():
                self._open[1].set_result(text)
        else:
            self._result.unasked += 1


def _same(answered: object, asked: object) -> bool:
    """Some systems answer a number with its text."""
    return answered is not None and str(answered) == str(asked)


def _is_final(error: OSError) -> bool:
    """Whom a CSMS does not know or let in now, it will not in a second."""
    refusal = error.__cause__
    if not isinstance(refusal, aiohttp.WSServerHandshakeError):
        return False
    return HTTPStatus.BAD_REQUEST <= refusal.status < HTTPStatus.TOO_MANY_REQUESTS
