"""The trace: every OCPP call with its answer, and what it means in words."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from msgspec.structs import asdict

from ogniwo.app.ports import MessageFilter
from ogniwo.app.views import MessageView, Page
from ogniwo.web.doors import Queries
from ogniwo.web.lists import From, Page_, Speech, To, Wanted, identifier, moment
from ogniwo.web.words.messages import words_of_message

Texts = Annotated[
    bool,
    QueryParameter(description="With `call_text` and `answer_text`, as they were on the wire."),
]


class MessageWithWords(MessageView, frozen=True, kw_only=True):
    """One call and its answer; `words` tells it in the language asked for."""

    words: str


@get("/messages", summary="List messages", tags=["messages"])
async def list_messages(  # noqa: PLR0913 - one for each filter of the address
    queries: Queries,
    cut: Page_,
    language: Speech,
    *,
    station_id: Wanted = None,
    session_id: Wanted = None,
    action: Wanted = None,
    since: From = None,
    until: To = None,
    texts: Texts = False,
) -> Page[MessageWithWords]:
    """Newest first."""
    if session_id is not None:
        identifier(session_id, "a session")
    where = MessageFilter(
        station_id=station_id,
        session_id=session_id,
        action=action,
        since=moment(since, "from"),
        until=moment(until, "to"),
        texts=texts,
    )
    page = await queries.messages(where, cut)
    items = [
        MessageWithWords(**asdict(message), words=words_of_message(message, language))
        for message in page.items
    ]
    return Page(items=items, next_cursor=page.next_cursor)


HANDLERS = [list_messages]
