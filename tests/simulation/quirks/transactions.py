"""1.6 transactions without their id, without their card, of nobody, or told out of place."""

from random import Random
from typing import Any

from ogniwo.domain.session import Flag
from tests.simulation.quirks.twist import (
    RESULT,
    V16,
    Frame,
    HangUp,
    Spoilt,
    Twist,
    copy_of,
    is_answer,
    is_call,
)
from tests.simulation.quirks.values import meter_values_of

START, STOP, VALUES = "StartTransaction", "StopTransaction", "MeterValues"
FOREIGN_FROM = 1_900_000_000  # ids that no server of a test ever gives
BY_CONNECTOR = frozenset({Flag.MATCHED_BY_CONNECTOR, Flag.CONTENT_TOLERATED})


class ForgetsIdAlone(Twist):
    """EVerest, go-e and open-ocpp stop -1, 0 or null when they never learnt the id.

    This one forgets only while a single transaction of it is open. Right: the stop is that one's.
    """

    name = "forgets_id_alone"
    versions = V16
    explained_by = BY_CONNECTOR
    never_with = frozenset(
        {
            "clock_jumps",
            "forgets_id",
            "foreign_transactions",
            "serial_as_tag",
            "stops_with_another_tag",
            "tag_with_rubbish",
        }
    )
    share = 0.6

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._starting: set[str] = set()
        self._open: set[int] = set()
        self._forgotten: set[int] = set()

    def connected(self) -> None:
        super().connected()
        self._starting.clear()

    def says(self, frame: Frame) -> list[Frame | str]:
        if is_call(frame, START):
            self._starting.add(frame[1])
        if not is_call(frame, STOP):
            return [frame]
        number = frame[3]["transactionId"]
        if self._open == {number} and self.decides(frame):
            self._forgotten.add(number)
        self._open.discard(number)
        return [self._forgetful(frame)] if number in self._forgotten else [frame]

    def hears(self, frame: Frame) -> list[Frame]:
        if frame[0] == RESULT and frame[1] in self._starting:
            self._starting.discard(frame[1])
            self._open.add(frame[2]["transactionId"])
        return [frame]

    def _forgetful(self, frame: Frame) -> Frame:
        unknown = self.picks(frame, (-1, 0, None))
        return [*frame[:3], {**frame[3], "transactionId": unknown}]


class ForgetsId(ForgetsIdAlone):
    """The same while others may be charging there with the same card, or with none.

    Right: no guess between two. Where readings and registers contradict all but one it is that
    one's; else the stop is kept for review, and the session ends when the place is taken anew, or
    was free for a quarter of an hour, and is closed another quarter later.
    """

    name = "forgets_id"
    seldom = True
    spoils = frozenset({Spoilt.ENERGY, Spoilt.TIMES, Spoilt.READINGS})
    explained_by = BY_CONNECTOR | {Flag.ABANDONED, Flag.METER_STOP_UNKNOWN, Flag.ENERGY_UNKNOWN}
    never_with = frozenset(
        {"clock_jumps", "foreign_transactions", "forgets_id_alone", "local_time_as_utc"}
    )

    def says(self, frame: Frame) -> list[Frame | str]:
        forgets = is_call(frame, STOP) and self.decides(frame)
        return [self._forgetful(frame)] if forgets else [frame]


class ValuesWithoutId(Twist):
    """MeterValues of transaction 0, of null or of none.

    Right: they are of the session that runs at that connector at that time.
    """

    name = "values_without_id"
    versions = V16
    never_with = frozenset(
        {
            "clock_jumps",
            "counts_per_session",
            "foreign_transactions",
            "stop_counts_per_session",
            "values_of_nowhere",
        }
    )
    share = 0.5

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, VALUES) or not self.decides(frame):
            return [frame]
        payload = {**frame[3], "transactionId": self.picks(frame, (0, None, -1))}
        if self.picks(frame, (True, False, False)):
            del payload["transactionId"]
        return [[*frame[:3], payload]]


class ValuesOfNowhere(Twist):
    """Heidelberg names connector 0 and transaction 0.

    Right: kept as the station's own, given to no session.
    """

    name = "values_of_nowhere"
    versions = V16
    spoils = frozenset({Spoilt.READINGS})
    share = 0.5

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, VALUES) or not self.decides(frame):
            return [frame]
        return [[*frame[:3], {**frame[3], "connectorId": 0, "transactionId": 0}]]


class ForeignTransactions(Twist):
    """Wallbox tells of transactions that this backend never made; so do stations that moved.

    Right: answered, stored unassigned, no session opened and none stopped.
    """

    name = "foreign_transactions"
    versions = V16
    share = 0.15

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame) or not (at := _time_in(frame[3])) or not self.chance():
            return [frame]
        number = FOREIGN_FROM + self._rng.randrange(1_000)
        sampled = [{"value": str(self._rng.randrange(10**6))}]
        value = {"timestamp": at, "sampledValue": sampled}
        values = {"connectorId": 1, "transactionId": number, "meterValue": [value]}
        stop = {"transactionId": number, "meterStop": self._rng.randrange(10**6), "timestamp": at}
        if self._rng.random() < 0.5:
            return [self.own_call(VALUES, values), frame]
        again = self._rng.choice((1, 1, 2))  # it may say the same anew, as if nobody had answered
        return [*(self.own_call(STOP, stop) for _ in range(again)), frame]


class StoredHistory(Twist):
    """Alfen sends what it has stored for years when it first meets a backend.

    Right: taken in bulk, and nothing of today moves because of it.
    """

    name = "stored_history"
    versions = V16
    never_with = frozenset({"counts_per_session", "stop_counts_per_session"})

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._told = False

    def says(self, frame: Frame) -> list[Frame | str]:
        at = _time_in(frame[3]) if is_call(frame) else None
        if self._told or at is None:
            return [frame]
        self._told = True
        year = int(at[:4])
        days = [
            f"{year - 1 - back}-{1 + day % 12:02}-{1 + day:02}"
            for back in (1, 0)
            for day in range(28)
        ]
        history = [
            {
                "timestamp": f"{day}T06:00:00Z",
                "sampledValue": [{"value": str(1_000 * n), "context": "Sample.Clock"}],
            }
            for n, day in enumerate(days)
        ]
        of_nobody = {"connectorId": 1, "meterValue": history[:28]}
        of_others = {"connectorId": 1, "transactionId": FOREIGN_FROM, "meterValue": history[28:]}
        return [self.own_call(VALUES, of_nobody), self.own_call(VALUES, of_others), frame]


class ValuesAfterStop(Twist):
    """MeterValues of a transaction follow its stop.

    Right: closed stays closed; the values are attached and change no bill.
    """

    name = "values_after_stop"
    versions = V16
    spoils = frozenset({Spoilt.READINGS})
    explained_by = frozenset({Flag.LATE_DATA})
    share = 0.7

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._newest: dict[int, dict[str, Any]] = {}  # MeterValues by transaction

    def says(self, frame: Frame) -> list[Frame | str]:
        if is_call(frame, VALUES) and frame[3].get("transactionId"):
            self._newest[frame[3]["transactionId"]] = copy_of(frame)[3]
        if not is_call(frame, STOP):
            return [frame]
        late = self._newest.pop(frame[3]["transactionId"], None)
        if late is None or not self.decides(frame):
            return [frame]
        for meter_value in meter_values_of([0, "", "", late]):
            meter_value["timestamp"] = frame[3]["timestamp"]
        return [frame, self.own_call(VALUES, late)]


class HangsUpOnQuickStart(Twist):
    """Free2move drops the link when its start is answered at once, and says it again later.

    Right: the same start gets the same id; there is one session.
    """

    name = "hangs_up_on_quick_start"
    versions = V16
    share = 0.5

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._starting: set[str] = set()

    def connected(self) -> None:
        super().connected()
        self._starting.clear()

    def says(self, frame: Frame) -> list[Frame | str]:
        if is_call(frame, START):
            self._starting.add(frame[1])
        return [frame]

    def hears(self, frame: Frame) -> list[Frame]:
        if is_answer(frame) and frame[1] in self._starting and self.chance():
            raise HangUp
        return [frame]


def _time_in(payload: dict[str, Any]) -> str | None:
    at = payload.get("timestamp")
    return at if isinstance(at, str) else None
