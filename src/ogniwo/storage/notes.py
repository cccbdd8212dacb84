"""What people wrote about a station."""

from typing import Final

from sqlalchemy import Connection, bindparam, select

from ogniwo.app.filters import Cut
from ogniwo.app.views import Page
from ogniwo.domain.note import Note
from ogniwo.storage.paging import before_id, page_of, rows_wanted
from ogniwo.storage.readers import Readers
from ogniwo.storage.schema import station
from ogniwo.storage.schema_jobs import note
from ogniwo.storage.values import AnyRow

NOTES: Final = (
    select(note)
    .join_from(note, station, station.c.id == note.c.station_id)
    .where(
        station.c.identity == bindparam("identity"),
        station.c.removed == 0,
        note.c.id < bindparam("before"),
    )
    .order_by(note.c.id.desc())
    .limit(bindparam("limit"))
)
NOTE: Final = (
    select(note)
    .join_from(note, station, station.c.id == note.c.station_id)
    .where(
        note.c.id == bindparam("id"),
        station.c.identity == bindparam("identity"),
        station.c.removed == 0,
    )
)
STATION_ID: Final = select(station.c.id).where(
    station.c.identity == bindparam("identity"), station.c.removed == 0
)


class SqlNotes:
    def __init__(self, readers: Readers) -> None:
        self._run = readers.run

    async def notes_of(self, identity: str, cut: Cut) -> Page[Note]:
        def query(connection: Connection) -> Page[Note]:
            given = {"identity": identity, "before": before_id(cut), "limit": rows_wanted(cut) + 1}
            rows = connection.execute(NOTES, given).all()
            return page_of(rows, cut, _note, lambda row: str(row.id))

        return await self._run(query)

    async def note(self, identity: str, note_id: int) -> Note | None:
        def query(connection: Connection) -> Note | None:
            row = connection.execute(NOTE, {"identity": identity, "id": note_id}).one_or_none()
            return None if row is None else _note(row)

        return await self._run(query)

    async def number_of(self, identity: str) -> int | None:
        """Of the station that bears the identity now."""
        return await self._run(lambda it: it.scalar(STATION_ID, {"identity": identity}))


def _note(row: AnyRow) -> Note:
    return Note(
        id=row.id,
        org_id=row.org_id,
        station_id=row.station_id,
        author=row.author,
        text=row.text,
        at=row.at,
    )
