"""Is the service ready, and if not, why not."""

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
    def __init__(self, writer: WriterHealth, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self.stopping = False

    def storage_given_up(self) -> bool:
        """Nothing could be stored for so long that stations are sent away, to queue offline."""
        if self._writer.healthy:
            return False
        since_ms = self._writer.held_since_ms
        if since_ms is None:  # the writer itself has ended
            return True
        return self._clock.now_ms() - since_ms > STORAGE_PATIENCE_S * MS_PER_SECOND

    def ready(self) -> list[Trouble]:
        troubles: list[Trouble] = []
        if self.stopping:
            troubles.append(Trouble(code="stopping", detail="The server is shutting down."))
        if not self._writer.healthy:
            waiting = self._writer.rows_waiting
            troubles.append(
                Trouble(
                    code="storage_away",
                    detail=f"The database takes no data and {waiting} rows wait for it: look at "
                    "the log for the reason (full disk, missing permission).",
                )
            )
        return troubles
