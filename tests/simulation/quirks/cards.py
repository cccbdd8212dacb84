"""Cards with characters too many, cards left out, and cards that are none."""

from random import Random

from ogniwo.domain.session import Flag
from tests.simulation.quirks.twist import (
    RESULT,
    V16,
    Frame,
    Spoilt,
    Twist,
    is_call,
    with_fields,
)

START, STOP = "StartTransaction", "StopTransaction"


class TagWithRubbish(Twist):
    """Ocular's reader adds two control bytes to a tag, another one a spare character at the stop.

    Right: stops are always acknowledged; control bytes are trimmed.
    """

    name = "tag_with_rubbish"
    versions = V16
    explained_by = frozenset({Flag.CONTENT_TOLERATED})

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, "Authorize", START, STOP) or "idTag" not in frame[3]:
            return [frame]
        tag = frame[3]["idTag"]
        if (
            frame[2] == STOP
            and self.decides(["", "", "spare"])
            and self.picks(frame, (True, False))
        ):
            return [with_fields(frame, idTag=(tag + "0").ljust(21, "0"))]
        return [with_fields(frame, idTag=tag + "\x02\x03")]


class StopsWithAnotherTag(Twist):
    """Stops name no card, no reason, or a card that is not the one of the start.

    Right: both are optional and change nothing.
    """

    name = "stops_with_another_tag"
    versions = V16

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, STOP):
            return [frame]
        return [
            with_fields(frame, idTag=self.picks(frame, (None, None, "SERVICECARD")), reason=None)
        ]


class SerialAsTag(Twist):
    """Alfen starts with its own serial number as the tag when it was offline.

    Right: the session is booked, answered Invalid, and the money trail kept.
    """

    name = "serial_as_tag"
    versions = V16
    spoils = frozenset({Spoilt.TOKEN})
    explained_by = frozenset({Flag.TOKEN_NOT_ACCEPTED})
    share = 0.5

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self._serial = f"ICU-EVe-{rng.randrange(10**8):08}"
        self._started: set[str] = set()

    def connected(self) -> None:
        super().connected()
        self._started.clear()

    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, START) or not self.decides(frame):
            return [frame]
        self._started.add(frame[1])
        return [with_fields(frame, idTag=self._serial)]

    def hears(self, frame: Frame) -> list[Frame]:
        if frame[0] == RESULT and frame[1] in self._started:
            # It was offline and has long since charged: the verdict stops nothing.
            return [[RESULT, frame[1], {**frame[2], "idTagInfo": {"status": "Accepted"}}]]
        return [frame]
