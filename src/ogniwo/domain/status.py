"""What a connector's report means, and how a transaction colours it (G01; 1.6 section 4.9)."""

from typing import Final

from msgspec.structs import replace

from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import Decision, DomainRow, Situation, event
from ogniwo.domain.events import EventKind
from ogniwo.domain.facts import ConnectorStatusReported
from ogniwo.domain.holdings import Held, Kind, to_holding
from ogniwo.domain.orders.local_list import CONFLICT, LIST_KEY
from ogniwo.domain.session import Session, in_charging_state
from ogniwo.domain.session_events import changed_event, happened
from ogniwo.domain.station import (
    ChargingState,
    Connector,
    ReportedStatus,
    derive_status,
)

LIST_CONFLICT_CODE: Final = "LocalListConflict"

_CABLE_OUT = frozenset({ReportedStatus.AVAILABLE, ReportedStatus.RESERVED})

# 1.6 tells a transaction's state by its connector; 2.x says ``occupied`` and tells it apart.
_CHARGING_STATE = {
    ReportedStatus.CHARGING: ChargingState.CHARGING,
    ReportedStatus.SUSPENDED_EV: ChargingState.SUSPENDED_EV,
    ReportedStatus.SUSPENDED_EVSE: ChargingState.SUSPENDED_EVSE,
}


def charging_state_told(reported: ReportedStatus | None) -> ChargingState | None:
    return None if reported is None else _CHARGING_STATE.get(reported)


def decide_status(
    state: StationState, fact: ConnectorStatusReported, situation: Situation
) -> Decision:
    if fact.evse == 0:
        return _of_controller(state, fact, situation)
    before = state.connectors.get((fact.evse, fact.connector)) or Connector(
        station_id=state.station.id, evse=fact.evse, connector=fact.connector
    )
    session = state.running_on(fact.evse)
    after_session = session
    if session is not None and (told := charging_state_told(fact.status)) is not None:
        after_session = in_charging_state(session, told)
    ended_here = before.ended_here and fact.status not in _CABLE_OUT
    after = replace(
        before,
        reported=fact.status,
        status=derive_status(fact.status, _state_of(after_session), ended_here=ended_here),
        error_code=fact.error_code,
        vendor_error_code=fact.vendor_error_code,
        info=fact.info,
        ended_here=ended_here,
    )
    rows: list[DomainRow] = []
    if after_session is not None and after_session is not session:
        changed = changed_event(after_session, situation)
        rows += [after_session, happened(changed, fact.at or situation.now)]
    if after != before:
        after = replace(after, changed_at=fact.at or situation.now)
        rows += [after, _changed(before, after, situation)]
        rows += _list_told(state, fact, situation)
    return Decision(rows=tuple(rows), session_id=None if session is None else session.id)


def coloured(
    state: StationState, session: Session, situation: Situation, *, ended: bool = False
) -> list[DomainRow]:
    """The connectors of a session's EVSE after the session changed, where that shows."""
    if session.evse is None or _superseded(state, session):
        return []
    rows: list[DomainRow] = []
    charging_state = session.charging_state if session.running else None
    for before in _connectors_in_use(state, session):
        ended_now = ended and before.reported not in _CABLE_OUT
        ended_here = ended_now or (before.ended_here and not _restarted(session))
        status = derive_status(before.reported, charging_state, ended_here=ended_here)
        after = replace(before, status=status, ended_here=ended_here)
        if after != before:
            after = replace(after, changed_at=situation.now)
            rows.append(after)
            if after.status is not before.status:
                rows.append(_changed(before, after, situation))
    return rows


def _superseded(state: StationState, session: Session) -> bool:
    """Late word of an old session says nothing of an EVSE where a newer one runs."""
    running = state.running_on(session.evse or 0)
    if running is None or running.id == session.id:
        return False
    return (running.started_at, running.id) > (session.started_at, session.id)


def _restarted(session: Session) -> bool:
    return session.charging_state is ChargingState.CHARGING


def _connectors_in_use(state: StationState, session: Session) -> list[Connector]:
    """The session's connector; where it is not named, those of the EVSE that are occupied."""
    of_evse = state.connectors_of(session.evse or 0)
    if session.connector is not None:
        return [it for it in of_evse if it.connector == session.connector]
    return [it for it in of_evse if it.reported not in _CABLE_OUT] if len(of_evse) > 1 else of_evse


def _list_told(
    state: StationState, fact: ConnectorStatusReported, situation: Situation
) -> tuple[DomainRow, ...]:
    """A 1.6 station tells by an error code that its local list is to be sent anew."""
    if fact.error_code != LIST_CONFLICT_CODE:
        return ()
    held = Held(kind=Kind.LOCAL_LIST, key=LIST_KEY, state=CONFLICT)
    return (to_holding(held, state.station.id, situation.now),)


def _of_controller(
    state: StationState, fact: ConnectorStatusReported, situation: Situation
) -> Decision:
    before = state.station
    status = derive_status(fact.status, None, ended_here=False)
    after = replace(before, status=status, error_code=fact.error_code)
    if after == before:
        return Decision()
    changed = event(
        situation,
        EventKind.STATUS_CHANGED,
        station_id=before.id,
        evse=0,
        before=before.status.value,
        after=after.status.value,
        error_code=fact.error_code,
        vendor_error_code=fact.vendor_error_code,
        info=fact.info,
    )
    return Decision(rows=(after, changed, *_list_told(state, fact, situation)))


def _state_of(session: Session | None) -> ChargingState | None:
    return None if session is None else session.charging_state


def _changed(before: Connector, after: Connector, situation: Situation) -> DomainRow:
    return event(
        situation,
        EventKind.STATUS_CHANGED,
        station_id=after.station_id,
        evse=after.evse,
        connector=after.connector,
        before=before.status.value,
        after=after.status.value,
        error_code=after.error_code,
        vendor_error_code=after.vendor_error_code,
        info=after.info,
    )
