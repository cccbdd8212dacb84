"""Which message of which version means what: the one place that names the versions.

A ``Version`` translates: text of a station's call to a fact, a reply to its answer, an order
to a call, the answer to an outcome. It knows neither sockets nor stations.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final, get_args

from msgspec import Struct

from ogniwo.base.units import Instant
from ogniwo.domain.commands import Outcome
from ogniwo.domain.commands import Reply as OrderReply
from ogniwo.domain.decision import ACKNOWLEDGED, NotPermitted, Reply, TransactionAnswered
from ogniwo.domain.facts import AnyFact, UnreadableReceived
from ogniwo.domain.orders import AnyOrder, Order, RawCall
from ogniwo.ocpp import v16, v21, v201
from ogniwo.ocpp.adapter import Inbound, OrderNotPossibleError, Outbound, Seen
from ogniwo.ocpp.codec import Codec, PayloadError, codec_of
from ogniwo.ocpp.faults import Fault
from ogniwo.ocpp.messages import Messages, Payload
from ogniwo.ocpp.rpc.frame import EMPTY, OCPP16, OCPP21, OCPP201, Call, Dialect, Send

NOTES_MAX: Final = 8  # enough to see what is wrong with a message


class RefusedCallError(PayloadError):
    """The call gets this fault as its answer; ``written_in`` another version, if it is."""

    def __init__(
        self, fault: Fault, path: str, reason: str, *, written_in: str | None = None
    ) -> None:
        super().__init__(fault, path, reason)
        self.written_in = written_in


class Understood(Struct, frozen=True):
    """``readable`` False: the fact only says that the call was kept raw."""

    fact: AnyFact
    readable: bool = True


class Version:
    """One protocol version, ready to translate."""

    def __init__(
        self,
        dialect: Dialect,
        messages: Messages,
        inbound: Iterable[Inbound[Any]],
        outbound: Iterable[Outbound[Any, Any]],
        *,
        reports_while_pending: bool = False,
    ) -> None:
        self.dialect = dialect
        self.name = dialect.version
        self.messages = messages
        self.reports_while_pending = reports_while_pending
        self._inbound: Mapping[str, Inbound[Any]] = {it.action: it for it in inbound}
        self._outbound: Mapping[type[Order], Outbound[Any, Any]] = {it.order: it for it in outbound}
        self._requests: dict[str, Codec[Any]] = {
            action: codec_of(messages[action].request) for action in self._inbound
        }
        self._fixed: dict[str, bytes] = {}  # answers without fields, encoded and checked once

    @property
    def actions_understood(self) -> frozenset[str]:
        return frozenset(self._inbound)

    @property
    def orders(self) -> frozenset[type[Order]]:
        """Every order there is, whether this version has a message for it or not."""
        return frozenset(get_args(AnyOrder))

    @property
    def has_components(self) -> bool:
        """Are its variables those of components (2.x), not mere keys?"""
        return self.dialect.version != OCPP16.version

    def actions_of(self, order: type[Order]) -> tuple[str, ...]:
        """The messages that it can become; none where this version has none."""
        adapter = self._outbound.get(order)
        return () if adapter is None else adapter.actions

    def is_money(self, action: str) -> bool:
        """Is it a transaction message, never to be refused for its content?"""
        adapter = self._inbound.get(action)
        return adapter is not None and adapter.money

    def to_fact(self, call: Call | Send, at: Instant, *, strict: bool = False) -> Understood:
        """What a station's call means. Errors: RefusedCallError with the fault to answer."""
        adapter = self._inbound.get(call.action)
        if adapter is None:
            raise self._stranger(call)
        codec = self._requests[call.action]
        if strict:
            return self._by_the_letter(call, adapter, at)
        decoded = codec.read(call.payload, adapter.stand_ins)
        notes: tuple[str, ...] = ()
        if decoded.notes or call.rescued:
            notes = tuple(str(note) for note in decoded.notes[:NOTES_MAX])
            if call.rescued:
                notes = ("the text was not proper JSON and was repaired", *notes)
        if decoded.payload is not None:
            try:
                return Understood(adapter.to_fact(decoded.payload, Seen(at, notes)))
            except PayloadError as error:  # too little of it was left
                raise RefusedCallError(error.fault, error.path, error.reason) from error
        loss = decoded.error or PayloadError(Fault.FORMAT, "", "unreadable")
        if not adapter.money:
            other = self._written_in(call)
            raise RefusedCallError(loss.fault, loss.path, loss.reason, written_in=other)
        unreadable = UnreadableReceived(action=call.action, problem=str(loss), notes=notes)
        return Understood(unreadable, readable=False)

    def _by_the_letter(self, call: Call | Send, adapter: Inbound[Any], at: Instant) -> Understood:
        if isinstance(call, Call) and self.messages[call.action].kind == "send":
            raise RefusedCallError(Fault.MESSAGE_TYPE, "", f"{call.action} is a SEND, not a CALL")
        try:
            payload = self._requests[call.action].decode(call.payload)
            return Understood(adapter.to_fact(payload, Seen(at)))
        except PayloadError as error:
            raise RefusedCallError(error.fault, error.path, error.reason) from error

    def to_answer(self, action: str, reply: Reply) -> bytes:
        """The payload of the answer. Errors: RefusedCallError when the reply is a refusal."""
        fixed = self._fixed.get(action)
        if fixed is not None and (reply is ACKNOWLEDGED or _says_nothing(reply)):
            return fixed
        if isinstance(reply, NotPermitted):
            raise RefusedCallError(
                Fault.SECURITY, "", "the station is not accepted yet: boot first and wait"
            )
        if self.messages[action].response is None:  # it should have been a SEND
            return EMPTY
        response = self._inbound[action].to_reply(reply)
        raw = self._checked(self.messages[action].response, response)
        if raw == b"{}":
            self._fixed[action] = raw
        return raw

    def to_call(self, order: AnyOrder, command_id: int) -> tuple[str, bytes]:
        """Action and payload. Errors: OrderNotPossibleError."""
        if isinstance(order, RawCall):
            return order.action, order.payload
        adapter = self._outbound.get(type(order))
        if adapter is None:
            raise OrderNotPossibleError(f"{self.name} has no message for this order")
        action = adapter.action(order)
        request = adapter.to_request(order, command_id)
        try:
            return action, self._checked(self.messages[action].request, request)
        except PayloadError as error:
            raise OrderNotPossibleError(
                f"{action} of {self.name} cannot carry this order ({error}): change that value"
            ) from error

    def to_outcome(self, order: AnyOrder, action: str, payload: bytes) -> Outcome:
        """Errors: PayloadError, the station's answer breaks its schema."""
        if isinstance(order, RawCall):
            return Outcome(reply=OrderReply.ACCEPTED, result="answered", answer=payload)
        response = self.messages[action].response
        if response is None:
            raise PayloadError(Fault.GENERIC, "", f"{action} has no answer")
        decoded = codec_of(response).read(payload)
        if decoded.payload is None:
            raise decoded.error or PayloadError(Fault.FORMAT, "", "unreadable")
        outcome: Outcome = self._outbound[type(order)].to_outcome(order, decoded.payload)
        return outcome

    def _stranger(self, call: Call | Send) -> RefusedCallError:
        action = call.action
        message = self.messages.get(action)
        if message is None:
            return RefusedCallError(
                Fault.NOT_IMPLEMENTED,
                "",
                f"{self.name} has no message {action[:50]!r}",
                written_in=self._written_in(call),
            )
        why = "is for the CSMS to send" if message.direction == "down" else "is not handled here"
        return RefusedCallError(Fault.NOT_SUPPORTED, "", f"{action} {why}")

    def _written_in(self, call: Call | Send) -> str | None:
        """The other version whose message this is, word for word."""
        for version in VERSIONS.values():
            message = version.messages.get(call.action)
            if version is self or message is None or message.direction == "down":
                continue
            with suppress(PayloadError):
                codec_of(message.request).decode(call.payload)
                return version.name
        return None

    def _checked(self, model: type[Payload] | None, payload: Payload) -> bytes:
        """2.1 shares adapters with 2.0.1: what they built must fit 2.1's schema, which is wider."""
        raw = codec_of(type(payload)).written(payload)
        codec_of(model or type(payload)).decode(raw)
        return raw


def _says_nothing(reply: Reply) -> bool:
    return isinstance(reply, TransactionAnswered) and reply.authorisation is None


VERSIONS: Final[Mapping[str, Version]] = {
    "ocpp1.6": Version(OCPP16, v16.MESSAGES, v16.INBOUND, v16.OUTBOUND, reports_while_pending=True),
    "ocpp2.0.1": Version(OCPP201, v201.MESSAGES, v201.INBOUND, v201.OUTBOUND),
    "ocpp2.1": Version(OCPP21, v21.MESSAGES, v21.INBOUND, v21.OUTBOUND),
}
