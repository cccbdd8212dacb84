"""When the last backup was made, and whether that is too long ago."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from ogniwo.base.clock import Clock
from ogniwo.base.units import Instant, from_instant, seconds

LOOK_EVERY_S: Final = 60.0
OVERDUE_S: Final = 26 * 3_600  # a day, and two hours for a night that begins later
DEMO_MARK: Final = "demo"  # in a database that the demo made: it is no loss to anybody


class BackupTrace(Struct, frozen=True, kw_only=True):
    """What a database tells of its backups."""

    last_at: Instant | None = None
    oldest_at: Instant | None = None  # of its events: so long there has been something to lose
    demo: bool = False


class BackupView(Struct, frozen=True, kw_only=True):
    """``at``: when the last backup by `ogniwo db backup` began; ``overdue`` after a day."""

    at: datetime | None
    overdue: bool


class Backups:
    def __init__(self, read: Callable[[], Awaitable[BackupTrace]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._trace: BackupTrace | None = None

    @property
    def known(self) -> bool:
        return self._trace is not None

    @property
    def last_at(self) -> Instant | None:
        """As far as it was looked at."""
        return None if self._trace is None else self._trace.last_at

    async def look(self) -> None:
        self._trace = await self._read()

    async def now(self) -> BackupView:
        await self.look()
        return judged(self._trace or BackupTrace(), self._clock.now_us())


def judged(trace: BackupTrace, now: Instant) -> BackupView:
    safe_at = trace.oldest_at if trace.last_at is None else trace.last_at
    late = safe_at is not None and now - safe_at > seconds(OVERDUE_S)
    at = None if trace.last_at is None else from_instant(trace.last_at)
    return BackupView(at=at, overdue=late and not trace.demo)
