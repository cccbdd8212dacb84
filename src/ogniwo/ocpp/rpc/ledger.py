"""Which calls are open in one direction of one connection, and which were given up.

Times come in as milliseconds of any monotonic clock; there is no clock in here.
"""

from typing import Final

from msgspec import Struct

from ogniwo.base.errors import OgniwoError
from ogniwo.ocpp.rpc.frame import MessageId

TIMED_OUT_KEPT_MAX: Final = 8  # at one call per 30 s: answers up to four minutes late are known


class OpenCall(Struct, frozen=True):
    """A CALL of ours that waits for its answer."""

    id: MessageId
    action: str
    sent_ms: int
    deadline_ms: int


class CallOpenError(OgniwoError):
    """OCPP allows one unanswered CALL in each direction."""

    def __init__(self, open_call: OpenCall) -> None:
        super().__init__(f"{open_call.action} {open_call.id} still waits for its answer")
        self.open_call = open_call


class Ledger:
    """At most one open call, and the last few that were given up."""

    __slots__ = ("_timed_out", "open_call")

    def __init__(self) -> None:
        self.open_call: OpenCall | None = None
        self._timed_out: dict[MessageId, OpenCall] = {}

    def open(self, call: OpenCall) -> None:
        if self.open_call is not None:
            raise CallOpenError(self.open_call)
        self.open_call = call

    def settle(self, message_id: MessageId) -> OpenCall | None:
        """The open call that this id answers, which is open no more."""
        call = self.open_call
        if call is None or call.id != message_id:
            return None
        self.open_call = None
        return call

    def settle_late(self, message_id: MessageId) -> OpenCall | None:
        return self._timed_out.pop(message_id, None)

    def expire(self, now_ms: int) -> OpenCall | None:
        """Give up the open call if its time is over, but remember it for a late answer."""
        call = self.open_call
        if call is None or now_ms < call.deadline_ms:
            return None
        self.open_call = None
        self._timed_out[call.id] = call
        if len(self._timed_out) > TIMED_OUT_KEPT_MAX:
            del self._timed_out[next(iter(self._timed_out))]
        return call

    def close(self) -> OpenCall | None:
        call, self.open_call = self.open_call, None
        self._timed_out.clear()
        return call
