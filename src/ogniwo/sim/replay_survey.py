"""The first reading of a trace: who is in it, how long it is, and that every line can be played.

Nothing is sent before all of it has been read once. What is kept is bounded by the number of
stations, not by the length. Pure: lines in, ``Survey`` out.
"""

from collections.abc import Iterable

from msgspec import Struct, field

from ogniwo.base.units import US_PER_SECOND, Instant
from ogniwo.sim.replay_answers import RecordedAnswers
from ogniwo.sim.replay_trace import Line, Side


class Recorded(Struct):
    """One station of a trace."""

    calls: int = 0
    answers: RecordedAnswers = field(default_factory=RecordedAnswers)


class Survey(Struct):
    stations: dict[str, Recorded] = field(default_factory=dict)
    calls: int = 0
    first_us: Instant | None = None
    last_us: Instant = 0

    @property
    def length_s(self) -> float:
        return 0.0 if self.first_us is None else (self.last_us - self.first_us) / US_PER_SECOND


def survey(lines: Iterable[tuple[int, Line]]) -> Survey:
    """Errors: TraceError, from the lines."""
    found = Survey()
    for _, line in lines:
        station = found.stations.setdefault(line.station, Recorded())
        if line.sender is Side.CSMS:
            if line.answer is not None:
                station.answers.keep(line.action, line.answer)
            continue
        station.calls += 1
        found.calls += 1
        found.first_us = min(found.first_us or line.at_us, line.at_us)
        found.last_us = max(found.last_us, line.at_us)
    return found
