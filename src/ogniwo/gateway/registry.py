"""The live links of this gateway: who is connected, the newest socket of each winning."""

from collections import deque
from typing import Final

from ogniwo.base.clock import Clock
from ogniwo.base.units import Instant
from ogniwo.gateway.link import Link

SETTLE_MS: Final = 5_000  # a station that says nothing after connecting may be called then


class Registry:
    """Implements the port ``Presence``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._links: dict[str, Link] = {}
        self._settling: deque[tuple[int, Link]] = deque()  # since when, in the order they came
        self._seen: dict[str, tuple[int, Instant]] = {}  # of links gone since the last harvest

    def add(self, link: Link) -> Link | None:
        """Returns the link it replaces, which the caller closes."""
        before = self._links.get(link.identity)
        self._links[link.identity] = link
        self._settling.append((self._clock.now_ms(), link))
        return before

    def remove(self, link: Link) -> bool:
        """False when a newer link has taken its place: then nothing of the station changes."""
        self._seen[link.identity] = (link.mailbox.state.station.id, link.last_seen)
        if self._links.get(link.identity) is not link:
            return False
        del self._links[link.identity]
        return True

    def get(self, identity: str) -> Link | None:
        return self._links.get(identity)

    def settled(self) -> list[Link]:
        """Links that have been open for a while now; each is given once."""
        ripe: list[Link] = []
        bound = self._clock.now_ms() - SETTLE_MS
        while self._settling and self._settling[0][0] <= bound:
            _, link = self._settling.popleft()
            if self._links.get(link.identity) is link:
                ripe.append(link)
        return ripe

    def harvest_seen(self, since: Instant) -> list[tuple[int, Instant]]:
        """(station id, last seen) of every station heard after ``since``."""
        seen = list(self._seen.values())
        self._seen.clear()
        seen += [
            (link.mailbox.state.station.id, link.last_seen)
            for link in self._links.values()
            if link.last_seen > since
        ]
        return seen

    def connected_since(self, identity: str) -> Instant | None:
        link = self._links.get(identity)
        return None if link is None else link.since

    def last_seen_at(self, identity: str) -> Instant | None:
        link = self._links.get(identity)
        if link is not None:
            return link.last_seen
        gone = self._seen.get(identity)
        return None if gone is None else gone[1]

    def connected_count(self) -> int:
        return len(self._links)
