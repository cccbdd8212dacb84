"""The trace as it grows, for whoever follows it now: nothing is observed while nobody does.

Web nodes say again and again what they want of it; what nobody asks for any more ends by itself.
"""

from typing import Final

from ogniwo.app.bus import Bus, TailWanted
from ogniwo.app.live import LiveBatch, MessageLive
from ogniwo.app.mailbox import Mailboxes
from ogniwo.base.clock import Clock
from ogniwo.base.units import MS_PER_SECOND, from_instant
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.trace import Message

WANT_EVERY_S: Final = 2.0
WANTED_S: Final = 7.0  # some of these notices may be lost
MESSAGES_MAX: Final = 250  # of a batch, told four times a second
TEXT_BYTES_MAX: Final = 16_000  # of a longer one the trace has all

_LASTS_MS: Final = round(WANTED_S * MS_PER_SECOND)


class Tail:
    def __init__(self, bus: Bus, mailboxes: Mailboxes, clock: Clock) -> None:
        self._bus = bus
        self._mailboxes = mailboxes
        self._clock = clock
        self._wanted: dict[int, tuple[int, frozenset[str] | None]] = {}  # by asking node: until, of
        self._stations: frozenset[str] | None = frozenset()  # None: all
        self._messages: list[MessageLive] = []
        self._skipped = 0
        self._watching = False

    async def listen(self) -> None:
        await self._bus.listen(TailWanted, self._want)

    async def publish(self) -> None:
        """Called as often as what moves is told."""
        if not self._watching:
            return
        if self._messages or self._skipped:
            messages, self._messages = self._messages, []
            skipped, self._skipped = self._skipped, 0
            self._bus.tell(LiveBatch(messages=messages, skipped=skipped))
        self._settle()

    def _want(self, notice: TailWanted) -> None:
        stations = None if notice.stations is None else frozenset(notice.stations)
        self._wanted[notice.node] = (self._clock.now_ms() + _LASTS_MS, stations)
        self._settle()

    def _settle(self) -> None:
        now_ms = self._clock.now_ms()
        self._wanted = {node: it for node, it in self._wanted.items() if it[0] > now_ms}
        stations: frozenset[str] | None = frozenset()
        for _, some in self._wanted.values():
            stations = None if some is None or stations is None else stations | some
        self._stations = stations
        if bool(self._wanted) is not self._watching:
            self._watching = bool(self._wanted)
            change = self._mailboxes.watch if self._watching else self._mailboxes.unwatch
            change(self._written, Message)

    def _written(self, state: StationState, row: DomainRow) -> None:
        station = state.station
        if self._stations is not None and station.identity not in self._stations:
            return
        if len(self._messages) >= MESSAGES_MAX:
            self._skipped += 1
        elif isinstance(row, Message):
            self._messages.append(_live(station.identity, row))


def _live(identity: str, row: Message) -> MessageLive:
    answer = row.answer or b""
    cut = max(len(row.call), len(answer)) > TEXT_BYTES_MAX
    return MessageLive(
        id=str(row.id),
        station_id=identity,
        session_id=None if row.session_id is None else str(row.session_id),
        direction=row.direction,
        action=row.action,
        message_id=row.message_id,
        at=from_instant(row.at),
        latency_us=row.latency_us,
        call=b"" if cut else row.call,
        answer=None if cut else row.answer,
        answered=row.answered.value,
        notes=row.notes,
        cut=cut,
    )
