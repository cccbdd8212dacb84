"""Find dead links: ping a silent station, drop it when nothing comes back, learn its patience.

Any traffic counts as life, so a talkative station is never pinged. The interval grows while
pings are answered (each one costs mobile data) and shrinks after a loss, since a loss often
means that a router forgot the connection before we spoke again.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from ogniwo.base.errors import invariant
from ogniwo.base.limits import LINK_SILENCE_S_MAX
from ogniwo.base.units import MS_PER_SECOND
from ogniwo.gateway.counts import GatewayCounts
from ogniwo.gateway.wheel import DeadlineWheel

_STATIONS_REMEMBERED_MAX: Final = 20_000  # only those that lost a link while silent
_ANSWERS_BEFORE_RAISE: Final = 16  # at the ceiling, before a higher one is tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class PingPolicy:
    interval_ms: int = 60 * MS_PER_SECOND
    interval_ms_min: int = 30 * MS_PER_SECOND
    interval_ms_max: int = 240 * MS_PER_SECOND
    pong_deadline_ms: int = 20 * MS_PER_SECOND

    def __post_init__(self) -> None:
        invariant(
            self.interval_ms_min <= self.interval_ms <= self.interval_ms_max,
            "ping intervals out of order",
        )
        invariant(
            self.interval_ms_max + self.pong_deadline_ms < LINK_SILENCE_S_MAX * MS_PER_SECOND,
            "a link must be pinged before it counts as silent",
        )


PING_POLICY: Final = PingPolicy()


class Pinged(Protocol):
    """The part of a socket that is needed here."""

    @property
    def last_heard_ms(self) -> int: ...
    def ping(self) -> None: ...
    def abort(self) -> None: ...


class Pinger:
    def __init__(
        self,
        wheel: DeadlineWheel,
        *,
        policy: PingPolicy = PING_POLICY,
        counts: GatewayCounts | None = None,
    ) -> None:
        self._wheel = wheel
        self._policy = policy
        self.counts = counts if counts is not None else GatewayCounts()
        self._ceilings_ms: OrderedDict[str, int] = OrderedDict()

    def watch(self, identity: str, socket: Pinged) -> Callable[[], None]:
        """Keep an eye on a link until the returned function is called."""
        ceiling_ms = self._ceilings_ms.get(identity, self._policy.interval_ms_max)
        watch = _Watch(self, identity, socket, ceiling_ms)
        self._wheel.add(socket.last_heard_ms + watch.interval_ms, watch.check)
        return watch.end

    @property
    def policy(self) -> PingPolicy:
        return self._policy

    def pinged(self) -> None:
        self.counts.pings += 1

    def lost(self, identity: str, interval_ms: int) -> None:
        """No answer after this much silence: next time, speak sooner."""
        self.counts.links_silent += 1
        self._ceilings_ms[identity] = max(self._policy.interval_ms_min, interval_ms * 3 // 4)
        self._ceilings_ms.move_to_end(identity)
        if len(self._ceilings_ms) > _STATIONS_REMEMBERED_MAX:
            self._ceilings_ms.popitem(last=False)

    def raised(self, identity: str, ceiling_ms: int) -> None:
        if ceiling_ms >= self._policy.interval_ms_max:
            self._ceilings_ms.pop(identity, None)
        elif identity in self._ceilings_ms:
            self._ceilings_ms[identity] = ceiling_ms


class _Watch:
    """The pings of one link; lives on the wheel."""

    __slots__ = (
        "_answers",
        "_ceiling_ms",
        "_identity",
        "_pinged_ms",
        "_pinger",
        "_socket",
        "interval_ms",
    )

    def __init__(self, pinger: Pinger, identity: str, socket: Pinged, ceiling_ms: int) -> None:
        self._pinger = pinger
        self._identity = identity
        self._socket: Pinged | None = socket
        self._ceiling_ms = ceiling_ms
        self._answers = 0
        self._pinged_ms: int | None = None
        self.interval_ms = min(pinger.policy.interval_ms, ceiling_ms)

    def end(self) -> None:
        self._socket = None  # the wheel may hold this object for minutes more: not the socket

    def check(self, now_ms: int) -> int | None:
        socket = self._socket
        if socket is None:
            return None
        heard_ms = socket.last_heard_ms
        if self._pinged_ms is not None:
            if heard_ms < self._pinged_ms:
                return self._wait_or_drop(socket, now_ms, self._pinged_ms)
            self._pinged_ms = None
            self._grow()
        if now_ms - heard_ms < self.interval_ms:
            return heard_ms + self.interval_ms
        self._pinged_ms = now_ms
        self._pinger.pinged()
        socket.ping()
        return now_ms + self._pinger.policy.pong_deadline_ms

    def _wait_or_drop(self, socket: Pinged, now_ms: int, pinged_ms: int) -> int | None:
        deadline_ms = pinged_ms + self._pinger.policy.pong_deadline_ms
        if now_ms < deadline_ms:
            return deadline_ms
        self._pinger.lost(self._identity, self.interval_ms)
        self.end()
        socket.abort()
        return None

    def _grow(self) -> None:
        if self.interval_ms < self._ceiling_ms:
            self.interval_ms = min(self._ceiling_ms, self.interval_ms * 3 // 2)
            return
        self._answers += 1
        if self._answers >= _ANSWERS_BEFORE_RAISE and self._ceiling_ms < (
            ceiling_ms := self._pinger.policy.interval_ms_max
        ):
            self._answers = 0
            self._ceiling_ms = min(ceiling_ms, self._ceiling_ms * 5 // 4)
            self._pinger.raised(self._identity, self._ceiling_ms)
