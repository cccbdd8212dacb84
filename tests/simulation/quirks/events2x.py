"""2.x transactions told with gaps, twice, out of order, after their end, or without a place."""

from random import Random
from typing import Any

from ogniwo.domain.session import Flag
from tests.simulation.quirks.twist import (
    RESULT,
    V2X,
    Frame,
    Spoilt,
    Twist,
    copy_of,
    is_answer,
    is_call,
    with_fields,
)

EVENT = "TransactionEvent"
LATE = frozenset({Flag.EVENTS_MISSING, Flag.LATE_DATA})
SAID_BEFORE_AGAIN = 16  # calls; what was lost on its way is then said again
HELD_MAX = 12  # of one transaction: they all come at once
_NUMBERS = frozenset({"seq_gaps", "seq_restarts"})


def transaction_of(frame: Frame) -> str:
    number: str = frame[3]["transactionInfo"]["transactionId"]
    return number


class EventsWithoutPlace(Twist):
    """FoxESS tells the EVSE without its connector, or no place at all.

    Right: the transaction is what its id says; the place is filled in when it comes.
    """

    name = "events_without_place"
    versions = V2X
    spoils = frozenset({Spoilt.PLACE})

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, EVENT) or "evse" not in frame[3]:
            return [frame]
        only_evse = {"id": frame[3]["evse"]["id"]}
        return [with_fields(frame, evse=self.picks(frame, (only_evse, only_evse, None)))]


class AlwaysOffline(Twist):
    """Every event says that it happened offline.

    Right: booked like any other.
    """

    name = "always_offline"
    versions = V2X

    def says(self, frame: Frame) -> list[Frame | str]:
        return [with_fields(frame, offline=True)] if is_call(frame, EVENT) else [frame]


class SeqGaps(Twist):
    """Sequence numbers are left out, though nothing was lost.

    Right: the end waits for what may be missing, and then is closed and flagged.
    """

    name = "seq_gaps"
    versions = V2X
    explained_by = LATE
    # Whose end lies in the future waits until then, and a quarter of an hour more.
    never_with = _NUMBERS | {"clock_jumps", "local_time_as_utc"}

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._every = rng.randint(2, 5)

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, EVENT):
            return [frame]
        seq_no = frame[3]["seqNo"]
        return [with_fields(frame, seqNo=seq_no + seq_no // self._every)]


class SeqRestarts(Twist):
    """After a restart the numbers of a running transaction begin at 0 again.

    Right: later events are no repeats of the earlier ones; the end is taken.
    """

    name = "seq_restarts"
    versions = V2X
    spoils = frozenset({Spoilt.READINGS})  # one of the very second of the event before
    explained_by = frozenset({Flag.SEQUENCE_RESTARTED})
    never_with = _NUMBERS | {"ended_before_updated"}
    share = 0.5

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._base: dict[str, int] = {}
        self._given: dict[str, dict[int, int]] = {}  # by transaction: true number to the one told
        self._restarted: set[str] = set()

    def connected(self) -> None:
        super().connected()
        if self.chance():
            self._restarted = set(self._given)

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, EVENT):
            return [frame]
        transaction, seq_no = transaction_of(frame), frame[3]["seqNo"]
        given = self._given.setdefault(transaction, {})
        if seq_no not in given:
            if transaction in self._restarted:
                self._restarted.discard(transaction)
                self._base[transaction] = seq_no
            given[seq_no] = seq_no - self._base.get(transaction, 0)
        return [with_fields(frame, seqNo=given[seq_no])]


class EventsTwice(Twist):
    """An event whose answer came late is sent again under a new id.

    Right: known by transaction and number, and booked once.
    """

    name = "events_twice"
    versions = V2X
    share = 0.3

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, EVENT) or not self.chance():
            return [frame]
        return [frame, self.own_call(EVENT, copy_of(frame)[3])]


class EventAfterEnded(Twist):
    """Another update follows the end of its transaction.

    Right: closed stays closed.
    """

    name = "event_after_ended"
    versions = V2X
    spoils = frozenset({Spoilt.READINGS})
    explained_by = frozenset({Flag.LATE_DATA})
    share = 0.7

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, EVENT) or frame[3]["eventType"] != "Ended":
            return [frame]
        if not self.decides(frame):
            return [frame]
        late = copy_of(frame)[3]
        late |= {"eventType": "Updated", "triggerReason": "MeterValueClock"}
        late["seqNo"] += 1
        late["transactionInfo"].pop("stoppedReason", None)
        late["transactionInfo"]["chargingState"] = "Charging"
        return [frame, self.own_call(EVENT, late)]


class EndedBeforeUpdated(Twist):
    """The end overtakes updates that still wait in a queue of their own.

    Right: the session waits for them, then is closed; no figure depends on the order.
    """

    name = "ended_before_updated"
    versions = V2X
    explained_by = LATE
    never_with = frozenset({"seq_restarts"})
    share = 0.4

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._held: dict[str, list[dict[str, Any]]] = {}  # updates by transaction
        self._owed: list[dict[str, Any]] = []  # to be said when something is said next
        self._unanswered: dict[str, dict[str, Any]] = {}
        self._placeholders: set[str] = set()
        self._said = 0

    def connected(self) -> None:
        super().connected()
        self._owed = [*self._unanswered.values(), *self._owed]
        self._unanswered.clear()
        self._placeholders.clear()

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame) or frame[2] == "BootNotification":
            return [frame]
        if frame[2] != EVENT:
            return [frame, *self._pay()]
        held = self._held.setdefault(transaction_of(frame), [])
        if frame[3]["eventType"] == "Ended":
            self._owed += held
            held.clear()
        elif frame[3] in held or (self._may_wait(frame) and len(held) < HELD_MAX):
            if frame[3] not in held:  # else it is said again, the link having been lost
                held.append(copy_of(frame)[3])
            self._placeholders.add(frame[1])
            return [[frame[0], frame[1], "Heartbeat", {}]]  # whose answer ends the waiting
        return [frame, *self._pay()]

    def hears(self, frame: Frame) -> list[Frame]:
        if is_answer(frame):
            self._unanswered.pop(frame[1], None)
        if frame[0] == RESULT and frame[1] in self._placeholders:
            self._placeholders.discard(frame[1])
            return [[RESULT, frame[1], {}]]
        return super().hears(frame)

    def _may_wait(self, frame: Frame) -> bool:
        return frame[3]["eventType"] == "Updated" and self.decides(frame)

    def _pay(self) -> list[Frame]:
        self._said += 1
        if self._said % SAID_BEFORE_AGAIN == 0:
            self._owed = [*self._unanswered.values(), *self._owed]
            self._unanswered.clear()
        calls = [self.own_call(EVENT, payload) for payload in self._owed]
        self._unanswered |= {call[1]: call[3] for call in calls}
        self._owed.clear()
        return calls


class AvailableWithCable(Twist):
    """FoxESS says Available with the cable in.

    Right: a session does not end by that while it measures.
    """

    name = "available_with_cable"
    versions = V2X

    def says(self, frame: Frame) -> list[Frame | str]:
        occupied = (
            is_call(frame, "StatusNotification") and frame[3].get("connectorStatus") == "Occupied"
        )
        return [with_fields(frame, connectorStatus="Available")] if occupied else [frame]


class Speaks16Too(Twist):
    """FoxESS sends messages of 1.6 on a socket of 2.0.1 when it is set to find out by itself.

    Right: an error for each, and the link stays.
    """

    name = "speaks_16_too"
    versions = V2X
    share = 0.1

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame) or not self.chance():
            return [frame]
        status = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
        start = {
            "connectorId": 1,
            "idTag": "A",
            "meterStart": 1,
            "timestamp": "2026-01-01T00:00:00Z",
        }
        own = self._rng.choice((("StatusNotification", status), ("StartTransaction", start)))
        return [self.own_call(*own), frame]
