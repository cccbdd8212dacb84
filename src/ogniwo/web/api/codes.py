"""The codes on charging points, and sheets of them to print."""

import asyncio
from typing import Annotated

from litestar import get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter
from litestar.response import Response
from msgspec import Meta, Struct

from ogniwo.app.driving.codes import CodeView
from ogniwo.app.views import Page
from ogniwo.base.errors import MissingError, UsageError
from ogniwo.domain.evse_codes import EVSE_MAX
from ogniwo.domain.people import Right
from ogniwo.web.doors import Drivers, Queries
from ogniwo.web.driver.sheet import sheet_of
from ogniwo.web.lists import Author, Speech, Wanted, identifier

Number = Annotated[int, PathParameter(ge=1, le=EVSE_MAX)]
OfSite = Annotated[str | None, QueryParameter(description="All stations of this site.")]


class CodeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: Annotated[
        str | None,
        Meta(description="An eMI3 id such as PL*ABC*E00123*1; null gives the default back."),
    ]


@get("/stations/{identity:str}/codes", summary="List a station's codes", tags=["drivers"])
async def list_codes(driving: Drivers, identity: FromPath[str]) -> Page[CodeView]:
    """One for each EVSE: its own, or the default that follows from the station's identity."""
    return Page(items=await driving.codes.codes(identity))


@put(
    "/stations/{identity:str}/codes/{evse:int}",
    summary="Give an EVSE a code",
    tags=["drivers"],
    opt={"right": Right.OPERATE},
)
async def put_code(
    driving: Drivers,
    author: Author,
    identity: FromPath[str],
    evse: Number,
    data: JSONBody[CodeBody],
) -> CodeView:
    """The default goes on working, so stickers that hang there do too."""
    return await driving.codes.put(identity, evse, data.code, author=author.label)


@get(
    "/codes/sheet.pdf",
    summary="A sheet of codes to print",
    tags=["drivers"],
    media_type="application/pdf",
    responses={200: ResponseSpec(bytes, description="PDF, A4.", media_type="application/pdf")},
)
async def print_sheet(
    driving: Drivers,
    queries: Queries,
    author: Author,
    language: Speech,
    station_id: Wanted = None,
    site_id: OfSite = None,
) -> Response[bytes]:
    """Of one station or of a site's; in the language asked for."""
    if (station_id is None) == (site_id is None):
        raise UsageError("say which codes to print: give either station_id or site_id")
    site = None if site_id is None else identifier(site_id, "a site")
    if station_id is not None and await queries.station(station_id) is None:
        raise MissingError("station", station_id)
    if author.sites is not None and site is not None and site not in author.sites:
        raise MissingError("site", str(site))
    labels = await driving.codes.labels(station_id=station_id, site_id=site)
    helpline = (await driving.rules.rules()).helpline
    body = await asyncio.to_thread(sheet_of, labels, helpline, language)
    return Response(
        body,
        media_type="application/pdf",
        headers={"content-disposition": 'inline; filename="codes.pdf"'},
    )


HANDLERS = [list_codes, put_code, print_sheet]
