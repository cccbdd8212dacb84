"""Many small changes into few: what moves is told at most once a second for each thing.

Durable events pass through untouched and in order. Pure: time is an argument.
"""

from typing import Final, Generic, TypeVar

from msgspec.structs import replace

from ogniwo.app.views import EventView
from ogniwo.web.ports import EvseLive, LiveBatch, SessionLive, StationLive

QUIET_S: Final = 1.0  # a person reads no faster, and a browser with 1,000 rows draws no faster

T = TypeVar("T", SessionLive, StationLive)


class Coalescer:
    def __init__(self) -> None:
        self._events: list[EventView] = []
        self._sessions = _Newest[SessionLive]()
        self._stations = _Newest[StationLive]()

    def add(self, batch: LiveBatch) -> None:
        self._events.extend(batch.events)
        for session in batch.sessions:
            self._sessions.put(session)
        for station in batch.stations:
            known = self._stations.waiting.get(station.id)
            self._stations.put(station if known is None else _merged(known, station))

    @property
    def waiting(self) -> bool:
        """Is there anything that has not been told, due or not?"""
        return bool(self._events or self._sessions.waiting or self._stations.waiting)

    def take(self, now_s: float) -> LiveBatch:
        """What is due now; the rest stays."""
        events, self._events = self._events, []
        return LiveBatch(
            events=events,
            sessions=self._sessions.take(now_s),
            stations=self._stations.take(now_s),
        )


class _Newest(Generic[T]):
    """The newest value of each thing, and when each was last told."""

    def __init__(self) -> None:
        self.waiting: dict[str, T] = {}
        self._told_s: dict[str, float] = {}  # only of the last QUIET_S: bounded by what moves

    def put(self, value: T) -> None:
        self.waiting[value.id] = value

    def take(self, now_s: float) -> list[T]:
        self._told_s = {key: at for key, at in self._told_s.items() if now_s - at < QUIET_S}
        due = [value for key, value in self.waiting.items() if key not in self._told_s]
        for value in due:
            del self.waiting[value.id]
            self._told_s[value.id] = now_s
        return due


def _merged(before: StationLive, after: StationLive) -> StationLive:
    evses: dict[int, EvseLive] = {evse.id: evse for evse in before.evses}
    evses.update((evse.id, evse) for evse in after.evses)
    return replace(after, evses=[evses[number] for number in sorted(evses)])
