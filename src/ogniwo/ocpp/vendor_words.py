"""The four words of a data transfer, the same in every version."""

from typing import Final, Literal

from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.decision import Word

DataTransferStatus = Literal["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]

STATUSES: Final[dict[Word, DataTransferStatus]] = {
    Word.ACCEPTED: "Accepted",
    Word.REJECTED: "Rejected",
    Word.UNKNOWN_MESSAGE: "UnknownMessageId",
    Word.UNKNOWN_VENDOR: "UnknownVendorId",
}
_REASONS: Final = {
    "UnknownMessageId": "the station knows the vendor, but not this message: check its name",
    "UnknownVendorId": "the station does not know this vendor: check the vendor id",
}


def vendor_outcome(status: str, data: str | None, reason: str | None) -> Outcome:
    """What the station sent back is the order's answer, and stands in its reason for people."""
    reply = Reply.ACCEPTED if status == "Accepted" else Reply.REJECTED
    told = None if data is None else f"the station answered: {data[:500]}"
    return Outcome(
        reply=reply,
        result=status,
        reason=reason or told or _REASONS.get(status),
        answer=None if data is None else data.encode(),
    )
