"""What stations hold, and the streams of values they send, as people see them."""

from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, select, tuple_

from ogniwo.app.filters import Cut, HoldingFilter
from ogniwo.app.views import HoldingView, Page, TelemetryValue, TelemetryView
from ogniwo.base.units import from_instant
from ogniwo.domain.holdings import GONE
from ogniwo.domain.people import Sites
from ogniwo.storage.paging import before_id, page_of, rows_wanted
from ogniwo.storage.schema import holding, station, telemetry
from ogniwo.storage.sites import only_within
from ogniwo.storage.values import AnyRow

_STATION: Final = (
    select(station.c.id)
    .where(station.c.identity == bindparam("identity"), station.c.removed == 0)
    .scalar_subquery()
)
HOLDINGS: Final = (
    select(holding)
    .where(
        holding.c.station_id == _STATION,
        tuple_(holding.c.kind, holding.c.key)
        > tuple_(bindparam("after_kind"), bindparam("after_key")),
    )
    .order_by(holding.c.kind, holding.c.key)
    .limit(bindparam("limit"))
)
TELEMETRY: Final = (
    select(telemetry)
    .where(telemetry.c.station_id == _STATION, telemetry.c.id < bindparam("before"))
    .order_by(telemetry.c.id.desc())
    .limit(bindparam("limit"))
)
_BETWEEN: Final = "\x1f"  # of a cursor's two parts: in no key
_VALUES: Final = msgspec.json.Decoder(list[tuple[int, str]])


def holdings(
    connection: Connection, where: HoldingFilter, cut: Cut, within: Sites | None
) -> Page[HoldingView]:
    after_kind, _, after_key = (cut.cursor or "").partition(_BETWEEN)
    query = only_within(HOLDINGS, within, holding.c.station_id)
    if where.kind is not None:
        query = query.where(holding.c.kind == where.kind)
    if where.key is not None:
        query = query.where(holding.c.key.startswith(where.key, autoescape=True))
    if not where.gone:
        query = query.where(holding.c.state.is_distinct_from(GONE))
    given = {
        "identity": where.station_id,
        "after_kind": after_kind,
        "after_key": after_key,
        "limit": rows_wanted(cut) + 1,
    }
    rows = connection.execute(query, given).all()
    return page_of(rows, cut, _holding_view, lambda row: f"{row.kind}{_BETWEEN}{row.key}")


def telemetry_of(
    connection: Connection, identity: str, cut: Cut, within: Sites | None
) -> Page[TelemetryView]:
    given = {"identity": identity, "before": before_id(cut), "limit": rows_wanted(cut) + 1}
    query = only_within(TELEMETRY, within, telemetry.c.station_id)
    rows = connection.execute(query, given).all()
    return page_of(rows, cut, _telemetry_view, lambda row: str(row.id))


def _holding_view(row: AnyRow) -> HoldingView:
    return HoldingView(
        kind=row.kind,
        key=row.key,
        value=row.value,
        state=row.state,
        evse_id=row.evse,
        data={} if row.data is None else msgspec.json.decode(row.data),
        at=from_instant(row.at),
        command_id=None if row.command_id is None else str(row.command_id),
    )


def _telemetry_view(row: AnyRow) -> TelemetryView:
    return TelemetryView(
        id=str(row.id),
        stream=row.stream,
        monitor=row.monitor,
        received_at=from_instant(row.received_at),
        values=[
            TelemetryValue(at=from_instant(at), value=text)
            for at, text in _VALUES.decode(row.values_json)
        ],
        pending=row.pending,
    )
