"""What is said on the wires: every call gets one answer, nothing is answered that was not asked.

Also kept here: what the server has acknowledged, to be looked for in the books after a crash.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, get_args

import msgspec

from ogniwo.base.limits import CALL_TIMEOUT_S
from ogniwo.base.units import MS_PER_SECOND
from ogniwo.domain.orders import AnyOrder
from ogniwo.ocpp.catalogue import VERSIONS
from tests.simulation.network import Connection
from tests.simulation.referee.findings import Findings

# A read and a write may wait for the database in turn, ten seconds each; then that is noticed
# within one, and all are let go over three. A station waits thirty.
ANSWER_MS_MAX: Final = 25 * MS_PER_SECOND
# Done twice they may do harm; the others may be sent again by a server that lost its memory.
# Read before any bug is planted.
ORDERS_ONCE_ONLY: Final = tuple(it for it in get_args(AnyOrder) if not it.repeatable)
ONCE_ONLY: Final = frozenset(
    action
    for version in VERSIONS.values()
    for order in ORDERS_ONCE_ONLY
    for action in version.actions_of(order)
)


@dataclass(frozen=True, slots=True)
class _Call:
    text: str
    action: str
    at_ms: int


@dataclass(slots=True)
class _Line:
    """One connection as its server sees it."""

    asked: dict[str, deque[_Call]] = field(default_factory=dict)  # by message id
    our_call_ms: int | None = None
    our_call_id: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    station: str
    call: str
    answer: str
    at_ms: int


class Talk:
    """Implements ``network.Ears``."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._lines: dict[Connection, _Line] = {}
        self.acknowledged: list[Acknowledged] = []  # and not yet found in the books
        self.arrived_calls = 0
        self._orders: dict[str, set[str]] = {}  # what was said of each
        self.repeated: set[str] = set()  # orders of which a station heard something twice
        self._answered_to: set[str] = set()  # calls of ours
        self.sent_again: list[tuple[str, str]] = []  # (order, to whom and what), to be looked at
        self.on_said: Callable[[Connection, str], None] = lambda _line, _what: None
        self.events: dict[tuple[str, str], set[int]] = {}  # numbers that came, by transaction
        self.trace: list[str] = []

    def arrived(self, connection: Connection, text: str) -> None:
        self._note("<", connection, text)
        frame = _frame(text)
        line = self._lines.setdefault(connection, _Line())
        match frame:
            case [2, str(message_id), str(action), dict(payload)]:
                self.arrived_calls += 1
                now_ms = self._findings.clock.now_ms()
                line.asked.setdefault(message_id, deque()).append(_Call(text, action, now_ms))
                self._note_event(connection.station, action, payload)
            case [3 | 4, str(message_id), *_]:
                if message_id == line.our_call_id:
                    line.our_call_ms = None
                if message_id in self._answered_to:  # the network brought our call twice
                    self.repeated.add(message_id.partition("-")[0])
                self._answered_to.add(message_id)
            case _:
                pass

    def said(self, connection: Connection, text: str) -> None:
        self._note(">", connection, text)
        line = self._lines.setdefault(connection, _Line())
        match _frame(text):
            case [2, str(message_id), str(action), payload]:
                self._called(connection, line, message_id, action)
                self._note_order(connection, message_id, action, payload)
            case [3 | 4, str(message_id), *_] if message_id != "-1":
                self._answered(connection, line, message_id, text)

    def ended(self, connection: Connection) -> None:
        line = self._lines.pop(connection, None)
        if line is not None:
            self._look_at(connection, line)

    def look(self) -> None:
        """Called again and again: nobody waits for an answer for ever."""
        for connection, line in self._lines.items():
            self._look_at(connection, line)

    def _look_at(self, connection: Connection, line: _Line) -> None:
        now_ms = self._findings.clock.now_ms()
        late = [
            call
            for calls in line.asked.values()
            for call in calls
            if now_ms - call.at_ms > ANSWER_MS_MAX
        ]
        for call in late[:1]:
            waits = f"{connection.station} waits since {(now_ms - call.at_ms) // 1000} s"
            self._findings.add("every call is answered", f"{waits} for {call.text[:160]}")
            line.asked.clear()

    def _called(self, connection: Connection, line: _Line, message_id: str, action: str) -> None:
        now_ms = self._findings.clock.now_ms()
        open_ms = line.our_call_ms
        if open_ms is not None and now_ms - open_ms < CALL_TIMEOUT_S * MS_PER_SECOND:
            self._findings.add(
                "one call at a time", f"{action} to {connection.station} while another is open"
            )
        line.our_call_ms, line.our_call_id = now_ms, message_id
        if action in ONCE_ONLY:
            self.on_said(connection, "order")

    def _note_order(
        self, connection: Connection, message_id: str, action: str, payload: object
    ) -> None:
        """A call bears the id of its order, and a number; a long order goes in several."""
        number, text = message_id.partition("-")[0], repr(payload)
        said = self._orders.setdefault(number, set())
        if said:
            self.sent_again.append((number, f"{action} to {connection.station}"))
        if text in said:
            self.repeated.add(number)
        said.add(text)

    def was_sent(self, number: str) -> bool:
        return number in self._orders

    def _answered(self, connection: Connection, line: _Line, message_id: str, text: str) -> None:
        calls = line.asked.get(message_id)
        if not calls:
            self._findings.add(
                "one answer for one call", f"{connection.station} did not ask: {text[:160]}"
            )
            return
        call = calls.popleft()
        if not calls:
            del line.asked[message_id]
        if call.action != "Heartbeat":  # answered from memory, on purpose
            now_ms = self._findings.clock.now_ms()
            self.acknowledged.append(Acknowledged(connection.station, call.text, text, now_ms))
        self.on_said(connection, "answer")

    def _note_event(self, station: str, action: str, payload: dict[str, Any]) -> None:
        info, number = payload.get("transactionInfo"), payload.get("seqNo")
        if action == "TransactionEvent" and isinstance(info, dict) and isinstance(number, int):
            came = self.events.setdefault((station, str(info.get("transactionId"))), set())
            came.add(number)

    def _note(self, way: str, connection: Connection, text: str) -> None:
        now_ms = self._findings.clock.now_ms()
        self.trace.append(f"{now_ms} {connection.node} {way} {connection.station} {text}")


def _frame(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
