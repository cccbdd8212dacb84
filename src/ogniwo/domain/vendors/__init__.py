"""Who understands which vendor's data: one file for each vendor, listed here.

A vendor that is not listed but kept (setting ``vendors_kept``) is told "accepted", and the newest
data of each of its messages is a holding of the station.
"""

from collections.abc import Callable, Mapping
from typing import Final

from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import Answer, Decision, DomainRow, Situation, Word, event
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import VendorDataReceived
from ogniwo.domain.holdings import Held, Kind, to_holding
from ogniwo.domain.vendors import iso15118pnc

Handler = Callable[[StationState, VendorDataReceived, Situation], Decision]

HANDLERS: Final[Mapping[str, Handler]] = {  # vendor ids in small letters
    iso15118pnc.VENDOR: iso15118pnc.decide,
}


def decide_vendor_data(
    state: StationState, fact: VendorDataReceived, situation: Situation
) -> Decision:
    vendor = fact.vendor_id.lower()
    handler = HANDLERS.get(vendor)
    if handler is not None:
        decision = handler(state, fact, situation)
    elif vendor in situation.vendors_kept:
        decision = Decision(Answer(word=Word.ACCEPTED), (_kept(state, fact, situation),))
    else:
        decision = Decision(Answer(word=Word.UNKNOWN_VENDOR))
    word = decision.reply.word.value if isinstance(decision.reply, Answer) else None
    notice = event(
        situation,
        EventKind.STATION_NOTICE,
        station_id=state.station.id,
        action="DataTransfer",
        vendor_id=fact.vendor_id,
        message_id=fact.message_id,
        answer=word,
    )
    return Decision(decision.reply, (*decision.rows, notice), decision.session_id)


def _kept(state: StationState, fact: VendorDataReceived, situation: Situation) -> DomainRow:
    held = Held(
        kind=Kind.VENDOR_DATA,
        key=f"{fact.vendor_id}/{fact.message_id or ''}",
        value=fact.data or "",
    )
    return to_holding(held, state.station.id, situation.now)
