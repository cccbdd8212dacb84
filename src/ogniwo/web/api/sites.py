"""Sites: list, one, make, change, remove."""

from litestar import delete, get, patch, post
from litestar.datastructures import ResponseHeader
from litestar.params import FromPath, JSONBody
from litestar.response import Response

from ogniwo.app.views import Page, SiteView
from ogniwo.base.errors import MissingError
from ogniwo.domain.people import Right
from ogniwo.web.addresses import API
from ogniwo.web.doors import Queries, Sites
from ogniwo.web.lists import Author, Page_
from ogniwo.web.ports import SiteChanges, SiteInput
from ogniwo.web.rights import check_site


@get("/sites", summary="List sites", tags=["sites"])
async def list_sites(queries: Queries, cut: Page_) -> Page[SiteView]:
    """By name, with the number of stations on each."""
    return await queries.sites(cut)


@post(
    "/sites",
    summary="Make a site",
    tags=["sites"],
    response_headers=[ResponseHeader(name="location", documentation_only=True)],
    opt={"right": Right.OPERATE},
)
async def create_site(
    site_admin: Sites, author: Author, data: JSONBody[SiteInput]
) -> Response[SiteView]:
    """Stations are placed on it by their `site_id`."""
    created = await site_admin.create_site(data, author=author.label)
    return Response(created, headers={"location": f"{API}/sites/{created.id}"})


@get("/sites/{site_id:str}", summary="Show a site", tags=["sites"])
async def show_site(queries: Queries, site_id: FromPath[str]) -> SiteView:
    """Where it is and what is known of it."""
    site = await queries.site(site_id)
    if site is None:
        raise MissingError("site", site_id)
    return site


@patch(
    "/sites/{site_id:str}",
    summary="Change a site",
    tags=["sites"],
    opt={"right": Right.OPERATE, "everywhere": False},
)
async def change_site(
    site_admin: Sites, author: Author, site_id: FromPath[str], data: JSONBody[SiteChanges]
) -> SiteView:
    """Only the fields that are sent change; null forgets one."""
    check_site(author.sites, site_id)
    return await site_admin.change_site(site_id, data, author=author.label)


@delete(
    "/sites/{site_id:str}",
    summary="Remove a site",
    tags=["sites"],
    opt={"right": Right.OPERATE},
)
async def remove_site(site_admin: Sites, author: Author, site_id: FromPath[str]) -> None:
    """Refused while stations stand there."""
    await site_admin.remove_site(site_id, author=author.label)


HANDLERS = [list_sites, create_site, show_site, change_site, remove_site]
