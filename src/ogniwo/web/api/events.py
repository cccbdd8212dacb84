"""What changed: as a live stream, and as a list to read afterwards."""

from typing import Annotated

from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from ogniwo.app.views import Page
from ogniwo.base.limits import PAGE_ROWS
from ogniwo.web.doors import Hub, Queries
from ogniwo.web.lists import Cursor, Limit, Speech, identifier
from ogniwo.web.live import EventWithWords, with_words
from ogniwo.web.problems import StreamsFullError

After = Annotated[
    str | None,
    QueryParameter(description="Begin after the event of this id; leave it out for from now on."),
]
LastEventId = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", description="The same, as browsers send it."),
]


@get(
    "/events",
    summary="Follow events",
    tags=["events"],
    media_type="text/event-stream",
    responses={200: ResponseSpec(str, description="A stream.", media_type="text/event-stream")},
)
async def follow_events(
    hub: Hub, language: Speech, after: After = None, last_event_id: LastEventId = None
) -> Stream:
    """Server-sent events that never end.

    `event` carries one durable event and its id: come back with the last one and nothing is
    missed. `sessions` and `stations` carry lists of what moved, at most once a second for each.
    """
    if hub.full:
        raise StreamsFullError
    resume = last_event_id or after
    start = identifier(resume, "an event") if resume else None
    return Stream(
        hub.stream(start, language),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


@get("/event-log", summary="List events", tags=["events"])
async def list_events(
    queries: Queries,
    language: Speech,
    after: After = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_ROWS,
) -> Page[EventWithWords]:
    """Oldest first after `after` (or `cursor`); without one the newest, newest first."""
    after = cursor or after
    if after is None:
        newest = await queries.recent_events(limit)
        return Page(items=[with_words(event, language) for event in newest])
    events = await queries.events(after=identifier(after, "an event"), limit=limit)
    return Page(
        items=[with_words(event, language) for event in events],
        next_cursor=events[-1].id if len(events) == limit else None,
    )


HANDLERS = [follow_events, list_events]
