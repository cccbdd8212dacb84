"""Messages that change no state: answered, and kept where a person will find them."""

from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import (
    ACKNOWLEDGED,
    Decision,
    Situation,
    TransactionAnswered,
    event,
)
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import UnreadableReceived

_TRANSACTION = frozenset({"StartTransaction", "StopTransaction", "TransactionEvent"})


def decide_unreadable(
    state: StationState, fact: UnreadableReceived, situation: Situation
) -> Decision:
    """Answered as if it had been understood: an error would only make the station lose it."""
    orphan = event(
        situation,
        EventKind.ORPHAN_STORED,
        station_id=state.station.id,
        what="unreadable",
        action=fact.action,
        problem=fact.problem[:200],
    )
    number = str(situation.transaction_number) if situation.transaction_number else None
    reply = TransactionAnswered(number) if fact.action in _TRANSACTION else ACKNOWLEDGED
    return Decision(reply, (orphan,))
