"""Stops that nobody's session has: where they lie, and which are still to be decided about.

Of OCPP 1.6 they are events, of 2.x sessions without a beginning. A station that had no answer
repeats its stop: of those that say the same the first is the stop, the others are its echo.
"""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import (
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

from ogniwo.base.units import Instant, to_instant
from ogniwo.domain.events import Scalar
from ogniwo.domain.repairs import OrphanStop
from ogniwo.domain.session import ENDED_UNTOLD as UNTOLD
from ogniwo.domain.session import Flag
from ogniwo.storage.schema import event, session
from ogniwo.storage.schema_repairs import session_repair
from ogniwo.storage.values import AnyRow

_other: Final = event.alias("other")
_named: Final = event.alias("named")


def _is_stop(of: ColumnElement[str], data: ColumnElement[str]) -> ColumnElement[bool]:
    # The kind as its index says it; the data is written by us, without a blank.
    kind: ColumnElement[str] = literal_column("'orphan_stored'")
    return and_(of == kind, data.like('%"what":"stop"%'))


IS_STOP: Final = _is_stop(event.c.kind, event.c.data)


def _stops(*of: ColumnElement[bool]) -> Select[Any]:
    """``of`` says of ``_other`` which stations are asked about: no other's need be compared."""
    firsts = (
        select(func.min(_other.c.id))
        .where(_is_stop(_other.c.kind, _other.c.data), *of)
        .group_by(_other.c.station_id, _other.c.data)
    )
    return select(event).where(IS_STOP, event.c.id.in_(firsts))


SETTLED: Final = exists(
    select(session_repair.c.orphan_id).where(session_repair.c.orphan_id == event.c.id)
)
OPEN: Final = ~SETTLED
STOPS: Final = _stops()
STOPS_OF_STATION: Final = _stops(_other.c.station_id == bindparam("station_id")).where(
    event.c.station_id == bindparam("station_id")
)
_owner: Final = select(_named.c.station_id).where(_named.c.id == bindparam("id")).scalar_subquery()
STOP: Final = _stops(_other.c.station_id == _owner).where(event.c.id == bindparam("id"))

_flags: Final = "," + session.c.flags + ","
NO_START: Final = _flags.like(f"%,{Flag.START_MISSING.value},%")
ENDED_UNTOLD: Final = or_(*(_flags.like(f"%,{it.value},%") for it in sorted(UNTOLD)))

_DATA: Final = msgspec.json.Decoder(dict[str, Scalar])


def of_event(row: AnyRow) -> OrphanStop:
    told = _DATA.decode(row.data)
    meter = told.get("meter_stop_wh")
    return OrphanStop(
        id=row.id,
        at=_moment(told.get("stopped_at"), row.at),
        station_id=row.station_id,
        evse=row.evse,
        received_at=row.at,
        meter_stop_wh=meter if isinstance(meter, int) else None,
        stop_reason=_text(told.get("stop_reason")),
        token=_text(told.get("token")),
        transaction_id=_text(told.get("transaction_id")),
    )


def _moment(told: Scalar, arrived_at: Instant) -> Instant:
    return to_instant(datetime.fromisoformat(told)) if isinstance(told, str) else arrived_at


def _text(told: Scalar) -> str | None:
    return told if isinstance(told, str) else None
