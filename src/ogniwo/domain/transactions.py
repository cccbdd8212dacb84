"""A transaction as its station tells it: started, going on, ended, late, repeated (block E).

1.6 StartTransaction and StopTransaction and 2.x TransactionEvent arrive here as one kind of
fact. Every one of them is answered, whatever its content: what cannot be matched is kept and
shown, never guessed at, because a refusal makes the station repeat it and then lose it.
"""

from msgspec.structs import replace

from ogniwo.base.units import to_rfc3339
from ogniwo.domain.access import Authorisation, authorise
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.charging_told import extra_told, profiles_over
from ogniwo.domain.decision import (
    Decision,
    DomainRow,
    Situation,
    TransactionAnswered,
    event,
)
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import Phase, TransactionReported
from ogniwo.domain.matching import displaced_by, repeated, session_of, stay_of
from ogniwo.domain.meter import Context
from ogniwo.domain.metering import attached
from ogniwo.domain.reporting import authorised, with_report
from ogniwo.domain.reservations import reservation_used
from ogniwo.domain.session import (
    Flag,
    Session,
    abandoned,
    flagged,
    row_of,
    settled_again,
)
from ogniwo.domain.session_events import ended_event, events_of, flags_told
from ogniwo.domain.status import coloured

STOP_REASON_UNSAID = "Local"  # what an absent reason means in every version

ENERGY_OVER = frozenset({"StopAuthorized", "RemoteStop", "Deauthorized"})


def decide_transaction(
    state: StationState, fact: TransactionReported, situation: Situation
) -> Decision:
    session = session_of(state, fact, situation)
    displaced = displaced_by(state, session, fact)
    judged = _judged(session, fact, situation, displaced)
    if session is None:
        if fact.phase is Phase.STARTED or fact.seq_no is not None:
            return _opened(state, fact, situation, judged, displaced)
        return _orphaned(state, fact, situation, judged)
    reply = TransactionAnswered(session.transaction_id, judged)
    if repeated(session, fact):
        return Decision(reply, _repeat_rows(session, fact, situation), session.id)
    rows = _abandoned(state, displaced, situation)
    rows += _told(state, session, fact, situation, judged)
    return Decision(reply, tuple(rows), session.id)


def _abandoned(
    state: StationState, displaced: list[Session], situation: Situation
) -> list[DomainRow]:
    rows: list[DomainRow] = []
    for before in displaced:
        after = abandoned(before, power_w_max=state.station.max_power_w)
        rows += [after, ended_event(after, situation), flags_told(before, after, situation)]
    return rows


def _judged(
    session: Session | None,
    fact: TransactionReported,
    situation: Situation,
    displaced: list[Session],
) -> Authorisation | None:
    """The verdict on the token of this message, if it carries one (E05, C07)."""
    if fact.token is None:
        return None
    on_file = situation.token(fact.token)
    own = {it.id for it in displaced}
    if session is not None:
        own.add(session.id)
    first = session is None or not authorised(session) or fact.phase is Phase.STARTED
    users = situation.token_use.get(on_file.uid, ()) if on_file is not None and first else ()
    # What was charged offline is past: whoever charges with the token now came later.
    now = fact.phase is not Phase.ENDED and not fact.offline
    elsewhere = now and not own.issuperset(users)
    starting = first and fact.phase is not Phase.ENDED
    return authorise(
        fact.token,
        on_file,
        now=situation.now,
        charging_elsewhere=elsewhere,
        starting=starting,
    )


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
    displaced: list[Session],
) -> Decision:
    number = fact.transaction_id
    if number is None:
        number = str(situation.transaction_number)
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
    blank = replace(blank, stay_id=stay_of(state, fact) or blank.id)
    rows = _abandoned(state, displaced, situation)
    rows += _told(state, blank, fact, situation, judged, new=True)
    return Decision(TransactionAnswered(number, judged), tuple(rows), blank.id)


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
    after = with_report(state, before, fact, judged, new=new)
    after, samples = attached(
        state,
        after,
        fact.readings,
        situation,
        evse=after.evse or 0,
        seq_no=fact.seq_no,
        digests=fact.digests,
    )
    if before.final:
        after = flagged(after, Flag.LATE_DATA)
    else:
        after = _ended(state, after, fact, situation)
    rows: list[DomainRow] = [*samples]
    row = after if new else row_of(before, after)
    if row is not None:
        rows.append(row)
    rows += events_of(before, after, situation, fact, new=new)
    if fact.reservation_id is not None:
        rows += reservation_used(state, fact.reservation_id, situation)
    if fact.extra is not None:
        rows += extra_told(state, after, fact.extra, situation)
    if state.profiles and before.running and not after.running:
        rows += profiles_over(state, after, situation)
    if new or _shows(before, after):
        rows += coloured(state, after, situation, ended=_energy_over(before, after, fact))
    return rows


def _shows(before: Session, after: Session) -> bool:
    return (
        after.state is not before.state
        or after.charging_state is not before.charging_state
        or after.evse != before.evse
    )


def _energy_over(before: Session, after: Session, fact: TransactionReported) -> bool:
    """Ended, or 2.x told us that no more energy will flow while the cable stays in."""
    return (before.running and not after.running) or (after.running and fact.trigger in ENERGY_OVER)


def _ended(
    state: StationState, session: Session, fact: TransactionReported, situation: Situation
) -> Session:
    """The session after its end, if this is it, or after data it waited for."""
    if fact.phase is Phase.ENDED and (session.ended_at is None or Flag.ABANDONED in session.flags):
        stop_wh = _register_at_end(fact)
        session = replace(
            session,
            ended_at=max(fact.at, session.started_at),
            stop_reason=fact.stop_reason or STOP_REASON_UNSAID,
            meter_stop_wh=session.meter_stop_wh if stop_wh is None else stop_wh,
            charging_state=None,
            flags=session.flags - {Flag.ABANDONED},
        )
    if session.ended_at is None:
        return session
    power_w_max = state.station.max_power_w
    return settled_again(session, power_w_max=power_w_max, now=situation.now)


def _register_at_end(fact: TransactionReported) -> int | None:
    """As 1.6 declares it; of the readings with a 2.x end, the one called so or else the latest."""
    if fact.meter_wh is not None or fact.seq_no is None:
        return fact.meter_wh
    registers = [
        (it.context is Context.END, it.at, it.energy_wh)
        for it in fact.readings
        if it.energy_wh is not None and it.context is not Context.BEGIN
    ]
    return max(registers)[2] if registers else None


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
        stopped_at=to_rfc3339(fact.at),
        token=None if fact.token is None else fact.token.told,
    )
    return Decision(TransactionAnswered(None, judged), (orphan,))
