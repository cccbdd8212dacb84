"""The trace: every OCPP call with its answer, and what it means in words."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Annotated, Final, Literal

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from msgspec import Struct
from msgspec.structs import asdict, replace

from ogniwo.app.filters import Cut, MessageFilter
from ogniwo.app.views import MessageView, Page
from ogniwo.base.errors import MissingError
from ogniwo.base.limits import PAGE_ROWS_MAX
from ogniwo.domain.trace import Direction
from ogniwo.web.doors import Queries
from ogniwo.web.export_messages import NAMES, MessageRows
from ogniwo.web.exporting import CSV, JSON_LINES, Read, csv_of, download, pages
from ogniwo.web.frames import MessageWithWords
from ogniwo.web.lists import From, Page_, Speech, To, Wanted, identifier, moment
from ogniwo.web.redaction import drawn
from ogniwo.web.texts import Language
from ogniwo.web.words.messages import words_of_message

SESSION_PAGES_MAX: Final = 10  # of a session's messages; one with more is read through the list

Texts = Annotated[
    bool,
    QueryParameter(description="With `call_text` and `answer_text`, as they were on the wire."),
]
Actions = Annotated[
    str | None, QueryParameter(description="Only these actions, divided by commas.")
]
WireId = Annotated[
    str | None, QueryParameter(description="The message's id on the wire, of call and answer.")
]
Errors = Annotated[
    bool,
    QueryParameter(description="Only what was answered by an error or not at all, or was odd."),
]
FileFormat = Annotated[Literal["csv", "jsonl"], QueryParameter(name="format")]
Redact = Annotated[
    bool,
    QueryParameter(
        description="Without cards, names and addresses, for strangers: the same one always has "
        "the same stand-in within the file."
    ),
]
Around = Annotated[
    int, QueryParameter(ge=0, le=100, description="So many of its station before and after.")
]


class MessageAmongOthers(Struct, frozen=True, kw_only=True):
    """A message with what its station said before and after, in the order of time."""

    message: MessageWithWords
    before: list[MessageWithWords]
    after: list[MessageWithWords]


def filter_of(
    *,
    station_id: Wanted = None,
    session_id: Wanted = None,
    action: Actions = None,
    direction: Annotated[Direction | None, QueryParameter()] = None,
    message_id: WireId = None,
    errors: Errors = False,
    since: From = None,
    until: To = None,
) -> MessageFilter:
    if session_id is not None:
        identifier(session_id, "a session")
    return MessageFilter(
        station_id=station_id,
        session_id=session_id,
        action=action,
        direction=direction,
        message_id=message_id,
        errors=errors,
        since=moment(since, "from"),
        until=moment(until, "to"),
    )


Filter = NamedDependency[MessageFilter]
BY_FILTER: Final = {"where": Provide(filter_of, sync_to_thread=False)}


@get("/messages", summary="List messages", tags=["messages"], dependencies=BY_FILTER)
async def list_messages(
    queries: Queries, cut: Page_, language: Speech, where: Filter, *, texts: Texts = False
) -> Page[MessageWithWords]:
    """Newest first."""
    page = await queries.messages(replace(where, texts=texts), cut)
    return Page(items=_in_words(page.items, language), next_cursor=page.next_cursor)


@get("/messages/export", summary="Take messages away", tags=["messages"], dependencies=BY_FILTER)
async def export_messages(
    queries: Queries,
    where: Filter,
    language: Speech,
    file_format: FileFormat = "jsonl",
    *,
    redact: Redact = False,
) -> Stream:
    """All that fit the filters, newest first: a line of JSON each, or a spreadsheet."""
    told = MessageRows(drawn(secrets.token_bytes) if redact else None)

    def read(cut: Cut) -> Awaitable[Page[MessageView]]:
        return queries.messages(where, cut)

    if file_format == "csv":
        return download(csv_of(read, NAMES, told.rows, language), "messages.csv", CSV)
    return download(_lines(read, told), "messages.jsonl", JSON_LINES)


async def _lines(read: Read[MessageView], told: MessageRows) -> AsyncIterator[bytes]:
    async for items in pages(read):
        yield await asyncio.to_thread(told.lines, items)


@get("/messages/{message_id:str}", summary="Show a message", tags=["messages"])
async def show_message(
    queries: Queries, language: Speech, message_id: FromPath[str], around: Around = 5
) -> MessageAmongOthers:
    """One call and its answer with both texts, and what happened around it."""
    identifier(message_id, "a message")
    found = await queries.message(message_id, around=around)
    if found is None:
        raise MissingError("message", message_id)
    return MessageAmongOthers(
        message=_in_words([found.message], language)[0],
        before=_in_words(found.before, language),
        after=_in_words(found.after, language),
    )


@get("/sessions/{session_id:str}/messages", summary="List a session's messages", tags=["messages"])
async def list_session_messages(
    queries: Queries, language: Speech, session_id: FromPath[str]
) -> Page[MessageWithWords]:
    """Oldest first, all on one page: what a sequence diagram is drawn from."""
    identifier(session_id, "a session")
    if await queries.session(session_id) is None:
        raise MissingError("session", session_id)
    found: list[MessageView] = []
    cut = Cut(limit=PAGE_ROWS_MAX)
    for _ in range(SESSION_PAGES_MAX):
        page = await queries.messages(MessageFilter(session_id=session_id), cut)
        found += page.items
        if page.next_cursor is None:
            break
        cut = Cut(limit=PAGE_ROWS_MAX, cursor=page.next_cursor)
    return Page(items=_in_words(found[::-1], language))


def _in_words(messages: Sequence[MessageView], language: Language) -> list[MessageWithWords]:
    return [
        MessageWithWords(**asdict(message), words=words_of_message(message, language))
        for message in messages
    ]


HANDLERS = [list_messages, export_messages, show_message, list_session_messages]
