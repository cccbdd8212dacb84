"""Our calls on one link: sent one at a time, and settled before the next frame is read.

A station may act on an order in the very frame after its answer. So the answer is settled in
the reader's own task: what the order became is durable before anything later is looked at.
"""

import asyncio
from dataclasses import dataclass

from ogniwo.app.link import Exchanged, Settle
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import OgniwoError
from ogniwo.base.units import MS_PER_SECOND, Instant
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.trace import Answered as AnsweredBy
from ogniwo.gateway.socket import Socket
from ogniwo.ocpp.catalogue import Version
from ogniwo.ocpp.codec import PayloadError
from ogniwo.ocpp.rpc.connection import Answered, Connection
from ogniwo.ocpp.rpc.frame import Error

_log = log.get("gateway.caller")


class LinkGoneError(OgniwoError):
    def __init__(self) -> None:
        super().__init__("the station disconnected before it answered")


@dataclass(frozen=True, slots=True)
class _Open:
    """A call that waits for its answer."""

    order: AnyOrder
    action: str
    message_id: str
    text: bytes
    sent_at: Instant
    settle: Settle
    settled: asyncio.Future[None]


class Caller:
    def __init__(
        self, socket: Socket, version: Version, connection: Connection, clock: Clock
    ) -> None:
        self._socket = socket
        self._version = version
        self._connection = connection
        self._clock = clock
        self._open: _Open | None = None
        self._calls = 0  # on this link

    async def call(
        self, order: AnyOrder, *, command_id: int, timeout_s: float, settle: Settle
    ) -> None:
        """Send an order as this version's call; ``settle`` is told how it ended, once."""
        # An order may take several calls: the answer to one, heard twice, is not the next one's.
        self._calls += 1
        message_id = f"{command_id}-{self._calls}"
        sent_at = self._clock.now_us()
        timeout_ms = round(timeout_s * MS_PER_SECOND)
        try:
            action, payload = self._version.to_call(order, command_id)
            text = self._connection.call(
                action, payload, message_id, self._clock.now_ms(), timeout_ms
            )
        except OgniwoError as error:
            await settle(_unsent(type(order).__name__, message_id, sent_at, str(error)))
            return
        settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        opened = _Open(order, action, message_id, text, sent_at, settle, settled)
        self._open = opened
        try:
            await self._socket.send(text)
            await asyncio.wait_for(asyncio.shield(settled), timeout_s)
        except TimeoutError:
            if self._open is not opened:  # the answer came at the last moment: let it be settled
                await settled
                return
            self._open = None
            self._connection.expired(self._clock.now_ms() + timeout_ms)
            await settle(self._unanswered(opened, timed_out=True))
        except OgniwoError:  # the socket or the link went away
            self._open = None
            await settle(self._unanswered(opened, timed_out=False))

    async def answered(self, answered: Answered, text: bytes) -> None:
        """Called by the reader, which goes on when this has returned."""
        opened, self._open = self._open, None
        if opened is None:
            return
        exchanged, dispute = self._exchanged(opened, answered, text)
        try:
            await opened.settle(exchanged)
        finally:
            if not opened.settled.done():
                opened.settled.set_result(None)
        if dispute is not None:
            await self._socket.send(dispute)

    def close(self) -> None:
        """The socket is gone: whoever waits for an answer learns it now."""
        self._connection.close()
        if self._open is not None and not self._open.settled.done():
            self._open.settled.set_exception(LinkGoneError())

    def _exchanged(
        self, opened: _Open, answered: Answered, text: bytes
    ) -> tuple[Exchanged, bytes | None]:
        """What the answer amounts to, and what to tell the station if it is of no use."""
        answer = answered.answer
        outcome = problem = dispute = None
        if isinstance(answer, Error):
            problem = f"{answer.code}: {answer.description}" if answer.description else answer.code
        else:
            try:
                outcome = self._version.to_outcome(opened.order, opened.action, answer.payload)
            except PayloadError as error:
                problem = f"the station's answer breaks the protocol: {error}"
                dispute = self._connection.dispute(answered, error.fault, str(error))
            except Exception:  # noqa: BLE001 - our bug: the order must end all the same
                _log.exception("answer_crashed", action=opened.action)
                problem = "the station's answer could not be processed"
        exchanged = Exchanged(
            action=opened.action,
            message_id=opened.message_id,
            sent_at=opened.sent_at,
            latency_us=self._clock.now_us() - opened.sent_at,
            call=opened.text,
            answer=text,
            answered=AnsweredBy.ERROR if isinstance(answer, Error) else AnsweredBy.RESULT,
            outcome=outcome,
            problem=problem,
        )
        return exchanged, dispute

    def _unanswered(self, opened: _Open, *, timed_out: bool) -> Exchanged:
        return Exchanged(
            action=opened.action,
            message_id=opened.message_id,
            sent_at=opened.sent_at,
            latency_us=self._clock.now_us() - opened.sent_at,
            call=opened.text,
            answer=None,
            answered=AnsweredBy.NONE,
            problem="the station did not answer in time" if timed_out else str(LinkGoneError()),
            timed_out=timed_out,
        )


def _unsent(action: str, message_id: str, at: Instant, problem: str) -> Exchanged:
    return Exchanged(
        action=action,
        message_id=message_id,
        sent_at=at,
        latency_us=0,
        call=b"",
        answer=None,
        answered=AnsweredBy.NONE,
        problem=problem,
    )
