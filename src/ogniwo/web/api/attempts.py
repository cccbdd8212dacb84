"""Connections that were refused, why, and the one click that lets a station in."""

from litestar import get, post
from litestar.params import FromPath

from ogniwo.app.views import AttemptView, Page, StationView
from ogniwo.domain.people import Right
from ogniwo.web.doors import Queries, Stations
from ogniwo.web.lists import Author, Page_, identifier


@get(
    "/connection-attempts",
    summary="List refused connections",
    tags=["connection attempts"],
    opt={"everywhere": True},
)
async def list_attempts(queries: Queries, cut: Page_) -> Page[AttemptView]:
    """Newest first; repeats of one station for one reason are counted."""
    return await queries.attempts(cut)


@post(
    "/connection-attempts/{attempt_id:str}/accept",
    summary="Let a refused station in",
    tags=["connection attempts"],
    opt={"right": Right.SERVE},
)
async def accept_attempt(admin: Stations, author: Author, attempt_id: FromPath[str]) -> StationView:
    """Registers the station under the identity it tried with; its next try succeeds."""
    identifier(attempt_id, "a connection attempt")
    return await admin.accept_attempt(attempt_id, author=author.label)


HANDLERS = [list_attempts, accept_attempt]
