"""The network in figures, whole or site by site."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from ogniwo.app.overview_views import OverviewView, SiteFigures
from ogniwo.app.views import Page
from ogniwo.base.errors import MissingError
from ogniwo.web.doors import Queries
from ogniwo.web.lists import Wanted

TimeZone = Annotated[
    str, QueryParameter(description="IANA; today begins at midnight there. By default UTC.")
]


@get("/overview", summary="The network in figures", tags=["overview"])
async def show_overview(
    queries: Queries, time_zone: TimeZone = "UTC", site_id: Wanted = None
) -> OverviewView:
    """As it is now, today's energy and sessions, and the last 24 hours by quarters of an hour.

    Energy today counts what flowed since midnight, of sessions that began before it too. The
    topic `overview` of the live stream tells the same, without the quarters, once a second.
    """
    if site_id is not None and await queries.site(site_id) is None:
        raise MissingError("site", site_id)
    return await queries.overview(time_zone, site_id)


@get("/overview/sites", summary="Each site in figures", tags=["overview"])
async def show_site_figures(queries: Queries, time_zone: TimeZone = "UTC") -> Page[SiteFigures]:
    """All of them, with one for the stations that stand on none."""
    return Page(items=await queries.site_figures(time_zone))


HANDLERS = [show_overview, show_site_figures]
