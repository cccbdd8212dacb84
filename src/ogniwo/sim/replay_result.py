"""What came of a replay: counted, and told apart by what was answered then and now."""

from dataclasses import dataclass, field
from typing import Final

from ogniwo.sim.replay_answers import NO_ANSWER

DIFFERENCES_KEPT_MAX: Final = 100  # kinds; the counts go on


@dataclass(slots=True)
class Difference:
    """One way in which answers differ: to this action the recorded, and the new one."""

    action: str
    recorded: str
    now: str
    first_line: int
    count: int = 0


@dataclass(slots=True)
class Result:
    stations: int = 0
    calls: int = 0  # in the trace, of stations
    connections: int = 0
    refused: int = 0  # stations that never got a connection
    given_up: int = 0  # stations that had one and whose replay did not come to its end
    sent: int = 0
    alike: int = 0
    different: int = 0
    new: int = 0  # answers to what the recorded CSMS did not answer
    missing: int = 0  # calls that got no answer
    orders: int = 0  # calls of the CSMS, answered
    unasked: int = 0  # answers to nothing that was open
    last_error: str = ""
    _differences: dict[tuple[str, str, str], Difference] = field(default_factory=dict)

    @property
    def unsent(self) -> int:
        return self.calls - self.sent

    @property
    def differences(self) -> list[Difference]:
        """The most frequent first."""
        return sorted(self._differences.values(), key=lambda it: (-it.count, it.first_line))

    def compare(self, line: int, action: str, recorded: str, now: str) -> None:
        if recorded == NO_ANSWER:
            self.new += 1
            return
        if recorded == now:
            self.alike += 1
            return
        self.different += 1
        key = (action, recorded, now)
        if key not in self._differences and len(self._differences) >= DIFFERENCES_KEPT_MAX:
            return
        self._differences.setdefault(key, Difference(*key, first_line=line)).count += 1
