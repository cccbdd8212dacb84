"""The durable events a change of a session leads to."""

from typing import Final

from msgspec.structs import replace

from ogniwo.base.units import Instant, from_instant, seconds
from ogniwo.domain.access import Verdict
from ogniwo.domain.decision import DomainRow, Situation, event
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.facts import TransactionReported
from ogniwo.domain.session import Session, SessionState

HAPPENED_AT: Final = "happened_at"  # in an event's data: the station's time of it, where it differs
_PROMPT: Final = seconds(1)  # many stations tell whole seconds


def flags_told(before: Session, after: Session, situation: Situation) -> Event:
    """The event that says which flags a session got."""
    new = sorted(flag.value for flag in after.flags - before.flags)
    return event(
        situation,
        EventKind.SESSION_FLAGGED,
        station_id=after.station_id,
        session=after,
        flags=",".join(new),
    )


def events_of(
    before: Session,
    after: Session,
    situation: Situation,
    fact: TransactionReported,
    *,
    new: bool,
) -> list[DomainRow]:
    rows: list[Event] = []
    if new:
        rows.append(_started(after, fact, situation))
    elif after.token is not before.token and after.token is not None:
        rows.append(_judged(after, situation))
    if before.running and not after.running:
        rows.append(ended_event(after, situation))
    elif after.charging_state is not before.charging_state and not new:
        rows.append(changed_event(after, situation))
    if after.state is SessionState.CLOSED and before.state is not SessionState.CLOSED:
        rows.append(ended_event(after, situation, kind=EventKind.SESSION_CLOSED))
    if after.flags - before.flags:
        rows.append(flags_told(before, after, situation))
    return [happened(row, fact.at) for row in rows]


def happened(row: Event, at: Instant) -> Event:
    """With the station's time, where we heard of it later; what is closed is closed by us."""
    if row.kind is EventKind.SESSION_CLOSED or abs(row.at - at) < _PROMPT:
        return row
    return replace(row, data={**row.data, HAPPENED_AT: from_instant(at).isoformat()})


def _started(session: Session, fact: TransactionReported, situation: Situation) -> Event:
    return event(
        situation,
        EventKind.SESSION_STARTED,
        station_id=session.station_id,
        session=session,
        transaction_id=session.transaction_id,
        token=None if session.token is None else session.token.told,
        verdict=None if session.verdict is None else session.verdict.value,
        meter_start_wh=session.meter_start_wh,
        offline=fact.offline,
    )


def _judged(session: Session, situation: Situation) -> Event:
    verdict = session.verdict or Verdict.UNKNOWN
    return event(
        situation,
        EventKind.TOKEN_JUDGED,
        station_id=session.station_id,
        session=session,
        token=None if session.token is None else session.token.told,
        verdict=verdict.value,
    )


def changed_event(session: Session, situation: Situation) -> Event:
    state = session.charging_state
    return event(
        situation,
        EventKind.SESSION_CHANGED,
        station_id=session.station_id,
        session=session,
        state=session.state.value,
        charging_state=None if state is None else state.value,
    )


def ended_event(
    session: Session, situation: Situation, *, kind: EventKind = EventKind.SESSION_ENDED
) -> Event:
    return event(
        situation,
        kind,
        station_id=session.station_id,
        session=session,
        state=session.state.value,
        stop_reason=session.stop_reason,
        energy_wh=session.energy_wh,
        meter_stop_wh=session.meter_stop_wh,
    )


def closing_events(before: Session, after: Session, situation: Situation) -> list[DomainRow]:
    """Of a session that ended before and is closed now without a word of its station."""
    rows: list[DomainRow] = []
    if after.state is SessionState.CLOSED:
        rows.append(ended_event(after, situation, kind=EventKind.SESSION_CLOSED))
    if after.flags - before.flags:
        rows.append(flags_told(before, after, situation))
    return rows
