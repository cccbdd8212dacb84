"""Compares what happened at an odd station with what the books say, as far as they can know it."""

from collections import Counter
from collections.abc import Iterator

from ogniwo.base.units import seconds
from ogniwo.domain.access import Verdict
from ogniwo.domain.session import Session, SessionState
from tests.domain.world import NOON
from tests.simulation.quirks.bench import OddStation, Truth
from tests.simulation.quirks.twist import Spoilt, Stack


def faults(station: OddStation, stack: Stack) -> list[str]:
    """What the books have wrong, or doubt, without an excuse."""
    spoilt = stack.spoilt
    sessions = station.csms.sessions
    found = list(stack.all_complaints)
    if len(sessions) != len(station.truths):
        found.append(f"{len(sessions)} sessions of {len(station.truths)} transactions")
    for truth, session in zip(station.truths, sessions, strict=False):
        who = f"session {session.transaction_id}"
        found += [f"{who}: {it}" for it in _faults_of(station, truth, session, stack)]
        if Spoilt.READINGS not in spoilt:
            found += [f"{who}: {it}" for it in _reading_faults(station, truth, session, spoilt)]
    return found


def _faults_of(station: OddStation, truth: Truth, session: Session, stack: Stack) -> Iterator[str]:
    spoilt = stack.spoilt
    if unexplained := session.flags - stack.explaining:
        yield f"flagged {sorted(unexplained)}"
    delivered_wh = truth.stop_wh - truth.start_wh
    if session.energy_wh != delivered_wh:
        doubted = bool(session.flags & stack.explaining)
        silent = Spoilt.ENERGY not in spoilt or not doubted
        if silent or (session.energy_wh or 0) > delivered_wh:
            yield f"{session.energy_wh} Wh of {delivered_wh}, {sorted(session.flags)}"
    held = Spoilt.ENERGY in spoilt and session.state is SessionState.ENDED
    if session.state is not SessionState.CLOSED and not held and Spoilt.SESSIONS not in spoilt:
        yield f"is {session.state}"
    times = [NOON + seconds(truth.started_s), NOON + seconds(truth.ended_s)]
    if Spoilt.TIMES not in spoilt and [session.started_at, session.ended_at] != times:
        yield f"from {session.started_at} to {session.ended_at}, truly {times}"
    card = None if session.token is None else session.token.uid
    if Spoilt.TOKEN not in spoilt and (card, session.verdict) != (truth.token, Verdict.ACCEPTED):
        yield f"card {card} {session.verdict}, truly {truth.token}"
    if Spoilt.PLACE not in spoilt and (session.evse, session.connector) != (truth.evse, 1):
        yield f"at {session.evse}/{session.connector}, truly {truth.evse}/1"


def _reading_faults(
    station: OddStation, truth: Truth, session: Session, spoilt: frozenset[Spoilt]
) -> Iterator[str]:
    ends = {(truth.started_s, truth.start_wh), (truth.ended_s, truth.stop_wh)}
    stored = [it.reading for it in station.csms.samples() if it.session_id == session.id]
    if Spoilt.TIMES in spoilt:
        told = Counter(str(it.energy_wh) for it in stored)
        true = Counter(str(wh) for _, wh in truth.readings | ends)
    else:
        told = Counter(f"{it.energy_wh} at {(it.at - NOON) // seconds(1)}" for it in stored)
        true = Counter(f"{wh} at {at}" for at, wh in truth.readings | ends)
    if told != true:
        yield f"readings too many {dict(told - true)}, too few {dict(true - told)}"
