"""One station on its socket: reads its frames, answers its calls, sends ours.

One reader task lives exactly as long as the socket. It knows frames and versions; what a
message means and what becomes of it is decided behind ``Ingest``.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ogniwo.app.ingest import Ingest
from ogniwo.app.link import Settle
from ogniwo.app.mailbox import Mailbox, MailboxFullError, MailboxSpoiltError
from ogniwo.app.ports import RowRefusedError, StorageAwayError, WriterStoppedError
from ogniwo.app.quirks import QuirksOf
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import InvariantError, RefusedError
from ogniwo.base.units import MS_PER_SECOND, US_PER_SECOND, Instant
from ogniwo.domain.decision import Reply
from ogniwo.domain.events import EventKind, Scalar
from ogniwo.domain.facts import UnreadableReceived
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.trace import Answered as AnsweredBy
from ogniwo.gateway.caller import Caller
from ogniwo.gateway.socket import CLOSE_TRY_AGAIN_LATER, Socket, SocketClosedError
from ogniwo.ocpp.catalogue import RefusedCallError, Version
from ogniwo.ocpp.faults import Fault
from ogniwo.ocpp.rpc.connection import (
    Answered,
    Asked,
    Connection,
    Disputed,
    Ignored,
    Late,
    Refused,
    Told,
    Unsolicited,
)
from ogniwo.ocpp.rpc.frame import Call, Send

NOISE: Final = "(unreadable)"  # the action under which the trace keeps what is no message
NOISE_LOGGED_MAX: Final = 5  # log lines about noise per link; the rest is only counted
ENVELOPE_BYTES: Final = 32  # of a call of ours: brackets, quotes and a message id

_START: Final = "StartTransaction"
_RESULT: Final = AnsweredBy.RESULT  # looked up once: a member is found slowly in its class

_log = log.get("gateway.link")


@dataclass(slots=True)
class LinkCounts:
    calls: int = 0
    refused: int = 0
    noise: int = 0
    late_answers: int = 0


class CallExchange(Struct, frozen=True):
    """A station's call and the ways to answer it (see ``app.ingest.Exchange``)."""

    version: Version
    connection: Connection
    call: Call | Send
    text: bytes
    received_at: Instant
    action: str
    message_id: str
    tolerant: bool

    def answer(self, reply: Reply) -> tuple[bytes, AnsweredBy]:
        call = self.call
        if isinstance(call, Send):
            return b"", AnsweredBy.NONE
        try:
            payload = self.version.to_answer(call.action, reply)
        except RefusedCallError as refusal:
            return self.connection.refuse(call, refusal.fault, refusal.reason), AnsweredBy.ERROR
        return self.connection.answer(call, payload), _RESULT


@dataclass(frozen=True, slots=True)
class NoiseExchange:
    """Text that is no call, as the trace keeps it."""

    text: bytes
    received_at: Instant
    action: str = NOISE
    message_id: str = "-1"
    tolerant: bool = True

    def answer(self, reply: Reply) -> tuple[bytes, AnsweredBy]:
        raise InvariantError("noise is never answered by a decision", {"reply": reply})


class Link:
    def __init__(
        self,
        *,
        socket: Socket,
        version: Version,
        mailbox: Mailbox,
        ingest: Ingest,
        clock: Clock,
        counts: LinkCounts,
        quirks: QuirksOf,
    ) -> None:
        self.socket = socket
        self.mailbox = mailbox
        self.identity = mailbox.identity
        self.version = version.name
        self.since = clock.now_us()
        self.last_seen = self.since
        self.spoke = False  # a call of the station was answered on this link
        self._version = version
        self._ingest = ingest
        self._clock = clock
        self._counts = counts
        self._quirks = quirks
        strict = mailbox.state.station.strict
        dialect = replace(version.dialect, rescues=False) if strict else version.dialect
        self._connection = Connection(dialect)
        self._caller = Caller(socket, version, self._connection, clock)
        self._noise = 0
        self._mixed_up = False
        self._disputes = 0

    async def serve_one(self) -> None:
        """Read one frame and do all it asks for. Errors: SocketClosedError ends the link."""
        text = await self.socket.receive()
        now = self.last_seen = self._clock.now_us()
        incoming = self._connection.receive(text, self._clock.now_ms())
        if isinstance(incoming, Asked):  # nearly all there is
            await self._serve_call(incoming.call, text, now)
            return
        match incoming:
            case Answered():
                await self._caller.answered(incoming, text)
            case Told():
                await self._serve_call(incoming.send, text, now)
            case Refused(text=answer, reason=reason):
                await self._serve_noise(text, now, reason, answer)
            case Ignored(reason=reason):
                await self._serve_noise(text, now, reason, None)
            case Late(open_call=late):
                self._counts.late_answers += 1
                _log.info("answer_too_late", station=self.identity, action=late.action)
            case Disputed():
                await self._serve_dispute(incoming, text, now)
            case Unsolicited():
                await self._serve_noise(text, now, "an answer to nothing we asked", None)

    async def call(
        self, order: AnyOrder, *, command_id: int, timeout_s: float, settle: Settle
    ) -> None:
        await self._caller.call(order, command_id=command_id, timeout_s=timeout_s, settle=settle)

    def check(self, order: AnyOrder) -> int:
        action, payload = self._version.to_call(order, 0)
        most = self._quirks(self.mailbox.state.station).call_bytes_max
        if most is not None and len(payload) > most:
            raise RefusedError(
                "call_too_large",
                f"{action} would have {len(payload)} bytes and this make of station takes {most}: "
                "give it in smaller parts",
            )
        return len(payload) + len(action) + ENVELOPE_BYTES

    def close(self) -> None:
        """The socket is gone: whoever waits for an answer learns it now."""
        self._caller.close()

    async def _serve_call(self, call: Call | Send, text: bytes, now: Instant) -> None:
        self._counts.calls += 1
        exchange = CallExchange(
            self._version,
            self._connection,
            call,
            text,
            now,
            call.action,
            str(call.id),
            self._version.reports_while_pending,
        )
        strict = self.mailbox.state.station.strict
        try:
            understood = self._version.to_fact(call, now, strict=strict)
            answer = await self._ingest.receive(self.mailbox, understood.fact, exchange)
        except RefusedCallError as refusal:
            answer = await self._refuse(call, exchange, refusal.fault, refusal.reason)
            if refusal.written_in is not None:
                await self._tell_mixed_up(call.action, refusal.written_in)
        except RowRefusedError as error:
            _log.error("call_failed", station=self.identity, action=call.action, why=str(error))
            answer = await self._refuse(call, exchange, Fault.INTERNAL, "could not be processed")
        except (
            WriterStoppedError,
            StorageAwayError,
            MailboxFullError,
            MailboxSpoiltError,
        ) as error:
            # Not answered, so the station keeps it and sends it again.
            await self.socket.close(CLOSE_TRY_AGAIN_LATER, str(error))
            return
        except SocketClosedError:
            raise
        except Exception:  # noqa: BLE001 - our bug: nothing of the station's may be lost by it
            _log.exception("call_crashed", station=self.identity, action=call.action)
            answer = await self._keep_raw(call, exchange)
        if call.action == _START:
            await self._hold_back(now)
        if answer:
            await self.socket.send(answer)
        self.spoke = True

    async def _hold_back(self, since: Instant) -> None:
        """Until a station that is in a hurry to hang up can bear the answer to its start."""
        hold_ms = self._quirks(self.mailbox.state.station).start_answered_after_ms
        if hold_ms:
            gone_s = (self._clock.now_us() - since) / US_PER_SECOND
            await asyncio.sleep(max(0.0, hold_ms / MS_PER_SECOND - gone_s))

    async def _tell_mixed_up(self, action: str, other: str) -> None:
        """Once for a link: each of its messages is refused in the same way."""
        if self._mixed_up:
            return
        self._mixed_up = True
        said = (
            f"{action} is written in {other}, but {self.version} was agreed on: "
            "set the station to one version, or pin it here"
        )
        data: dict[str, Scalar] = {"action": action, "summary": said}
        await self._ingest.tell(self.mailbox, EventKind.STATION_NOTICE, data)

    async def _keep_raw(self, call: Call | Send, exchange: CallExchange) -> bytes:
        """A transaction message is answered as if understood; anything else with an error."""
        if not self._version.is_money(call.action):
            return await self._refuse(call, exchange, Fault.INTERNAL, "could not be processed")
        kept = UnreadableReceived(action=call.action, problem="an error of the server")
        return await self._ingest.receive(self.mailbox, kept, exchange)

    async def _refuse(
        self, call: Call | Send, exchange: CallExchange, fault: Fault, reason: str
    ) -> bytes:
        self._counts.refused += 1
        answer = b"" if isinstance(call, Send) else self._connection.refuse(call, fault, reason)
        with suppress(RowRefusedError, MailboxFullError):  # the station gets its answer anyway
            await self._ingest.keep(self.mailbox, exchange, answer=answer or None, why=reason)
        return answer

    async def _serve_dispute(self, disputed: Disputed, text: bytes, now: Instant) -> None:
        """In the trace it stands behind the call whose answer the station could not use."""
        error = disputed.error
        said = f"{error.code}: {error.description}" if error.description else error.code
        action = disputed.action or NOISE
        self._disputes += 1
        if self._disputes <= NOISE_LOGGED_MAX:
            _log.warning("answer_disputed", station=self.identity, action=action, why=said)
        why = f"the station could not use our answer: {said}"
        with suppress(RowRefusedError, MailboxFullError):
            exchange = NoiseExchange(text, now, action, str(error.id))
            await self._ingest.keep(self.mailbox, exchange, answer=None, why=why)

    async def _serve_noise(
        self, text: bytes, now: Instant, reason: str, answer: bytes | None
    ) -> None:
        self._counts.noise += 1
        self._noise += 1
        if self._noise <= NOISE_LOGGED_MAX:
            _log.warning("unreadable_text", station=self.identity, why=reason, count=self._noise)
        with suppress(RowRefusedError, MailboxFullError):
            exchange = NoiseExchange(text, now)
            await self._ingest.keep(self.mailbox, exchange, answer=answer, why=reason)
        if answer is not None:
            await self.socket.send(answer)
