"""What changed: as a live stream, and as a list to read afterwards."""

from contextlib import suppress
from typing import Annotated

from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from ogniwo.app.ports import StorageAwayError
from ogniwo.app.views import Page
from ogniwo.app.zones import zone_called
from ogniwo.base.errors import UsageError
from ogniwo.base.limits import PAGE_ROWS
from ogniwo.web.doors import Hub, Keys, Queries
from ogniwo.web.frames import TOPICS, USUAL, EventWithWords, Following, with_words
from ogniwo.web.gate import bearer_in
from ogniwo.web.lists import AnyRequest, Author, Cursor, Limit, Speech, Wanted, identifier
from ogniwo.web.problems import StreamsFullError

After = Annotated[
    str | None,
    QueryParameter(description="Begin after the event of this id; leave it out for from now on."),
]
Topics = Annotated[
    str | None,
    QueryParameter(
        description="With commas: `events`, `stations`, `sessions` (these three by default), "
        "`commands`, `attempts`, `messages`, `overview`."
    ),
]
TimeZone = Annotated[
    str, QueryParameter(description="Of the overview: whose midnight its day begins at.")
]
Action = Annotated[str | None, QueryParameter(description="Of messages: only this OCPP action.")]
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
async def follow_events(  # noqa: PLR0913 - one for each filter of the address
    request: AnyRequest,
    hub: Hub,
    keys: Keys,
    author: Author,
    language: Speech,
    *,
    topics: Topics = None,
    station_id: Wanted = None,
    session_id: Wanted = None,
    action: Action = None,
    time_zone: TimeZone = "UTC",
    after: After = None,
    last_event_id: LastEventId = None,
) -> Stream:
    """Server-sent events that never end.

    `event` carries one durable event and its id: come back with the last one and nothing is
    missed. `sessions`, `stations`, `commands` and `attempts` carry lists of what moved, at most
    once a second for each. `messages` is the trace as it grows. `resync` says that something
    that moved may have been missed: read `/stations/snapshot` anew.
    """
    if hub.full:
        raise StreamsFullError
    resume = last_event_id or after
    start = identifier(resume, "an event") if resume else None

    async def still() -> bool:
        with suppress(StorageAwayError):  # nobody can say otherwise now
            return await keys.check(bearer_in(request.scope) or "") == author
        return True

    who = Following(
        topics=_topics(topics),
        station_id=station_id,
        session_id=session_id,
        action=action,
        time_zone=zone_called(time_zone).key,
        sites=author.sites,
        people=author.sees_people,
        language=language,
    )
    return Stream(
        hub.stream(who, start, again=last_event_id is not None, still=still),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


def _topics(text: str | None) -> frozenset[str]:
    if text is None:
        return USUAL
    asked = frozenset(part.strip() for part in text.split(",")) - {""}
    if not asked or not asked <= TOPICS:
        raise UsageError(f"topics are some of {', '.join(sorted(TOPICS))}, with commas between")
    return asked


@get("/event-log", summary="List events", tags=["events"])
async def list_events(
    queries: Queries,
    author: Author,
    language: Speech,
    after: After = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_ROWS,
) -> Page[EventWithWords]:
    """Oldest first after `after` (or `cursor`); without one the newest, newest first.

    What is about users and API tokens is told to those who may see them.
    """
    after = cursor or after
    if after is None:
        newest = await queries.recent_events(limit, people=author.sees_people)
        return Page(items=[with_words(event, language) for event in newest])
    events = await queries.events(
        after=identifier(after, "an event"), limit=limit, people=author.sees_people
    )
    return Page(
        items=[with_words(event, language) for event in events],
        next_cursor=events[-1].id if len(events) == limit else None,
    )


HANDLERS = [follow_events, list_events]
