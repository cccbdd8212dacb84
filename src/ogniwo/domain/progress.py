"""How far a station got with what takes it a while: a log to upload, firmware to install.

One row for each order, with the states it went through. 1.6 stations do not say which order
they speak of: it is the newest.
"""

from collections.abc import Mapping
from typing import Final

from ogniwo.base.units import to_rfc3339
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.commands import Command
from ogniwo.domain.decision import ACKNOWLEDGED, Decision, Situation, event
from ogniwo.domain.effects import order_told_of
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import ProgressReported
from ogniwo.domain.holdings import Held, to_holding
from ogniwo.domain.orders import request_number

IDLE: Final = "idle"
UNASKED: Final = "0"  # the key of what the station does without an order of ours
COURSE_MAX: Final = 64  # a station that fails and begins again for ever


def decide_progress(state: StationState, fact: ProgressReported, situation: Situation) -> Decision:
    if fact.state == IDLE:
        return Decision(ACKNOWLEDGED)  # nothing is under way, which ends nothing that was
    asked = order_told_of(state, fact.kind, fact.number)
    key = _key(fact, asked, situation)
    before = situation.holdings.get((fact.kind, key))
    known: Mapping[str, object] = {} if before is None or before.data is None else before.data
    course = _course(known)
    if not course or course[-1]["state"] != fact.state:
        step: dict[str, object] = {"state": fact.state, "at": to_rfc3339(situation.now)}
        course = [*course, step][-COURSE_MAX:]
    elif asked is None or fact.done is None:
        return Decision(ACKNOWLEDGED)  # some repeat themselves every few seconds
    held = Held(
        kind=fact.kind,
        key=key,
        state=fact.state,
        data={**known, **fact.data, "course": course},
        done=fact.done,
        reason=fact.reason,
    )
    command_id = None if asked is None else asked.id
    told = event(
        situation,
        EventKind.STATION_NOTICE,
        station_id=state.station.id,
        action=fact.action,
        summary=f"{fact.kind.value} {key}: {fact.state}",
    )
    return Decision(
        ACKNOWLEDGED, (to_holding(held, state.station.id, situation.now, command_id), told)
    )


def _key(fact: ProgressReported, asked: Command | None, situation: Situation) -> str:
    if fact.number is not None:
        return str(fact.number)
    if asked is not None:
        return str(request_number(asked.id))
    newest = max(
        (it for it in situation.holdings.values() if it.kind is fact.kind),
        key=lambda it: it.at,
        default=None,
    )
    return UNASKED if newest is None else newest.key


def _course(data: Mapping[str, object]) -> list[dict[str, object]]:
    course = data.get("course")
    steps: list[object] = course if isinstance(course, list) else []
    return [it for it in steps if isinstance(it, dict) and "state" in it]
