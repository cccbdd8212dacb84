"""Compares what happened at an odd station with what the books say, as far as they can know it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ogniwo.base.units import seconds
from ogniwo.domain.access import Verdict
from ogniwo.domain.session import Flag, Session, SessionState
from tests.domain.world import NOON
from tests.simulation.quirks.bench import OddStation, Truth
from tests.simulation.quirks.twist import Spoilt, Stack


@dataclass(frozen=True, slots=True)
class Excuse:
    """What twists say that the books cannot know, and which flags may tell of it."""

    spoilt: frozenset[Spoilt] = frozenset()
    flags: frozenset[Flag] = frozenset()


NONE: Final = Excuse()


def excuse_of(stack: Stack) -> Excuse:
    return Excuse(stack.spoilt, stack.explaining)


def faults(station: OddStation, excuse: Excuse) -> list[str]:
    """What the books have wrong, or doubt, without an excuse."""
    sessions = station.csms.sessions
    found: list[str] = []
    if len(sessions) != len(station.truths):
        found.append(f"{len(sessions)} sessions of {len(station.truths)} transactions")
    for truth, session in zip(station.truths, sessions, strict=False):
        who = f"session {session.transaction_id}"
        found += [f"{who}: {it}" for it in _faults_of(truth, session, excuse)]
        if Spoilt.READINGS not in excuse.spoilt:
            found += [f"{who}: {it}" for it in _reading_faults(station, truth, session, excuse)]
    return found


def _faults_of(truth: Truth, session: Session, excuse: Excuse) -> Iterator[str]:
    spoilt = excuse.spoilt
    if unexplained := session.flags - excuse.flags:
        yield f"flagged {sorted(unexplained)}"
    delivered_wh = truth.stop_wh - truth.start_wh
    if session.energy_wh != delivered_wh:
        doubted = bool(session.flags & excuse.flags)
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
    station: OddStation, truth: Truth, session: Session, excuse: Excuse
) -> Iterator[str]:
    ends = [(truth.started_s, truth.start_wh), (truth.ended_s, truth.stop_wh)]
    happened = truth.readings + Counter(ends)
    stored = [it.reading for it in station.csms.samples() if it.session_id == session.id]
    if Spoilt.TIMES in excuse.spoilt:
        told = Counter(str(it.energy_wh) for it in stored)
        true = Counter(str(wh) for _, wh in happened.elements())
    else:
        told = Counter(f"{it.energy_wh} at {(it.at - NOON) // seconds(1)}" for it in stored)
        true = Counter(f"{wh} at {at}" for at, wh in happened.elements())
    if told != true:
        yield f"readings too many {dict(told - true)}, too few {dict(true - told)}"
