"""Charging sessions: list, one, its readings, and its story from beginning to end."""

from typing import Annotated, Final

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from ogniwo.app.ports import Cut, SessionFilter
from ogniwo.app.views import Page, SampleView, SessionView
from ogniwo.base.errors import MissingError
from ogniwo.base.limits import PAGE_ROWS_MAX
from ogniwo.domain.access import normalise_uid
from ogniwo.domain.session import SessionState
from ogniwo.web.doors import Queries
from ogniwo.web.lists import From, Page_, Speech, To, Wanted, identifier, moment
from ogniwo.web.timeline import TimelineEntry, tell

SAMPLE_PAGES_MAX: Final = (
    20  # of a timeline's readings; a session with more is read through /samples
)

InState = Annotated[SessionState | None, QueryParameter(name="state")]


@get("/sessions", summary="List sessions", tags=["sessions"])
async def list_sessions(  # noqa: PLR0913, PLR0917 - one for each filter of the address
    queries: Queries,
    cut: Page_,
    station_id: Wanted = None,
    in_state: InState = None,
    token: Wanted = None,
    running: FromQuery[bool | None] = None,
    flagged: FromQuery[bool | None] = None,
    since: From = None,
    until: To = None,
) -> Page[SessionView]:
    """Newest first."""
    where = SessionFilter(
        station_id=station_id,
        state=in_state,
        token=None if token is None else normalise_uid(token),
        running=running,
        flagged=flagged,
        since=moment(since, "from"),
        until=moment(until, "to"),
    )
    return await queries.sessions(where, cut)


@get("/sessions/{session_id:str}", summary="Show a session", tags=["sessions"])
async def show_session(queries: Queries, session_id: FromPath[str]) -> SessionView:
    """One session, running or closed."""
    return await _found(queries, session_id)


@get("/sessions/{session_id:str}/samples", summary="List a session's readings", tags=["sessions"])
async def list_samples(queries: Queries, cut: Page_, session_id: FromPath[str]) -> Page[SampleView]:
    """Newest first, as the station measured them."""
    await _found(queries, session_id)
    return await queries.samples(session_id, cut)


@get("/sessions/{session_id:str}/timeline", summary="Tell a session's story", tags=["sessions"])
async def show_timeline(
    queries: Queries, language: Speech, session_id: FromPath[str]
) -> Page[TimelineEntry]:
    """Its events in order, in words, with the readings between them summed up."""
    await _found(queries, session_id)
    events = sorted(await queries.session_events(session_id), key=lambda event: int(event.id))
    return Page(items=tell(events, await _all_samples(queries, session_id), language))


async def _found(queries: Queries, session_id: str) -> SessionView:
    identifier(session_id, "a session")
    session = await queries.session(session_id)
    if session is None:
        raise MissingError("session", session_id)
    return session


async def _all_samples(queries: Queries, session_id: str) -> list[SampleView]:
    """Oldest first."""
    found: list[SampleView] = []
    cut = Cut(limit=PAGE_ROWS_MAX)
    for _ in range(SAMPLE_PAGES_MAX):
        page = await queries.samples(session_id, cut)
        found += page.items
        if page.next_cursor is None:
            break
        cut = Cut(limit=PAGE_ROWS_MAX, cursor=page.next_cursor)
    return sorted(found, key=lambda sample: int(sample.id))


HANDLERS = [list_sessions, show_session, list_samples, show_timeline]
