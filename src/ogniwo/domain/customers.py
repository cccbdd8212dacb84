"""What a station keeps of a person: joined from its parts, and told to nobody but who asks.

The text stands in the holding only: neither an event nor the log may carry it.
"""

from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import Decision, Situation
from ogniwo.domain.facts import CustomerDataReported, HoldingsReported
from ogniwo.domain.holdings import Held, Holding, Kind
from ogniwo.domain.reports import decide_report


def decide_customer_data(
    state: StationState, fact: CustomerDataReported, situation: Situation
) -> Decision:
    key = str(fact.number)
    before = situation.holdings.get((Kind.CUSTOMER_DATA, key))
    under_way = key in state.reports  # else the number is an old one, used anew
    parts = _parts(before) if under_way else {}
    parts[f"{fact.part:06}"] = fact.text
    told = HoldingsReported(
        action="NotifyCustomerInformation",
        summary=f"customer information: {len(parts)} parts",
        held=(_to_held(key, parts, last=fact.last),),
        kind=Kind.CUSTOMER_DATA,
        number=fact.number,
        part=fact.part,
        last=fact.last,
        notes=fact.notes,
    )
    return decide_report(state, told, situation)


def _to_held(key: str, parts: dict[str, str], *, last: bool) -> Held:
    return Held(
        kind=Kind.CUSTOMER_DATA,
        key=key,
        value="".join(parts[it] for it in sorted(parts)),
        state="complete" if last else "partial",
        data={} if last else dict(parts),
    )


def _parts(before: Holding | None) -> dict[str, str]:
    data = {} if before is None else before.data or {}
    return {part: text for part, text in data.items() if isinstance(text, str)}
