"""Readings find their session, and repeats are recognised (J01, J02; 1.6 section 4.7).

Closed stays closed: a reading for an ended session attaches to it and changes no energy.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from ogniwo.base.limits import RECENT_READINGS_MAX
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import Decision, DomainRow, Situation, event
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import MeterReported
from ogniwo.domain.meter import Reading, Sample
from ogniwo.domain.session import (
    Flag,
    Session,
    flagged,
    row_of,
    settled_again,
    with_reading,
)
from ogniwo.domain.session_events import flags_told


def decide_meter(state: StationState, fact: MeterReported, situation: Situation) -> Decision:
    session = _session_of(state, fact, situation)
    if session is None:
        return _without_session(state, fact, situation)
    after, samples = attached(
        state, session, fact.readings, situation, evse=fact.evse, digests=fact.digests
    )
    if not samples:
        return Decision(session_id=session.id)  # all of it was sent before
    rows: list[DomainRow] = [*samples]
    if fact.notes:
        after = flagged(after, Flag.CONTENT_TOLERATED)
    if not session.running:
        after = _of_ended(after, state, situation)
    if (row := row_of(session, after)) is not None:
        rows.append(row)
    if after.flags - session.flags:
        rows.append(flags_told(session, after, situation))
    return Decision(rows=tuple(rows), session_id=session.id)


def _of_ended(session: Session, state: StationState, situation: Situation) -> Session:
    """Closed stays closed; what still waits for data may now have all of it."""
    if session.final:
        return flagged(session, Flag.LATE_DATA)
    return settled_again(session, power_w_max=state.station.max_power_w, now=situation.now)


def attached(
    state: StationState,
    session: Session,
    readings: Sequence[Reading],
    situation: Situation,
    *,
    evse: int,
    seq_no: int | None = None,
    digests: Sequence[int] = (),
) -> tuple[Session, list[Sample]]:
    """The session with those readings that are new to it, and their samples."""
    samples: list[Sample] = []
    here: set[int] = set()
    for position, reading in enumerate(readings):
        digest = digests[position] if digests else 0
        if digest and (digest in here or state.is_repeated(session.id, digest)):
            continue
        here.add(digest)
        sample = Sample(
            id=situation.ids.next(),
            prev=session.sample_head,
            station_id=session.station_id,
            evse=evse,
            session_id=session.id,
            received_at=situation.now,
            seq_no=seq_no,
            digest=digest,
            reading=reading,
        )
        samples.append(sample)
        told = _uncounted(session, reading) if digest else reading
        session = with_reading(session, told, sample_id=sample.id)
        if reading.clock_wrong:
            session = flagged(session, Flag.CLOCK_WRONG)
    return session, samples


def _uncounted(session: Session, reading: Reading) -> Reading:
    """A 1.6 stop may repeat more readings than are remembered: intervals count once."""
    forgotten = session.samples >= RECENT_READINGS_MAX and reading.interval_wh is not None
    if forgotten and session.sampled_at is not None and reading.at <= session.sampled_at:
        return replace(reading, interval_wh=None)
    return reading


def _session_of(state: StationState, fact: MeterReported, situation: Situation) -> Session | None:
    """By its id; where the station knows none, the one running there since before the reading.

    An id of nobody's is never guessed at: the values are kept without a session.
    """
    if fact.transaction_id is not None:
        return state.session(fact.transaction_id) or situation.found
    running = state.running_on(fact.evse) if fact.evse else None
    if running is None or any(reading.at < running.started_at for reading in fact.readings):
        return None
    return running


def _without_session(state: StationState, fact: MeterReported, situation: Situation) -> Decision:
    rows: list[DomainRow] = []
    head = state.sample_head
    for position, reading in enumerate(fact.readings):
        # Idle connectors often measure the same: here the place belongs to the reading.
        digest = fact.digests[position] ^ fact.evse if fact.digests else 0
        if digest and state.is_repeated(None, digest):
            continue
        sample = Sample(
            id=situation.ids.next(),
            prev=head,
            station_id=state.station.id,
            evse=fact.evse,
            session_id=None,
            received_at=situation.now,
            seq_no=None,
            digest=digest,
            reading=reading,
        )
        head = sample.id
        rows.append(sample)
    if rows and fact.transaction_id is not None:
        rows.append(
            event(
                situation,
                EventKind.ORPHAN_STORED,
                station_id=state.station.id,
                evse=fact.evse,
                what="meter_values",
                transaction_id=fact.transaction_id,
            )
        )
    return Decision(rows=tuple(rows))
