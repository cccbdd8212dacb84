"""What stations tell of what they hold: kept, and the order that asked for it brought to an end."""

from typing import Final

from ogniwo.domain import sequence
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.charging_told import still_planned
from ogniwo.domain.decision import ACKNOWLEDGED, Decision, DomainRow, Situation, event
from ogniwo.domain.effects import order_told_of
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import NEXT_PART, HoldingsReported
from ogniwo.domain.holdings import PARTS_MAX, Holding, HoldingsSwept, Kind, to_holding

PARTIAL: Final = "partial"


def decide_report(state: StationState, fact: HoldingsReported, situation: Situation) -> Decision:
    station_id = state.station.id
    asked = None
    if fact.kind is not None:
        asked = order_told_of(state, fact.kind, fact.number)
    command_id = None if asked is None else asked.id
    rows: list[DomainRow] = [
        to_holding(still_planned(state, it), station_id, situation.now, command_id)
        for it in fact.held
    ]
    report = None
    if fact.part is not None and fact.number is not None:
        before = _before(state, fact, situation)
        if _is_repeated(fact, before):
            return Decision(ACKNOWLEDGED, tuple(rows))
        report = _report(state, fact, situation, before, command_id)
        rows.append(report)
        whole_of = fact.whole_of or (asked.order.whole_of() if asked is not None else None)
        if whole_of is not None and report.done:
            began = _began(report)
            rows.append(HoldingsSwept(station_id=station_id, kind=whole_of, before=began))
    if fact.important and (report is None or report.done is not None):
        rows.append(
            event(
                situation,
                EventKind.STATION_NOTICE,
                station_id=station_id,
                action=fact.action,
                summary=fact.summary,
            )
        )
    return Decision(ACKNOWLEDGED, tuple(rows))


def _before(state: StationState, fact: HoldingsReported, situation: Situation) -> Holding | None:
    """What is on file: of it the memory knows only what came since the server started."""
    key = str(fact.number)
    return state.reports.get(key) or situation.holdings.get((Kind.REPORT, key))


def _is_repeated(fact: HoldingsReported, before: Holding | None) -> bool:
    """A part of a report that had ended: the answer to it was lost."""
    if before is None or before.state == PARTIAL or fact.part is None:
        return False
    return sequence.contains(sequence.from_text(before.value or ""), fact.part)


def _report(
    state: StationState,
    fact: HoldingsReported,
    situation: Situation,
    before: Holding | None,
    command_id: int | None,
) -> Holding:
    """How much of the report is there; a part that is missing at the end is missing for good."""
    key = str(fact.number)
    under_way = before is not None and before.state == PARTIAL
    had = sequence.from_text(before.value or "") if before is not None and under_way else ()
    began = _began(before) if before is not None and under_way else situation.now
    part = min(_part(fact, had), PARTS_MAX)
    seen = sequence.add(had, part)
    whole = seen == ((0, part),)
    done = None if not fact.last else whole
    return Holding(
        station_id=state.station.id,
        kind=Kind.REPORT,
        key=key,
        at=situation.now,
        value=sequence.to_text(seen),
        state=_STATES[done],
        data={"action": fact.action, "began": began},
        command_id=command_id,
        done=done,
        reason=None if whole else f"parts are missing: {sequence.to_text(seen)} came",
    )


def _part(fact: HoldingsReported, had: sequence.Ranges) -> int:
    if fact.part == NEXT_PART:
        return had[-1][1] + 1 if had else 0
    return fact.part or 0


_STATES = {None: PARTIAL, True: "complete", False: "incomplete"}


def _began(report: Holding) -> int:
    began = (report.data or {}).get("began")
    return began if isinstance(began, int) else report.at
