"""Charging sessions: list, one, its readings, and its story from beginning to end."""

from collections.abc import Awaitable
from typing import Annotated, Final, Literal

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from ogniwo.app.filters import Cut, SessionFilter
from ogniwo.app.views import Page, SampleView, SessionView
from ogniwo.base.errors import MissingError
from ogniwo.base.limits import PAGE_ROWS_MAX
from ogniwo.domain.access import normalise_uid
from ogniwo.domain.people import Right
from ogniwo.domain.session import SessionState
from ogniwo.web.doors import Queries
from ogniwo.web.export_sessions import SessionRows, columns_of
from ogniwo.web.exporting import CSV, XLSX, csv_of, download, xlsx_of
from ogniwo.web.lists import From, Page_, Speech, To, Wanted, identifier, moment
from ogniwo.web.timeline import TimelineEntry, tell

SAMPLE_PAGES_MAX: Final = (
    20  # of a timeline's readings; a session with more is read through /samples
)

Exceptional = Annotated[
    bool, QueryParameter(description="Only those that a person must look at; says why.")
]
FileFormat = Annotated[Literal["csv", "xlsx"], QueryParameter(name="format")]
Columns = Annotated[
    str | None, QueryParameter(description="Which, divided by commas, in this order; else all.")
]
InState = Annotated[SessionState | None, QueryParameter(name="state")]


def filter_of(
    *,
    station_id: Wanted = None,
    in_state: InState = None,
    token: Wanted = None,
    running: FromQuery[bool | None] = None,
    flagged: FromQuery[bool | None] = None,
    exception: Exceptional = False,
    since: From = None,
    until: To = None,
) -> SessionFilter:
    return SessionFilter(
        station_id=station_id,
        state=in_state,
        token=None if token is None else normalise_uid(token),
        running=running,
        flagged=flagged,
        exception=exception,
        since=moment(since, "from"),
        until=moment(until, "to"),
    )


Filter = NamedDependency[SessionFilter]
BY_FILTER: Final = {"where": Provide(filter_of, sync_to_thread=False)}


@get("/sessions", summary="List sessions", tags=["sessions"], dependencies=BY_FILTER)
async def list_sessions(queries: Queries, cut: Page_, where: Filter) -> Page[SessionView]:
    """Newest first."""
    return await queries.sessions(where, cut)


@get(
    "/sessions/export",
    summary="Take sessions away",
    tags=["sessions"],
    dependencies=BY_FILTER,
    opt={"right": Right.SETTLE},
)
async def export_sessions(
    queries: Queries,
    where: Filter,
    language: Speech,
    file_format: FileFormat = "csv",
    columns: Columns = None,
) -> Stream:
    """All that fit the filters, newest first: energy in kWh, times of the place and in UTC."""
    wanted = SessionRows(columns_of(columns), language)

    def read(cut: Cut) -> Awaitable[Page[SessionView]]:
        return queries.sessions(where, cut)

    if file_format == "xlsx":
        return download(xlsx_of(read, wanted.names, wanted.rows), "sessions.xlsx", XLSX)
    chunks = csv_of(read, wanted.names, wanted.rows, language)
    return download(chunks, "sessions.csv", CSV)


@get("/sessions/{session_id:str}", summary="Show a session", tags=["sessions"])
async def show_session(queries: Queries, session_id: FromPath[str]) -> SessionView:
    """One session, running or closed."""
    return await _found(queries, session_id)


@get("/sessions/{session_id:str}/samples", summary="List a session's readings", tags=["sessions"])
async def list_samples(queries: Queries, cut: Page_, session_id: FromPath[str]) -> Page[SampleView]:
    """Oldest first, as the station measured them."""
    await _found(queries, session_id)
    return await queries.samples(session_id, cut)


@get("/sessions/{session_id:str}/timeline", summary="Tell a session's story", tags=["sessions"])
async def show_timeline(
    queries: Queries, language: Speech, session_id: FromPath[str]
) -> Page[TimelineEntry]:
    """What happened, in the order of the station's time, in words; readings are summed up."""
    session = await _found(queries, session_id)
    events = await queries.session_events(session_id)
    return Page(items=tell(session, events, await _all_samples(queries, session_id), language))


async def _found(queries: Queries, session_id: str) -> SessionView:
    identifier(session_id, "a session")
    session = await queries.session(session_id)
    if session is None:
        raise MissingError("session", session_id)
    return session


async def _all_samples(queries: Queries, session_id: str) -> list[SampleView]:
    found: list[SampleView] = []
    cut = Cut(limit=PAGE_ROWS_MAX)
    for _ in range(SAMPLE_PAGES_MAX):
        page = await queries.samples(session_id, cut)
        found += page.items
        if page.next_cursor is None:
            break
        cut = Cut(limit=PAGE_ROWS_MAX, cursor=page.next_cursor)
    return found


HANDLERS = [list_sessions, export_sessions, show_session, list_samples, show_timeline]
