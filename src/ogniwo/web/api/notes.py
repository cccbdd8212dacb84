"""What people wrote about a station, for the next one who looks at it."""

from datetime import datetime
from typing import Annotated

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from ogniwo.app.views import Page
from ogniwo.base.errors import MissingError
from ogniwo.base.units import from_instant
from ogniwo.domain.note import Note
from ogniwo.domain.people import Right
from ogniwo.web.doors import Notes, Queries
from ogniwo.web.lists import Author, Page_, identifier


class NoteBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=4_000)]


class NoteView(Struct, frozen=True, kw_only=True):
    """A note about a station."""

    id: str
    author: str
    text: str
    at: datetime


@get("/stations/{identity:str}/notes", summary="List a station's notes", tags=["stations"])
async def list_notes(
    queries: Queries, notes: Notes, cut: Page_, identity: FromPath[str]
) -> Page[NoteView]:
    """Newest first."""
    await _check(queries, identity)
    page = await notes.notes_of(identity, cut)
    return Page([_view(it) for it in page.items], page.next_cursor)


@post(
    "/stations/{identity:str}/notes",
    summary="Write a note about a station",
    tags=["stations"],
    opt={"right": Right.SERVE},
)
async def write_note(
    queries: Queries,
    notes: Notes,
    author: Author,
    identity: FromPath[str],
    data: JSONBody[NoteBody],
) -> NoteView:
    """Everybody who may see the station reads it."""
    await _check(queries, identity)
    return _view(await notes.write(identity, data.text, author=author.label))


@delete(
    "/stations/{identity:str}/notes/{note_id:str}",
    summary="Remove a note",
    tags=["stations"],
    opt={"right": Right.SERVE},
)
async def remove_note(
    queries: Queries,
    notes: Notes,
    author: Author,
    identity: FromPath[str],
    note_id: FromPath[str],
) -> None:
    """One's own."""
    await _check(queries, identity)
    await notes.remove(identity, identifier(note_id, "a note"), author=author.label)


async def _check(queries: Queries, identity: str) -> None:
    if await queries.station(identity) is None:
        raise MissingError("station", identity)


def _view(note: Note) -> NoteView:
    return NoteView(id=str(note.id), author=note.author, text=note.text, at=from_instant(note.at))


HANDLERS = [list_notes, write_note, remove_note]
