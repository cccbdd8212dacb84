"""What a payment terminal at a station tells: settlements, and VAT numbers for invoices (2.1)."""

from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import Answer, Decision, Situation, Word, event
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import PaymentSettled, VatNumberPresented
from ogniwo.domain.holdings import Held, Kind, to_holding
from ogniwo.domain.vat import problem_with


def decide_settlement(state: StationState, fact: PaymentSettled, situation: Situation) -> Decision:
    """Kept under the payment service's reference; a receipt told before is told again."""
    before = situation.holdings.get((Kind.SETTLEMENT, fact.reference))
    known = {} if before is None else before.data or {}
    receipt = {
        "receipt_id": fact.receipt_id or known.get("receipt_id"),
        "receipt_url": fact.receipt_url or known.get("receipt_url"),
    }
    session = None if fact.transaction_id is None else state.session(fact.transaction_id)
    held = Held(
        kind=Kind.SETTLEMENT,
        key=fact.reference,
        value=fact.amount,
        state=fact.state,
        evse=None if session is None else session.evse,
        data={
            **fact.data,
            **receipt,
            "settled_at": fact.at,
            "transaction_id": fact.transaction_id,
        },
    )
    told = event(
        situation,
        EventKind.STATION_NOTICE,
        station_id=state.station.id,
        session=session,
        action="NotifySettlement",
        summary=f"payment {fact.reference}: {fact.state}, {fact.amount}",
    )
    kept = to_holding(held, state.station.id, situation.now)
    answer = Answer(word=Word.ACCEPTED, data=receipt)
    return Decision(answer, (kept, told), None if session is None else session.id)


def decide_vat_number(
    state: StationState, fact: VatNumberPresented, situation: Situation
) -> Decision:
    """By form and check digits: whether the number is registered, no table of ours can say."""
    problem = problem_with(fact.vat_number)
    told = event(
        situation,
        EventKind.STATION_NOTICE,
        station_id=state.station.id,
        evse=fact.evse,
        action="VatNumberValidation",
        summary="VAT number accepted" if problem is None else f"VAT number refused: {problem}",
    )
    word = Word.ACCEPTED if problem is None else Word.REJECTED
    data = {"vat_number": fact.vat_number, "evse": fact.evse}
    return Decision(Answer(word=word, reason=problem, data=data), (told,))
