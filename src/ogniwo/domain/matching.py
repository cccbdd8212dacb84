"""Which session a report of a transaction belongs to, and whether it was told before.

Nothing is guessed: what fits no session, or more than one, belongs to none.
"""

from typing import Final

from ogniwo.base.units import seconds
from ogniwo.domain import sequence
from ogniwo.domain.access import IdToken, may_stop
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import Situation
from ogniwo.domain.facts import Phase, TransactionReported
from ogniwo.domain.session import ENDED_UNTOLD, Session, could_flow

_EARLIER_MAX: Final = seconds(60)  # the first reading of a session may be taken before its start


def session_of(
    state: StationState, fact: TransactionReported, situation: Situation
) -> Session | None:
    if fact.transaction_id is not None:
        known = state.session(fact.transaction_id) or situation.found
        return None if known is not None and _id_used_anew(known, fact) else known
    if fact.phase is Phase.STARTED:
        return next((it for it in state.known_sessions() if _same_start(it, fact)), None)
    return _only_candidate(state, fact, situation)


def displaced_by(
    state: StationState, session: Session | None, fact: TransactionReported
) -> list[Session]:
    """One EVSE charges one car: whoever takes it ends what was never stopped there."""
    arriving = session is None or (session.evse is None and session.running)
    if fact.evse is None or not arriving or fact.phase is Phase.ENDED:
        return []
    return [
        it
        for it in state.open.values()
        if it.running and it.evse == fact.evse and it.started_at <= fact.at
    ]


def repeated(session: Session, fact: TransactionReported) -> bool:
    """Was this very report stored before? The message id says nothing: the content does."""
    if fact.seq_no is not None:
        if not sequence.contains(session.seq, fact.seq_no):
            return False
        if fact.phase is Phase.ENDED and session.seq_last is None:
            return False  # numbered anew after a restart: an end is never taken for a repeat
        return fact.clock_wrong or session.heard_at is None or fact.at <= session.heard_at
    if fact.phase is Phase.STARTED:
        return True  # found by its digest
    return session.ended_at is not None and not session.flags & ENDED_UNTOLD


def stay_of(state: StationState, fact: TransactionReported) -> int | None:
    """Sessions of one plug-in share their stay: the cable has not been out in between."""
    if fact.evse is None or not any(it.ended_here for it in state.connectors_of(fact.evse)):
        return None
    before = [it for it in state.known_sessions() if it.evse == fact.evse]
    newest = max(before, key=lambda it: it.started_at, default=None)
    return None if newest is None else newest.stay_id


def _id_used_anew(known: Session, fact: TransactionReported) -> bool:
    """Some stations number their transactions from 1 again after a restart."""
    after_end = known.ended_at is not None and fact.at > known.ended_at
    return fact.phase is Phase.STARTED and known.final and after_end and not fact.clock_wrong


def _same_start(session: Session, fact: TransactionReported) -> bool:
    """1.6: the same start sent again gets the same id.

    Without a clock two visits of one card may look alike: then only a running one is the same.
    """
    same = fact.digest != 0 and session.start_digest == fact.digest
    return same and (session.running or not fact.clock_wrong)


def _only_candidate(
    state: StationState, fact: TransactionReported, situation: Situation
) -> Session | None:
    """A stop of a station that never learnt its id: one fitting session, or none at all."""
    fitting = [
        it
        for it in state.open.values()
        if it.started_at <= fact.at
        and it.ended_at is None
        and _may_stop(it, fact.token, situation)
        and _agrees(it, fact)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _agrees(session: Session, stop: TransactionReported) -> bool:
    """Do its readings and its register allow that the stop is of this session?

    A card may charge at two places of one station: what was read before the session began, or
    at a register that stands far higher than at its start, is of the other. A lower one says
    nothing: some registers count from zero again, or only what one session took.
    """
    read = [it.at for it in stop.readings if not it.clock_wrong]
    if read and min(read) < session.started_at - _EARLIER_MAX:
        return False
    start = session.meter_start_wh
    if start is None or stop.meter_wh is None:
        return True
    return could_flow(max(stop.meter_wh - start, 0), session.started_at, stop.at, None)


def _may_stop(session: Session, presented: IdToken | None, situation: Situation) -> bool:
    if presented is None or session.token is None:
        return True
    return may_stop(session.token, session.group, presented, situation.token(presented))
