"""Message ids that mean less than they should, and messages that come more than once."""

from random import Random

import msgspec

from tests.simulation.quirks.twist import (
    ANY,
    CALL,
    V16,
    Frame,
    Twist,
    copy_of,
    is_answer,
    is_call,
)


class IdsRestart(Twist):
    """Many number their calls from 1 on every connection (stations built on ocpp-go).

    Right: an id names a call of this connection only; repeats are known by their content.
    """

    name = "ids_restart"
    versions = ANY
    never_with = frozenset({"retries_reuse_id", "ids_are_numbers"})

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._count = 0
        self._given: dict[str, str] = {}

    def connected(self) -> None:
        super().connected()
        self._count = 0
        self._given.clear()

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame):
            return [frame]
        self._count += 1
        self._given[str(self._count)] = frame[1]
        return [[CALL, str(self._count), *frame[2:]]]

    def hears(self, frame: Frame) -> list[Frame]:
        if not is_answer(frame):
            return [frame]
        own = self._given.pop(frame[1], frame[1])
        return [[frame[0], own, *frame[2:]]]


class IdsAreNumbers(Twist):
    """Some 1.6 stations send a number where a text belongs, and want it back as a number.

    Right: served; 1.6 never said it clearly.
    """

    name = "ids_are_numbers"
    versions = V16
    never_with = frozenset({"retries_reuse_id", "ids_restart"})

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._count = rng.randrange(1, 2**31)
        self._given: dict[int, str] = {}

    def connected(self) -> None:
        super().connected()
        self._given.clear()

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame):
            return [frame]
        self._count += 1
        self._given[self._count] = frame[1]
        return [[CALL, self._count, *frame[2:]]]

    def hears(self, frame: Frame) -> list[Frame]:
        if not is_answer(frame) or isinstance(frame[1], str):
            return [frame]
        own = self._given.pop(frame[1], None)
        return [] if own is None else [[frame[0], own, *frame[2:]]]


class RetriesReuseId(Twist):
    """EVerest and others say again with the same id what got no answer.

    Right: answered again, booked once; and never mixed up with another station's id.
    """

    name = "retries_reuse_id"
    versions = ANY
    never_with = frozenset({"ids_restart", "ids_are_numbers"})

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._open: dict[str, tuple[bytes, str]] = {}  # id on the wire to content and own id
        self._unanswered: dict[bytes, str] = {}

    def connected(self) -> None:
        super().connected()
        self._unanswered = {content: wire_id for wire_id, (content, _) in self._open.items()}
        self._open.clear()

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame):
            return [frame]
        content = msgspec.json.encode(frame[2:])
        wire_id = self._unanswered.pop(content, frame[1])
        self._open[wire_id] = (content, frame[1])
        return [[CALL, wire_id, *frame[2:]]]

    def hears(self, frame: Frame) -> list[Frame]:
        if not is_answer(frame) or frame[1] not in self._open:
            return [frame]
        _, own_id = self._open.pop(frame[1])
        return [[frame[0], own_id, *frame[2:]]]


class SaysTwice(Twist):
    """A call comes twice with one id, the second before the first was answered (EVerest).

    Right: both are answered, alike, and booked once.
    """

    name = "says_twice"
    versions = ANY
    share = 0.25

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._answered: dict[str, bool] = {}  # what was said twice here, by id

    def connected(self) -> None:
        super().connected()
        self._answered.clear()

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame) or not self.chance():
            return [frame]
        self._answered[frame[1]] = False
        return [frame, copy_of(frame)]

    def hears(self, frame: Frame) -> list[Frame]:
        if not is_answer(frame) or frame[1] not in self._answered:
            return [frame]
        again, self._answered[frame[1]] = self._answered[frame[1]], True
        return [] if again else [frame]


class RepeatsBoot(SaysTwice):
    """Metron repeats its boot with the same id, again and again.

    Right: every one is answered, and the same way.
    """

    name = "repeats_boot"
    share = 1.0
    never_with = frozenset({"says_twice"})  # which also counts the answers to one id

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, "BootNotification"):
            return [frame]
        self._answered[frame[1]] = False
        return [frame, *(copy_of(frame) for _ in range(self._rng.randint(1, 4)))]


class ResendsMeterValues(Twist):
    """Webasto sends its newest MeterValues again, id and all, at every reconnect.

    Right: answered, stored once; the session is not revived by it.
    """

    name = "resends_meter_values"
    versions = V16

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._newest: Frame | None = None
        self._due = False

    def connected(self) -> None:
        super().connected()
        self._due = self._newest is not None

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame) or frame[2] == "BootNotification":
            return [frame]
        again, self._newest = self._newest if self._due else None, self._newest_of(frame)
        self._due = False
        if again is None or again[3] == frame[3]:
            return [frame]
        self._own.add(again[1])
        return [copy_of(again), frame]

    def _newest_of(self, frame: Frame) -> Frame | None:
        return copy_of(frame) if frame[2] == "MeterValues" else self._newest


class NothingHeard(Twist):
    """An answer gets lost inside the station, and it asks the same again at once (Metron).

    Right: the same answer once more; nothing is booked twice.
    """

    name = "nothing_heard"
    versions = ANY
    share = 0.1

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame) or not self.chance():
            return [frame]
        return [self.own_call(frame[2], frame[3]), frame]
