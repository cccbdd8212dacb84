"""What stations hold and what operators wrote for many of them, read to decide on."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, select, tuple_

from ogniwo.app.ports import Document
from ogniwo.domain.holdings import GONE, Holding, Kind
from ogniwo.storage.schema import document, holding
from ogniwo.storage.values import AnyRow

_PRESENT: Final = select(holding).where(
    holding.c.station_id == bindparam("station_id"), holding.c.state.is_distinct_from(GONE)
)
FIND_HOLDINGS: Final = _PRESENT.where(
    tuple_(holding.c.kind, holding.c.key).in_(bindparam("wanted", expanding=True))
)
HOLDINGS_OF: Final = _PRESENT.where(holding.c.kind == bindparam("kind")).order_by(holding.c.key)
DOCUMENTS: Final = (
    select(document).where(document.c.kind == bindparam("kind")).order_by(document.c.key)
)


def to_holding(row: AnyRow) -> Holding:
    return Holding(
        station_id=row.station_id,
        kind=Kind(row.kind),
        key=row.key,
        at=row.at,
        value=row.value,
        state=row.state,
        evse=row.evse,
        data=None if row.data is None else msgspec.json.decode(row.data),
        command_id=row.command_id,
    )


def to_document(row: AnyRow) -> Document:
    return Document(
        kind=row.kind,
        key=row.key,
        data=msgspec.json.decode(row.data),
        author=row.author,
        at=row.at,
    )
