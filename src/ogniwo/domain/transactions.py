"""A transaction as its station tells it: started, going on, ended, late, repeated (block E).

1.6 StartTransaction and StopTransaction and 2.x TransactionEvent arrive here as one kind of
fact. Every one of them is answered, whatever its content: what cannot be matched is kept and
shown, never guessed at, because a refusal makes the station repeat it and then lose it.
"""

from msgspec.structs import replace

from ogniwo.domain import sequence
from ogniwo.domain.access import Authorisation, authorise
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import (
    Decision,
    DomainRow,
    Situation,
    TransactionAnswered,
    event,
)
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import Phase, TransactionReported
from ogniwo.domain.metering import attached
from ogniwo.domain.session import (
    Flag,
    Session,
    SessionState,
    closed_if_possible,
    flagged,
    in_charging_state,
    row_of,
    settled,
)
from ogniwo.domain.session_events import ended_event, events_of, flags_told
from ogniwo.domain.station import ChargingState
from ogniwo.domain.status import charging_state_told, coloured

STOP_REASON_UNSAID = "Local"  # what an absent reason means in every version

ENERGY_OVER = frozenset({"StopAuthorized", "RemoteStop", "Deauthorized"})


def decide_transaction(
    state: StationState, fact: TransactionReported, situation: Situation
) -> Decision:
    session = _session_of(state, fact, situation)
    judged = _judged(session, fact, situation)
    if session is None:
        if fact.phase is Phase.STARTED or fact.seq_no is not None:
            return _opened(state, fact, situation, judged)
        return _orphaned(state, fact, situation, judged)
    reply = TransactionAnswered(session.transaction_id, judged)
    if _repeated(session, fact):
        return Decision(reply, _repeat_rows(session, fact, situation), session.id)
    rows = _told(state, session, fact, situation, judged)
    return Decision(reply, tuple(rows), session.id)


def abandoned(session: Session, *, power_w_max: int | None) -> Session:
    """A session whose stop never came: ended at its last reading, open for a late stop."""
    last = session.heard_at or session.sampled_at or session.started_at
    ended = replace(session, ended_at=max(last, session.started_at))
    ended = settled(flagged(ended, Flag.ABANDONED), power_w_max=power_w_max)
    return replace(ended, state=SessionState.WAITING_FOR_DATA, charging_state=None)


def _session_of(
    state: StationState, fact: TransactionReported, situation: Situation
) -> Session | None:
    if fact.transaction_id is not None:
        return state.session(fact.transaction_id) or situation.found
    if fact.phase is Phase.STARTED:  # 1.6: the same start sent again gets the same id
        same = (it for it in state.known_sessions() if it.start_digest == fact.digest)
        return next(same, None) if fact.digest else None
    return _only_candidate(state, fact)


def _only_candidate(state: StationState, fact: TransactionReported) -> Session | None:
    """A stop of a station that never learnt its id: one fitting session, or none at all."""
    fitting = [
        it
        for it in state.open.values()
        if it.started_at <= fact.at
        and (fact.token is None or it.token is None or it.token.uid == fact.token.uid)
        and it.ended_at is None
    ]
    return fitting[0] if len(fitting) == 1 else None


def _judged(
    session: Session | None, fact: TransactionReported, situation: Situation
) -> Authorisation | None:
    """The verdict on the token of this message, if it carries one (E05, C07)."""
    if fact.token is None:
        return None
    on_file = situation.token(fact.token)
    own = None if session is None else session.id
    first = session is None or session.token is None or fact.phase is Phase.STARTED
    users = situation.token_use.get(on_file.uid, ()) if on_file is not None and first else ()
    elsewhere = fact.phase is not Phase.ENDED and any(user != own for user in users)
    return authorise(fact.token, on_file, now=situation.now, charging_elsewhere=elsewhere)


def _repeated(session: Session, fact: TransactionReported) -> bool:
    """Was this very report stored before? The message id says nothing: the content does."""
    if fact.seq_no is not None:
        later = session.heard_at is not None and fact.at > session.heard_at
        return sequence.contains(session.seq, fact.seq_no) and not later
    if fact.phase is Phase.STARTED:
        return True  # found by its digest
    return session.ended_at is not None and Flag.ABANDONED not in session.flags


def _repeat_rows(
    session: Session, fact: TransactionReported, situation: Situation
) -> tuple[DomainRow, ...]:
    """The first stop stands; one that differs is noted on the session."""
    if fact.phase is not Phase.ENDED or fact.meter_wh in {None, session.meter_stop_wh}:
        return ()
    after = flagged(session, Flag.REPEAT_DIFFERS)
    return () if after is session else (after, flags_told(session, after, situation))


def _opened(
    state: StationState,
    fact: TransactionReported,
    situation: Situation,
    judged: Authorisation | None,
) -> Decision:
    number = fact.transaction_id or str(situation.transaction_number)
    blank = Session(
        id=situation.ids.next(),
        station_id=state.station.id,
        org_id=state.station.org_id,
        transaction_id=number,
        evse=fact.evse,
        connector=fact.connector,
        stay_id=0,
        started_at=fact.at,
        received_at=situation.now,
        start_digest=fact.digest,
    )
    blank = replace(blank, stay_id=_stay_of(state, fact) or blank.id)
    rows = [*_abandoned_before(state, fact, situation)]
    rows += _told(state, blank, fact, situation, judged, new=True)
    return Decision(TransactionAnswered(number, judged), tuple(rows), blank.id)


def _stay_of(state: StationState, fact: TransactionReported) -> int | None:
    """Sessions of one plug-in share their stay: the cable has not been out in between."""
    if fact.evse is None or not any(it.ended_here for it in state.connectors_of(fact.evse)):
        return None
    before = [it for it in state.known_sessions() if it.evse == fact.evse]
    newest = max(before, key=lambda it: it.started_at, default=None)
    return None if newest is None else newest.stay_id


def _abandoned_before(
    state: StationState, fact: TransactionReported, situation: Situation
) -> list[DomainRow]:
    """One EVSE charges one car: a new start there ends what was never stopped."""
    before = state.running_on(fact.evse) if fact.evse is not None else None
    if before is None or before.started_at > fact.at:
        return []
    after = abandoned(before, power_w_max=state.station.max_power_w)
    return [after, ended_event(after, situation), flags_told(before, after, situation)]


def _told(
    state: StationState,
    before: Session,
    fact: TransactionReported,
    situation: Situation,
    judged: Authorisation | None,
    *,
    new: bool = False,
) -> list[DomainRow]:
    """All rows that one report of a transaction leads to."""
    was_open = before.running or before.state is SessionState.WAITING_FOR_DATA
    after = _with_report(state, before, fact, judged, new=new)
    after, samples = attached(
        state,
        after,
        fact.readings,
        situation,
        evse=after.evse or 0,
        seq_no=fact.seq_no,
        digests=fact.digests,
    )
    if not was_open:
        after = flagged(after, Flag.LATE_DATA)
    else:
        after = _ended(state, after, fact, situation)
    rows: list[DomainRow] = [*samples]
    row = after if new else row_of(before, after)
    if row is not None:
        rows.append(row)
    rows += events_of(before, after, situation, fact, new=new)
    if after.state is not before.state or after.charging_state is not before.charging_state or new:
        rows += coloured(state, after, situation, ended=_energy_over(before, after, fact))
    return rows


def _energy_over(before: Session, after: Session, fact: TransactionReported) -> bool:
    """Ended, or 2.x told us that no more energy will flow while the cable stays in."""
    return (before.running and not after.running) or fact.trigger in ENERGY_OVER


def _with_report(
    state: StationState,
    session: Session,
    fact: TransactionReported,
    judged: Authorisation | None,
    *,
    new: bool,
) -> Session:
    """What the report says of the session; its readings and an end are applied after it."""
    changes: dict[str, object] = {}
    if session.evse is None and fact.evse is not None:
        changes["evse"] = fact.evse
    if session.connector is None and fact.connector is not None:
        changes["connector"] = fact.connector
    if fact.token is not None and session.token is None and judged is not None:
        changes.update(token=fact.token, verdict=judged.verdict, group=judged.group)
    if fact.remote_start_id is not None:
        changes["remote_start_id"] = fact.remote_start_id
    if fact.reservation_id is not None:
        changes["reservation_id"] = fact.reservation_id
    if fact.phase is Phase.STARTED:
        changes["started_at"] = fact.at
        if fact.meter_wh is not None:
            changes.update(meter_start_wh=fact.meter_wh, energy_wh=0)
            changes.update(last_wh=fact.meter_wh, last_at=fact.at)
    newest = session.heard_at is None or fact.at >= session.heard_at
    if newest:
        changes["heard_at"] = fact.at
    flags = _flags_after(session, fact, judged, new=new)
    if flags != session.flags:
        changes["flags"] = flags
    session = _with_sequence(replace(session, **changes), fact)
    told = fact.charging_state or (_told_by_connector(state, fact) if new else None)
    return in_charging_state(session, told) if told is not None and newest else session


def _flags_after(
    session: Session, fact: TransactionReported, judged: Authorisation | None, *, new: bool
) -> frozenset[Flag]:
    flags = set(session.flags)
    if session.token is None and judged is not None and not judged.accepted:
        flags.add(Flag.TOKEN_NOT_ACCEPTED)
    if fact.phase is Phase.STARTED:
        flags.discard(Flag.START_MISSING)
    elif new:
        flags.add(Flag.START_MISSING)
    if fact.clock_wrong:
        flags.add(Flag.CLOCK_WRONG)
    if fact.notes:
        flags.add(Flag.CONTENT_TOLERATED)
    return frozenset(flags)


def _with_sequence(session: Session, fact: TransactionReported) -> Session:
    if fact.seq_no is None:
        return session
    if sequence.contains(session.seq, fact.seq_no):  # not a repeat: it has a later time
        return flagged(session, Flag.SEQUENCE_RESTARTED)
    session = replace(session, seq=sequence.add(session.seq, fact.seq_no))
    if fact.phase is Phase.STARTED:
        return replace(session, seq_first=fact.seq_no)
    return replace(session, seq_last=fact.seq_no) if fact.phase is Phase.ENDED else session


def _told_by_connector(state: StationState, fact: TransactionReported) -> ChargingState | None:
    """Some 1.6 stations report ``Charging`` before they send the start."""
    connector = state.connectors.get((fact.evse or 0, fact.connector or 1))
    return None if connector is None else charging_state_told(connector.reported)


def _ended(
    state: StationState, session: Session, fact: TransactionReported, situation: Situation
) -> Session:
    """The session after its end, if this is it, or after data it waited for."""
    if fact.phase is Phase.ENDED:
        stop_wh = fact.meter_wh
        if stop_wh is None and fact.seq_no is not None:
            with_register = [it.energy_wh for it in fact.readings if it.energy_wh is not None]
            stop_wh = with_register[-1] if with_register else None
        session = replace(
            session,
            ended_at=max(fact.at, session.started_at),
            stop_reason=fact.stop_reason or STOP_REASON_UNSAID,
            meter_stop_wh=session.meter_stop_wh if stop_wh is None else stop_wh,
            charging_state=None,
            flags=session.flags - {Flag.ABANDONED, Flag.METER_STOP_UNKNOWN},
        )
    if session.ended_at is None or Flag.ABANDONED in session.flags:
        return session
    session = settled(session, power_w_max=state.station.max_power_w)
    return closed_if_possible(session, now=situation.now)


def _orphaned(
    state: StationState,
    fact: TransactionReported,
    situation: Situation,
    judged: Authorisation | None,
) -> Decision:
    """A stop of nobody's transaction: answered, kept in the trace, put up for review."""
    orphan = event(
        situation,
        EventKind.ORPHAN_STORED,
        station_id=state.station.id,
        what="stop",
        transaction_id=fact.transaction_id,
        meter_stop_wh=fact.meter_wh,
        stop_reason=fact.stop_reason,
        token=None if fact.token is None else fact.token.uid,
    )
    return Decision(TransactionAnswered(None, judged), (orphan,))
