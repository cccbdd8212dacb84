"""Streams of values that a station opens for its monitors (2.1, N11 to N15)."""

from typing import Final

from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import ACKNOWLEDGED, Answer, Decision, Situation, Word, event
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import StreamOpened, StreamReported
from ogniwo.domain.holdings import Held, Kind, to_holding
from ogniwo.domain.telemetry import Telemetry

OPEN: Final = "open"


def stream_held(stream: int, monitor: int, interval_s: int | None, values: int | None) -> Held:
    return Held(
        kind=Kind.EVENT_STREAM,
        key=str(stream),
        value=str(monitor),
        state=OPEN,
        data={"interval_s": interval_s, "values": values},
    )


def decide_stream(state: StationState, fact: StreamOpened, situation: Situation) -> Decision:
    """Values of two monitors under one number could not be told apart."""
    known = situation.holdings.get((Kind.EVENT_STREAM, str(fact.stream)))
    if known is not None and known.value != str(fact.monitor):
        reason = f"stream {fact.stream} is open for monitor {known.value}"
        return Decision(Answer(word=Word.REJECTED, reason=reason))
    held = stream_held(fact.stream, fact.monitor, fact.interval_s, fact.values)
    opened = event(
        situation,
        EventKind.STATION_NOTICE,
        station_id=state.station.id,
        action="OpenPeriodicEventStream",
        summary=f"stream {fact.stream} is open for monitor {fact.monitor}",
    )
    row = to_holding(held, state.station.id, situation.now)
    return Decision(Answer(word=Word.ACCEPTED), (row, opened))


def decide_stream_values(
    state: StationState, fact: StreamReported, situation: Situation
) -> Decision:
    known = situation.holdings.get((Kind.EVENT_STREAM, str(fact.stream)))
    monitor = None if known is None or known.value is None else int(known.value)
    row = Telemetry(
        id=situation.ids.next(),
        station_id=state.station.id,
        stream=fact.stream,
        monitor=monitor,
        received_at=situation.now,
        values=fact.values,
        pending=fact.pending,
    )
    return Decision(ACKNOWLEDGED, (row,))
