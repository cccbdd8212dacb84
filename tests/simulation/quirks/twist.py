"""What makes an ordinary simulated station an odd one: a twist sits on its wire, both ways.

A twist changes, repeats, adds or loses frames between a station's own logic and its socket. It
knows nothing of sockets and time: whoever owns the wire asks it. Which twists there are is
``registry``'s business.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from random import Random
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import quote
from zlib import crc32

import msgspec

from ogniwo.domain.session import Flag

T = TypeVar("T")

Frame = list[Any]  # a decoded OCPP-J frame: [2, id, action, payload], [3, id, payload], ...

CALL: Final = 2
RESULT: Final = 3
ERROR: Final = 4

V16: Final = ("1.6",)
V2X: Final = ("2.0.1", "2.1")
ANY: Final = V16 + V2X


class HangUp(Exception):  # noqa: N818 - not an error but what the station does
    """The station drops the link here; whatever it has not been answered it will say again."""


class Spoilt(Enum):
    """What of the truth the books cannot know any more. They may hold or flag, never be wrong."""

    ENERGY = "energy"  # held, unknown or flagged; if billed after all, then never too much
    SESSIONS = "sessions"  # not one session for each transaction, or one that is not closed
    READINGS = "readings"  # samples between start and end: fewer, more, or other registers
    TIMES = "times"  # of start, end and readings
    TOKEN = "token"  # whose card it was
    PLACE = "place"  # at which EVSE or connector


class Twist:
    """One per station; lives as long as the station, over reconnects and reboots.

    ``explained_by`` are the flags with which the books may react; any other one is a fault of
    the server's. The base does nothing odd.
    """

    name: ClassVar[str] = ""
    versions: ClassVar[tuple[str, ...]] = ANY
    spoils: ClassVar[frozenset[Spoilt]] = frozenset()
    explained_by: ClassVar[frozenset[Flag]] = frozenset()
    never_with: ClassVar[frozenset[str]] = frozenset()  # together they are another quirk
    assume_version: ClassVar[bool] = False  # the station's record must name its version
    share: ClassVar[float] = 1.0  # of the chances to act that it takes
    seldom: ClassVar[bool] = False  # what it spoils is spoilt in worlds, not in every short life

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._salt = rng.getrandbits(32)
        self._own: set[str] = set()  # ids of calls that the station's logic knows nothing of
        self._made = 0
        self.complaints: list[str] = []  # what this station cannot bear, and the server did

    def offers(self, subprotocol: str) -> tuple[str, ...]:
        """What the next connection puts into Sec-WebSocket-Protocol; may differ each time."""
        return (subprotocol,)

    def target(self, identity: str) -> str:
        """The path of the request."""
        return f"/ocpp/{quote(identity, safe='')}"

    def connected(self) -> None:
        """The handshake is done, the station's logic was not told yet. May raise ``HangUp``."""
        self._own.clear()  # the old link's answers will not come any more

    def says(self, frame: Frame) -> list[Frame | str]:
        """What really leaves, in this order; text is no JSON and goes out as it is."""
        return [frame]

    def hears(self, frame: Frame) -> list[Frame]:
        """What reaches the station's own logic. May raise ``HangUp``."""
        return [] if self.swallows(frame) else [frame]

    # -- for the twists themselves

    def chance(self) -> bool:
        return self._rng.random() < self.share

    def decides(self, frame: Frame) -> bool:
        """By chance, but always the same for the same content: it may have to be sent again."""
        return self._draw(frame) / 2**32 < self.share

    def picks(self, frame: Frame, choices: Sequence[T]) -> T:
        """One of them, the same whenever the same is said."""
        return choices[self._draw(frame, "which") % len(choices)]

    def _draw(self, frame: Frame, *more: str) -> int:
        content = [*more, *frame[2:]]  # not the id
        return crc32(msgspec.json.encode(content), self._salt)

    def own_call(self, action: str, payload: dict[str, Any]) -> Frame:
        """A call that the station's logic did not make; its answer will be swallowed."""
        self._made += 1
        call_id = f"{self.name[:16]}-{self._made}-{self._rng.getrandbits(32):08x}"
        self._own.add(call_id)
        return [CALL, call_id, action, payload]

    def swallows(self, frame: Frame) -> bool:
        """Whether this answers a call of the twist's own; a network may bring it twice."""
        return frame[0] in {RESULT, ERROR} and frame[1] in self._own


class Stack(Twist):
    """Several twists on one wire: the first is nearest to the station, the last to the socket."""

    name = "stack"

    def __init__(self, twists: Iterable[Twist]) -> None:
        super().__init__(Random(0))
        self.twists: Final = tuple(twists)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(twist.name for twist in self.twists)

    @property
    def spoilt(self) -> frozenset[Spoilt]:
        return frozenset[Spoilt]().union(*(twist.spoils for twist in self.twists))

    @property
    def explaining(self) -> frozenset[Flag]:
        return frozenset[Flag]().union(*(twist.explained_by for twist in self.twists))

    @property
    def assumes_version(self) -> bool:
        return any(twist.assume_version for twist in self.twists)

    @property
    def all_complaints(self) -> list[str]:
        return [f"{it.name}: {why}" for it in self.twists for why in it.complaints]

    def offers(self, subprotocol: str) -> tuple[str, ...]:
        """The first of them that has an opinion."""
        offered = (twist.offers(subprotocol) for twist in self.twists)
        return next((it for it in offered if it != (subprotocol,)), (subprotocol,))

    def target(self, identity: str) -> str:
        usual = Twist.target(self, identity)
        targets = (twist.target(identity) for twist in self.twists)
        return next((it for it in targets if it != usual), usual)

    def connected(self) -> None:
        for twist in self.twists:
            twist.connected()

    def says(self, frame: Frame) -> list[Frame | str]:
        leaving: list[Frame | str] = [frame]
        for twist in self.twists:
            before, leaving = leaving, []
            for one in before:
                leaving += [one] if isinstance(one, str) else twist.says(one)
        return leaving

    def hears(self, frame: Frame) -> list[Frame]:
        arriving = [frame]
        for twist in reversed(self.twists):
            arriving = [heard for one in arriving for heard in twist.hears(one)]
        return arriving


def is_call(frame: Frame, *actions: str) -> bool:
    """A call of one of these actions, or of any."""
    return bool(frame[0] == CALL and (not actions or frame[2] in actions))


def is_answer(frame: Frame) -> bool:
    return frame[0] in {RESULT, ERROR}


def copy_of(frame: Frame) -> Frame:
    """To be changed at will: the station's own stays as it was."""
    copied: Frame = msgspec.json.decode(msgspec.json.encode(frame))
    return copied


def with_fields(frame: Frame, **fields: object) -> Frame:
    """The same frame, its payload with these fields set; None leaves one out."""
    payload = {**frame[-1], **fields}
    return [*frame[:-1], {name: it for name, it in payload.items() if it is not None}]
