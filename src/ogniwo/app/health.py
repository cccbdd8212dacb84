"""Is the service ready, and if not, why not."""

from collections.abc import Callable
from typing import Protocol

from ogniwo.app.requests import Trouble
from ogniwo.base.clock import Clock
from ogniwo.base.limits import STORAGE_PATIENCE_S
from ogniwo.base.units import MS_PER_SECOND


class WriterHealth(Protocol):
    @property
    def healthy(self) -> bool: ...

    @property
    def held_since_ms(self) -> int | None: ...

    @property
    def rows_waiting(self) -> int: ...


class Health:
    def __init__(
        self, writer: WriterHealth, clock: Clock, *, cut_off: Callable[[], int | None] | None = None
    ) -> None:
        """``cut_off``: since when the database does not answer, for a node with nothing to write.

        In ``Clock.now_ms``; None while it answers.
        """
        self._writer = writer
        self._clock = clock
        self._cut_off = cut_off or (lambda: None)
        self.starting = False
        self.stopping = False

    def storage_given_up(self) -> bool:
        """Nothing could be stored for so long that stations are sent away, to queue offline."""
        if not self._writer.healthy:
            since_ms = self._writer.held_since_ms
            if since_ms is None:
                return True  # the writer itself has ended
        elif (since_ms := self._cut_off()) is None:
            return False
        return self._clock.now_ms() - since_ms > STORAGE_PATIENCE_S * MS_PER_SECOND

    def ready(self) -> list[Trouble]:
        troubles: list[Trouble] = []
        if self.starting:
            troubles.append(Trouble(code="starting", detail="The server is still starting."))
        if self.stopping:
            troubles.append(Trouble(code="stopping", detail="The server is shutting down."))
        if not self._writer.healthy or self._cut_off() is not None:
            waiting = self._writer.rows_waiting
            troubles.append(
                Trouble(
                    code="storage_away",
                    detail=f"The database takes no data and {waiting} rows wait for it: look at "
                    "the log for the reason (full disk, missing permission).",
                )
            )
        return troubles
