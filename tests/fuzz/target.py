"""What must hold of any text: nothing escapes, and every call gets exactly one answer."""

import json
from functools import cache
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings

from ogniwo.domain.orders import Order
from ogniwo.ocpp.catalogue import VERSIONS, RefusedCallError
from ogniwo.ocpp.codec import PayloadError
from ogniwo.ocpp.rpc.connection import Answered, Asked, Connection, Refused, Told
from ogniwo.ocpp.rpc.frame import Call, Result, Send
from tests.domain.world import StationUnderTest, World
from tests.ocpp.any_order import orders_of
from tests.ocpp.golden_frames import golden_of

STATION_LIVES: Final = 200  # texts; then another takes its place, so that nothing piles up
COMMAND: Final = 314_371_473_408_000_001


class Target:
    """One station of one version behind the whole way from text to answer."""

    def __init__(self, version: str, *, strict: bool = False) -> None:
        self.version = VERSIONS[version]
        self.counts: dict[str, int] = {}
        self._strict = strict
        self._fed = 0
        self._begin()

    def feed(self, text: bytes) -> None:
        """Any error but a failed check that comes out of here is one of the product."""
        if self._fed % STATION_LIVES == 0:
            self._begin()
        self._fed += 1
        incoming = self._connection.receive(text, self._fed)
        match incoming:
            case Asked(call=call):
                self._check_answer(call, self._answer(call))
            case Told(send=send):
                self._handle(send)
            case Refused(text=answer):
                assert json.loads(answer)[0] == 4
            case _:
                pass
        name = type(incoming).__name__.lower()
        self.counts[name] = self.counts.get(name, 0) + 1

    def feed_answer(self, order: Order, action: str, payload: bytes) -> None:
        """An answer to an order of ours is understood or found to break the protocol."""
        self._connection.call(action, b"{}", "r1", self._fed, 30_000)
        answered = self._connection.receive(b'[3,"r1",%b]' % payload, self._fed)
        if not isinstance(answered, Answered):
            self._connection.close()
            return
        assert isinstance(answered.answer, Result)
        try:
            self.version.to_outcome(order, action, answered.answer.payload)  # type: ignore[arg-type] # any order will do
        except PayloadError as error:
            dispute = self._connection.dispute(answered, error.fault, str(error))
            assert (dispute is not None) == self.version.dialect.has_streams

    def _begin(self) -> None:
        self._station = StationUnderTest(World(), self.version.name, strict=self._strict)
        self._connection = Connection(self.version.dialect)

    def _answer(self, call: Call) -> bytes:
        try:
            return self._connection.answer(call, self._handle(call))
        except RefusedCallError as refusal:
            fault, reason = refusal.fault, refusal.reason
        assert self._strict or not self.version.is_money(call.action), reason
        return self._connection.refuse(call, fault, reason)

    def _handle(self, frame: Call | Send) -> bytes:
        try:
            reply = self._station._handled(frame)
        except RefusedCallError:
            if isinstance(frame, Send):
                return b""
            raise
        return b"" if isinstance(frame, Send) else self.version.to_answer(frame.action, reply)

    def _check_answer(self, call: Call, answer: bytes) -> None:
        kind, message_id, *_ = json.loads(answer)
        assert kind in {3, 4}
        assert message_id == call.id


@cache
def answers(version: str) -> list[tuple[Order, str, Any]]:
    """Orders with an action and a golden answer each, to be spoilt."""
    golden = {it.message.action: it for it in golden_of(version) if it.half == "response"}
    return [
        (order, action, payload)
        for kind, adapter in VERSIONS[version]._outbound.items()
        for order in _some(kind)
        for action in adapter.actions
        for payload in golden[action].valid
    ]


def _some(kind: type[Order]) -> list[Order]:
    found: list[Order] = []

    @settings(
        max_examples=4,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(orders_of(kind))
    def take(order: Order) -> None:
        found.append(order)

    take()
    return found
