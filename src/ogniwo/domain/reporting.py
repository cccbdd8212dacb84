"""What a report says of its session: its times, its token, its state and its place in the row.

Reports come late, twice and in any order; what is told of the present is taken only from the
newest, what is told of the start only from the first.
"""

from msgspec.structs import replace

from ogniwo.domain import sequence
from ogniwo.domain.access import Authorisation, Verdict, filed
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.facts import Phase, TransactionReported
from ogniwo.domain.session import Flag, Session, SessionState, flagged, in_charging_state
from ogniwo.domain.station import ChargingState
from ogniwo.domain.status import charging_state_told


def with_report(
    state: StationState,
    session: Session,
    fact: TransactionReported,
    judged: Authorisation | None,
    *,
    new: bool,
) -> Session:
    """What the report says of the session; its readings and an end are applied after it."""
    changes = {} if session.state is SessionState.CLOSED else _told(session, fact, judged)
    newest = _newest(session, fact)
    if session.heard_at is None or fact.at > session.heard_at:
        changes["heard_at"] = fact.at
    flags = _flags_after(session, fact, judged, new=new)
    if flags != session.flags:
        changes["flags"] = flags
    session = _with_sequence(replace(session, **changes), fact)
    told = fact.charging_state or (_told_by_connector(state, fact) if new else None)
    return in_charging_state(session, told) if told is not None and newest else session


def _told(
    session: Session, fact: TransactionReported, judged: Authorisation | None
) -> dict[str, object]:
    """What is not known yet, of a session for which nobody was billed yet."""
    changes: dict[str, object] = {}
    if session.evse is None and fact.evse is not None:
        changes["evse"] = fact.evse
    if session.connector is None and fact.connector is not None:
        changes["connector"] = fact.connector
    if fact.token is not None and judged is not None and _takes_over(session, fact, judged):
        changes.update(token=filed(fact.token), verdict=judged.verdict, group=judged.group)
    if fact.remote_start_id is not None:
        changes["remote_start_id"] = fact.remote_start_id
    if fact.reservation_id is not None:
        changes["reservation_id"] = fact.reservation_id
    if not session.final:
        changes |= _start_told(session, fact)
    return changes


def authorised(session: Session) -> bool:
    return session.token is not None and session.verdict is Verdict.ACCEPTED


def _takes_over(session: Session, fact: TransactionReported, judged: Authorisation) -> bool:
    """The first token stands, unless it was refused and the driver showed a good one (C01)."""
    if session.state is SessionState.CLOSED:
        return False
    if session.token is None:
        return True
    started = fact.phase is not Phase.ENDED and not session.final
    return started and judged.accepted and not authorised(session)


def _start_told(session: Session, fact: TransactionReported) -> dict[str, object]:
    """A start may come after what followed it; of two starts the first counts."""
    if fact.phase is Phase.STARTED and session.seq_first is None:
        if fact.meter_wh is None:
            return {"started_at": fact.at}
        return {"started_at": fact.at, "meter_start_wh": fact.meter_wh, "energy_wh": 0}
    if Flag.START_MISSING in session.flags and fact.at < session.started_at:
        return {"started_at": fact.at}
    return {}


def _newest(session: Session, fact: TransactionReported) -> bool:
    """Does it tell the transaction's present, or did something later come before it?"""
    if session.heard_at is None:
        return True
    if fact.seq_no is not None and (not session.seq or fact.seq_no > session.seq[-1][1]):
        return True
    if fact.seq_no is None:
        return fact.at >= session.heard_at
    return fact.at > session.heard_at and not fact.clock_wrong


def _flags_after(
    session: Session, fact: TransactionReported, judged: Authorisation | None, *, new: bool
) -> frozenset[Flag]:
    flags = set(session.flags)
    if session.token is None and judged is not None and not judged.accepted:
        flags.add(Flag.TOKEN_NOT_ACCEPTED)
    if judged is not None and judged.accepted and _takes_over(session, fact, judged):
        flags.discard(Flag.TOKEN_NOT_ACCEPTED)
    if fact.phase is Phase.STARTED:
        if not session.final:
            flags.discard(Flag.START_MISSING)
    elif new:
        flags.add(Flag.START_MISSING)
    told = {Phase.STARTED: session.seq_first, Phase.ENDED: session.seq_last}
    if told.get(fact.phase) not in {None, fact.seq_no}:
        flags.add(Flag.REPEAT_DIFFERS)
    if fact.clock_wrong:
        flags.add(Flag.CLOCK_WRONG)
    if fact.transaction_id is None and not new:
        flags.add(Flag.MATCHED_BY_CONNECTOR)
    if fact.notes:
        flags.add(Flag.CONTENT_TOLERATED)
    return frozenset(flags)


def _with_sequence(session: Session, fact: TransactionReported) -> Session:
    if fact.seq_no is None:
        return session
    if sequence.contains(session.seq, fact.seq_no):  # not a repeat: it has a later time
        session = flagged(session, Flag.SEQUENCE_RESTARTED)
    changes: dict[str, object] = {"seq": sequence.add(session.seq, fact.seq_no)}
    if fact.phase is Phase.STARTED and session.seq_first is None:
        changes["seq_first"] = fact.seq_no
    elif fact.phase is Phase.ENDED and session.seq_last is None:
        changes["seq_last"] = fact.seq_no
    return replace(session, **changes)


def _told_by_connector(state: StationState, fact: TransactionReported) -> ChargingState | None:
    """Some 1.6 stations report ``Charging`` before they send the start."""
    connector = state.connectors.get((fact.evse or 0, fact.connector or 1))
    return None if connector is None else charging_state_told(connector.reported)
