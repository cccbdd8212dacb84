"""Notes of people about stations: written, read, and taken back by who wrote them."""

from typing import Protocol

from ogniwo.app.filters import Cut
from ogniwo.app.ports import NoteRemoved, RowRefusedError, Writer
from ogniwo.app.views import Page
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.base.ids import Ids
from ogniwo.domain.note import Note


class NoteFile(Protocol):
    async def notes_of(self, identity: str, cut: Cut) -> Page[Note]:
        """Newest first."""
        ...

    async def note(self, identity: str, note_id: int) -> Note | None: ...

    async def number_of(self, identity: str) -> int | None: ...


class Notes:
    def __init__(self, file: NoteFile, writer: Writer, clock: Clock, ids: Ids) -> None:
        self._file = file
        self._writer = writer
        self._clock = clock
        self._ids = ids

    async def notes_of(self, identity: str, cut: Cut) -> Page[Note]:
        return await self._file.notes_of(identity, cut)

    async def write(self, identity: str, text: str, *, author: str) -> Note:
        """Errors: MissingError."""
        station_id = await self._file.number_of(identity)
        if station_id is None:
            raise MissingError("station", identity)
        note = Note(
            id=self._ids.next(),
            station_id=station_id,
            author=author,
            text=text,
            at=self._clock.now_us(),
        )
        await self._writer.write([note])
        return note

    async def remove(self, identity: str, note_id: int, *, author: str) -> None:
        """One's own. Errors: MissingError, RefusedError."""
        note = await self._file.note(identity, note_id)
        if note is None:
            raise MissingError("note", str(note_id))
        if note.author != author:
            raise RefusedError("not_yours", f"only {note.author} may remove this note")
        try:
            await self._writer.write([NoteRemoved(note_id)])
        except RowRefusedError as error:  # removed at this moment
            raise MissingError("note", str(note_id)) from error
