"""Sessions that a person must look at: those that ``domain.evidence.exceptions_of`` means."""

from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from ogniwo.base.limits import EXCEPTION_WAIT_S, LOST_SESSION_S, SILENT_STATION_S
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.evidence import CONNECTOR_FREE, EXCEPTIONS, HELD, START_MISSING, WAITS
from ogniwo.domain.evidence import STATION_SILENT as SILENT
from ogniwo.domain.session import RUNNING, Flag, SessionState
from ogniwo.domain.station import ReportedStatus
from ogniwo.storage.schema import connector, session, station_head
from ogniwo.storage.values import AnyRow

_NOT_CLOSED: Final = [it.value for it in SessionState if it is not SessionState.CLOSED]
_runs: Final = session.c.state.in_([it.value for it in sorted(RUNNING)])
_waits: Final = session.c.state == SessionState.WAITING_FOR_DATA.value


def _before(name: str) -> BindParameter[int]:
    return bindparam(name, type_=session.c.started_at.type)


_of_evse: Final = and_(
    connector.c.station_id == session.c.station_id, connector.c.evse == session.c.evse
)
_is_free: Final = and_(
    func.coalesce(connector.c.reported, "") == ReportedStatus.AVAILABLE.value,
    connector.c.changed_at <= _before("free_before"),
)
_free: Final = exists(select(connector.c.evse).where(_of_evse, _is_free)) & ~exists(
    select(connector.c.evse).where(_of_evse, ~_is_free)
)
_heard: Final = exists(
    select(station_head.c.station_id).where(
        station_head.c.station_id == session.c.station_id,
        station_head.c.last_seen_at >= _before("heard_before"),
    )
)
_start_missing: Final = ("," + session.c.flags + ",").like(f"%,{Flag.START_MISSING.value},%")

CONDITIONS: Final[dict[str, ColumnElement[bool]]] = {
    HELD: session.c.state == SessionState.ENDED.value,
    WAITS: and_(_waits, session.c.ended_at < _before("ended_before")),
    START_MISSING: and_(_waits, _start_missing),
    CONNECTOR_FREE: and_(_runs, _free),
    SILENT: and_(_runs, ~_heard),
}


def only(query: Select[*tuple[Any, ...]], now: Instant) -> Select[*tuple[Any, ...]]:
    """Those of the query, with a column for each reason.

    There are few among all that ever were: they are found by their state, never by walking
    through all the sessions in their order, which the plus takes off the engines' hands.
    """
    return (
        query.add_columns(*(it.label(name) for name, it in CONDITIONS.items()))
        .where(session.c.state.in_(_NOT_CLOSED), or_(*CONDITIONS.values()))
        .order_by(None)
        .order_by(
            literal_column("+session.started_at").desc(), literal_column("+session.id").desc()
        )
        .params(
            ended_before=now - seconds(EXCEPTION_WAIT_S),
            free_before=now - seconds(LOST_SESSION_S),
            heard_before=now - seconds(SILENT_STATION_S),
        )
    )


def named(row: AnyRow) -> list[str]:
    return [name for name in EXCEPTIONS if getattr(row, name)]
