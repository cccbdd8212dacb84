"""Is the service ready, and if not, why not."""

from typing import Protocol

from ogniwo.app.requests import Trouble


class WriterHealth(Protocol):
    @property
    def healthy(self) -> bool: ...

    @property
    def rows_waiting(self) -> int: ...


class Health:
    def __init__(self, writer: WriterHealth) -> None:
        self._writer = writer
        self.stopping = False

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
