"""Many small changes into few: what moves is told at most once a second for each thing.

Durable events pass through untouched and in order. Pure: time is an argument.
"""

from typing import Final, Generic, TypeVar

from msgspec.structs import replace

from ogniwo.app.views import EventView
from ogniwo.web.ports import (
    AttemptLive,
    CommandLive,
    EvseLive,
    LiveBatch,
    MessageLive,
    SessionLive,
    StationLive,
)

QUIET_S: Final = 1.0  # a person reads no faster, and a browser with 1,000 rows draws no faster

T = TypeVar("T", SessionLive, StationLive, CommandLive, AttemptLive)


class Coalescer:
    def __init__(self) -> None:
        self._events: list[EventView] = []
        self._sessions = _Newest[SessionLive]()
        self._stations = _Newest[StationLive]()
        self._commands = _Newest[CommandLive]()
        self._attempts = _Newest[AttemptLive]()
        self._messages: list[MessageLive] = []
        self._skipped = 0

    def add(self, batch: LiveBatch) -> None:
        self._events.extend(batch.events)
        for session in batch.sessions:
            self._sessions.put(session.id, session)
        for station in batch.stations:
            known = self._stations.waiting.get(station.id)
            self._stations.put(station.id, station if known is None else _merged(known, station))
        for command in batch.commands:
            self._commands.put(command.id, command)
        for attempt in batch.attempts:
            self._attempts.put(attempt.key, attempt)
        self._messages += batch.messages
        self._skipped += batch.skipped

    @property
    def waiting(self) -> bool:
        """Is there anything that has not been told, due or not?"""
        moving = (self._sessions, self._stations, self._commands, self._attempts)
        at_once = self._events or self._messages or self._skipped
        return bool(at_once) or any(it.waiting for it in moving)

    def take(self, now_s: float) -> LiveBatch:
        """What is due now; the rest stays."""
        events, self._events = self._events, []
        messages, self._messages = self._messages, []
        skipped, self._skipped = self._skipped, 0
        return LiveBatch(
            events=events,
            sessions=self._sessions.take(now_s),
            stations=self._stations.take(now_s),
            commands=self._commands.take(now_s, quiet_s=0),  # an order is soon over
            attempts=self._attempts.take(now_s),
            messages=messages,
            skipped=skipped,
        )


class _Newest(Generic[T]):
    """The newest value of each thing, and when each was last told."""

    def __init__(self) -> None:
        self.waiting: dict[str, T] = {}
        self._told_s: dict[str, float] = {}  # only of the last QUIET_S: bounded by what moves

    def put(self, key: str, value: T) -> None:
        self.waiting[key] = value

    def take(self, now_s: float, *, quiet_s: float = QUIET_S) -> list[T]:
        self._told_s = {key: at for key, at in self._told_s.items() if now_s - at < quiet_s}
        due = [key for key in self.waiting if key not in self._told_s]
        self._told_s |= dict.fromkeys(due, now_s)
        return [self.waiting.pop(key) for key in due]


def _merged(before: StationLive, after: StationLive) -> StationLive:
    evses: dict[int, EvseLive] = {evse.id: evse for evse in before.evses}
    evses.update((evse.id, evse) for evse in after.evses)
    return replace(after, evses=[evses[number] for number in sorted(evses)])
