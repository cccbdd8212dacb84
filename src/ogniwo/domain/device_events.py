"""What a 2.x station reports of its device model by itself: states, values, trouble (N07, N08)."""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import Decision, DomainRow, Situation, event
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import DeviceEvent, EventsReported
from ogniwo.domain.holdings import GONE, Held, Holding, Kind, to_holding
from ogniwo.domain.status import decide_status

ACTIVE: Final = "active"


def decide_events(state: StationState, fact: EventsReported, situation: Situation) -> Decision:
    """2.1 reports a connector's state as an event; of several for one connector the last counts."""
    last = {(it.evse, it.connector): it for it in fact.statuses}
    rows: list[DomainRow] = []
    for status in last.values():
        rows += decide_status(state, status, situation).rows
    newest = {it.held.key: it for it in fact.events}
    if newest and all(_known(it, situation) for it in newest.values()):
        return Decision(rows=tuple(rows))  # sent again: the answer to the first was lost
    for it in newest.values():
        told = _told(it, situation)
        rows += [to_holding(held, state.station.id, situation.now) for held in told]
    if fact.summary:
        notice = EventKind.STATION_NOTICE
        rows.append(event(situation, notice, station_id=state.station.id, summary=fact.summary))
    return Decision(rows=tuple(rows))


def _known(it: DeviceEvent, situation: Situation) -> bool:
    """Stations count their events anew after a restart: the number alone says nothing."""
    before = _data(situation, it)
    return (before.get("event"), before.get("event_at")) == (it.id, it.at)


def _told(it: DeviceEvent, situation: Situation) -> Iterator[Held]:
    before = _data(situation, it)
    at = before.get("event_at")
    if isinstance(at, int) and at > it.at:
        return  # late: a newer one was heard of
    yield replace(it.held, data={**before, "event": it.id, "event_at": it.at})
    if not it.alerting:
        return
    severity = it.severity
    if severity is None and it.monitor is not None:
        watching = situation.holdings.get((Kind.MONITOR, str(it.monitor)))
        severity = _severity(watching)
    trouble = {"event": it.id, "at": it.at, "severity": severity, "monitor": it.monitor}
    yield Held(
        kind=Kind.PROBLEM,
        key=it.held.key,
        value=it.held.value,
        state=GONE if it.cleared else ACTIVE,
        evse=it.held.evse,
        data={**trouble, **it.details},
    )


def _data(situation: Situation, it: DeviceEvent) -> dict[str, object]:
    before = situation.holdings.get((Kind.VARIABLE, it.held.key))
    return {} if before is None else dict(before.data or {})


def _severity(watching: Holding | None) -> int | None:
    severity = None if watching is None else (watching.data or {}).get("severity")
    return severity if isinstance(severity, int) else None
