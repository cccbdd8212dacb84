"""What a station keeps of a person: joined from its parts, and told to nobody but who asks.

The text stands in the holding only: neither an event nor the log may carry it.
"""

from typing import Final

from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import Decision, Situation
from ogniwo.domain.facts import CustomerDataReported, HoldingsReported
from ogniwo.domain.holdings import Held, Holding, Kind
from ogniwo.domain.reports import decide_report

PARTIAL: Final = "partial"
COMPLETE: Final = "complete"
INCOMPLETE: Final = "incomplete"


def decide_customer_data(
    state: StationState, fact: CustomerDataReported, situation: Situation
) -> Decision:
    key = str(fact.number)
    parts = _parts_before(fact, situation.holdings.get((Kind.CUSTOMER_DATA, key)))
    parts[f"{fact.part:06}"] = fact.text
    told = HoldingsReported(
        action="NotifyCustomerInformation",
        summary=f"customer information: {len(parts)} parts",
        held=(_to_held(key, parts, fact),),
        kind=Kind.CUSTOMER_DATA,
        number=fact.number,
        part=fact.part,
        last=fact.last,
        notes=fact.notes,
    )
    return decide_report(state, told, situation)


def _to_held(key: str, parts: dict[str, str], fact: CustomerDataReported) -> Held:
    state = PARTIAL
    if fact.last:
        state = COMPLETE if len(parts) == fact.part + 1 else INCOMPLETE
    return Held(
        kind=Kind.CUSTOMER_DATA,
        key=key,
        value="".join(parts[it] for it in sorted(parts)),
        state=state,
        data=dict(parts),
    )


def _parts_before(fact: CustomerDataReported, before: Holding | None) -> dict[str, str]:
    """A part that is told again takes its own place; a first one after an end begins anew."""
    if before is None or (fact.part == 0 and before.state != PARTIAL):
        return {}
    return {part: text for part, text in (before.data or {}).items() if isinstance(text, str)}
