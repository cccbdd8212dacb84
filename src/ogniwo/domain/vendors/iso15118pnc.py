"""Plug & Charge over 1.6 data transfers: its messages are known, and refused until it is built."""

from typing import Final

from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import Answer, Decision, Situation, Word
from ogniwo.domain.facts import VendorDataReceived

VENDOR: Final = "org.openchargealliance.iso15118pnc"

# Those that a station sends; the others are ours to send.
MESSAGES: Final = frozenset(
    {"Authorize", "Get15118EVCertificate", "GetCertificateStatus", "SignCertificate"}
)
NOT_YET: Final = "Plug & Charge is not served here yet: let the driver use a card"


def decide(_state: StationState, fact: VendorDataReceived, _situation: Situation) -> Decision:
    if fact.message_id not in MESSAGES:
        return Decision(Answer(word=Word.UNKNOWN_MESSAGE))
    return Decision(Answer(word=Word.REJECTED, reason=NOT_YET))
