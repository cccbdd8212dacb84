"""The state machine of one OCPP-J connection: text and time in, facts out.

Either side of a link can use it. It knows frames and open calls; sockets, queues, clocks and
the meaning of payloads belong to others. What it hands back as bytes is one text message.
"""

from typing import assert_never

from msgspec import Struct

from ogniwo.ocpp.faults import Fault
from ogniwo.ocpp.rpc.frame import (
    Call,
    Dialect,
    Error,
    Malformed,
    MessageId,
    Result,
    ResultError,
    Send,
    call_text,
    error_text,
    parse,
    result_error_text,
    result_text,
    send_text,
)
from ogniwo.ocpp.rpc.ledger import Ledger, OpenCall


class Asked(Struct, frozen=True):
    """A CALL that wants an answer; that its id came before on this connection means nothing."""

    call: Call


class Told(Struct, frozen=True):
    """A SEND: nothing to answer."""

    send: Send


class Answered(Struct, frozen=True):
    open_call: OpenCall
    answer: Result | Error
    latency_ms: int


class Late(Struct, frozen=True):
    """The answer to a call that was given up before; ``latency_ms`` counts from its sending."""

    open_call: OpenCall
    answer: Result | Error
    latency_ms: int


class Unsolicited(Struct, frozen=True):
    """An answer to nothing we know: count it, drop it."""

    answer: Result | Error


class Disputed(Struct, frozen=True):
    """The other side could not use an answer of ours (2.1): log it, never answer it.

    ``action`` is what it had asked; None where it disputes something older than its last call.
    """

    error: ResultError
    action: str | None


class Refused(Struct, frozen=True):
    """The text is unusable and ``text`` is what to send back."""

    text: bytes
    fault: Fault
    reason: str


class Ignored(Struct, frozen=True):
    reason: str


Incoming = Asked | Told | Answered | Late | Unsolicited | Disputed | Refused | Ignored


class Connection:
    __slots__ = ("_answered", "_calls", "_dialect")

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._calls = Ledger()
        self._answered: tuple[MessageId, str] | None = None  # id and action of their last call

    @property
    def dialect(self) -> Dialect:
        return self._dialect

    @property
    def open_call(self) -> OpenCall | None:
        return self._calls.open_call

    def receive(self, text: str | bytes, now_ms: int) -> Incoming:
        frame = parse(text, self._dialect)
        if isinstance(frame, Call):  # nearly all there is
            return Asked(frame)
        match frame:
            case Result() | Error():
                return self._settle(frame, now_ms)
            case Send():
                return Told(frame)
            case ResultError():
                return Disputed(frame, self._disputed(frame.id))
            case Malformed():
                return self._refuse_frame(frame)
        assert_never(frame)

    def call(
        self, action: str, payload: bytes, message_id: str, now_ms: int, timeout_ms: int
    ) -> bytes:
        """Raises ``CallOpenError`` while another call of ours is open."""
        self._calls.open(OpenCall(message_id, action, now_ms, now_ms + timeout_ms))
        return call_text(message_id, action, payload)

    def tell(self, action: str, payload: bytes, message_id: str) -> bytes:
        """A SEND, which may go out while a call is open (2.1)."""
        return send_text(message_id, action, payload)

    def answer(self, call: Call, payload: bytes) -> bytes:
        if self._dialect.has_streams:  # only then it can be disputed
            self._answered = (call.id, call.action)
        return result_text(call.id, payload)

    def refuse(self, call: Call, fault: Fault, description: str = "") -> bytes:
        return self._error(call.id, fault, description)

    def dispute(self, answered: Answered, fault: Fault, description: str = "") -> bytes | None:
        """What to send when our codec rejects a CALLRESULT: nothing before 2.1.

        A CALLERROR is never disputed, or two systems would quarrel for ever.
        """
        if not self._dialect.has_streams or isinstance(answered.answer, Error):
            return None
        code = self._dialect.codes[fault]
        return result_error_text(answered.answer.id, code, description)

    def expired(self, now_ms: int) -> OpenCall | None:
        """The call whose time is over; it is open no more."""
        return self._calls.expire(now_ms)

    def close(self) -> OpenCall | None:
        """The call that will never be answered now that the link is gone."""
        return self._calls.close()

    def _settle(self, answer: Result | Error, now_ms: int) -> Answered | Late | Unsolicited:
        if call := self._calls.settle(answer.id):
            return Answered(call, answer, now_ms - call.sent_ms)
        if call := self._calls.settle_late(answer.id):
            return Late(call, answer, now_ms - call.sent_ms)
        return Unsolicited(answer)

    def _disputed(self, message_id: MessageId) -> str | None:
        if self._answered is None or self._answered[0] != message_id:
            return None
        return self._answered[1]

    def _refuse_frame(self, frame: Malformed) -> Refused | Ignored:
        if frame.fault is None:
            return Ignored(frame.reason)
        text = self._error(frame.id, frame.fault, frame.reason)
        return Refused(text, frame.fault, frame.reason)

    def _error(self, message_id: MessageId, fault: Fault, description: str) -> bytes:
        return error_text(message_id, self._dialect.codes[fault], description)
