"""What a referee found to be wrong, and when; an exception in the server's log is a finding too."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import structlog

from tests.simulation.loop import WorldClock


@dataclass(slots=True)
class Findings:
    clock: WorldClock
    told: list[str] = field(default_factory=list)
    logged: dict[str, int] = field(default_factory=dict)  # how often each event of the log came

    def add(self, rule: str, what: str) -> None:
        minutes = self.clock.now_ms() / 60_000
        self.told.append(f"{minutes:9.2f} min  {rule}: {what}")

    def listen_to_log(self) -> None:
        structlog.configure(processors=[self._hear], cache_logger_on_first_use=False)

    def _hear(self, _logger: object, method: str, event: MutableMapping[str, Any]) -> NoReturn:
        name = str(event.get("event"))
        self.logged[name] = self.logged.get(name, 0) + 1
        if event.get("exc_info") or method == "exception":
            self.add("the server does not fail", f"{name} {event}")
        raise structlog.DropEvent
