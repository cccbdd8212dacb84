"""What an answer about charging profiles amounts to, in every version."""

from msgspec.structs import replace

from ogniwo.base.errors import RefusedError
from ogniwo.domain.commands import Outcome, Reply
from ogniwo.domain.holdings import GONE, Held, Kind
from ogniwo.domain.orders import ClearChargingProfiles, ClearLimit, VerifyLimit
from ogniwo.domain.orders.smart_charging import limit_number


def cleared(order: ClearChargingProfiles | ClearLimit, said: Outcome) -> Outcome:
    """Nothing was there to clear: then it is as it should be."""
    if said.result != "Unknown":
        return said
    number = limit_number(order.evse) if isinstance(order, ClearLimit) else order.profile
    lost = () if number is None else (Held(kind=Kind.PROFILE, key=str(number), state=GONE),)
    reason = "the station had no profile that matches"
    return replace(said, reply=Reply.ACCEPTED, reason=reason, held=lost)


def verified(order: VerifyLimit, said: Outcome, schedule: tuple[Held, ...]) -> Outcome:
    """A limit that is not kept is a refusal, whatever the station calls its answer."""
    if said.reply is Reply.REJECTED:
        reason = said.reason or "the station does not tell which limit is in force"
        return replace(said, reason=reason)
    empty = Held(kind=Kind.SCHEDULE, key=str(order.evse), evse=order.evse, data={})
    (told,) = schedule or (empty,)
    try:
        short = order.shortfall(told)
    except RefusedError as refusal:
        short = str(refusal)
    reply = Reply.ACCEPTED if short is None else Reply.REJECTED
    return replace(said, reply=reply, reason=short, held=schedule)
