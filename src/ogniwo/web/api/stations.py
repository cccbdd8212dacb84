"""Stations: list, one, create, change, remove."""

from typing import Annotated

from litestar import delete, get, patch, post
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Response
from msgspec import UNSET, Meta, Struct

from ogniwo.app.filters import StationFilter
from ogniwo.app.views import Page, StationView
from ogniwo.base.errors import MissingError
from ogniwo.base.limits import IDENTITY_LENGTH_MAX
from ogniwo.domain.people import Right
from ogniwo.web.addresses import API, quoted
from ogniwo.web.doors import Queries, Stations
from ogniwo.web.lists import AnyRequest, Author, Page_, Wanted
from ogniwo.web.ports import StationChanges
from ogniwo.web.rights import check_site
from ogniwo.web.snapshot import SnapshotView, packed

Identity = Annotated[str, Meta(min_length=1, max_length=IDENTITY_LENGTH_MAX)]


class StationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A station to register before it connects for the first time."""

    id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=IDENTITY_LENGTH_MAX,
            pattern=r"^[^/:\x00-\x1f\x7f]+$",
            description="Its identity: the last part of the URL it connects to.",
        ),
    ]
    name: Annotated[str, Meta(max_length=200)] | None = None
    site_id: str | None = None
    password: (
        Annotated[
            str,
            Meta(min_length=8, max_length=64, description="For HTTP Basic; kept only as a hash."),
        ]
        | None
    ) = None
    security_profile: Annotated[int, Meta(ge=0, le=3)] | None = None


Search = Annotated[
    str | None,
    QueryParameter(description="Part of its id, name, serial number, vendor or model."),
]
OnSite = Annotated[str | None, QueryParameter(description="An id, or `none`: on no site.")]
AnyStatus = Annotated[
    str | None, QueryParameter(description="Of the station or of one of its connectors.")
]
# Under the bare name there is a door already.
Firmware = Annotated[str | None, QueryParameter(name="firmware")]
ErrorCode = Annotated[
    str | None,
    QueryParameter(description="Its code, of the station or of a connector; `any`: whichever."),
]


@get("/stations", summary="List stations", tags=["stations"])
async def list_stations(  # noqa: PLR0913, PLR0917 - each is a filter
    queries: Queries,
    cut: Page_,
    q: Search = None,
    site_id: OnSite = None,
    status: AnyStatus = None,
    connected: FromQuery[bool | None] = None,
    vendor: Wanted = None,
    model: Wanted = None,
    firmware_version: Firmware = None,
    protocol: Wanted = None,
    registration: Wanted = None,
    error: ErrorCode = None,
) -> Page[StationView]:
    """By name, with what is connected now."""
    where = StationFilter(
        q=q,
        site_id=site_id,
        status=status,
        connected=connected,
        vendor=vendor,
        model=model,
        firmware=firmware_version,
        protocol=protocol,
        registration=registration,
        error=error,
    )
    return await queries.stations(where, cut)


@get(
    "/stations/snapshot",
    summary="All stations in short",
    tags=["stations"],
    responses={
        200: ResponseSpec(SnapshotView, description="All stations.", generate_examples=False)
    },
)
async def show_snapshot(queries: Queries, request: AnyRequest) -> Response[bytes]:
    """For pages that show the whole network: each row is an array in the order of `columns`.

    Open the live stream first, then ask for this, then apply what the stream told meanwhile;
    or follow the events after `event_id`. Moments are seconds since 1970.
    """
    found = await queries.snapshot()
    return await packed(found, request)


@post(
    "/stations",
    summary="Register a station",
    tags=["stations"],
    response_headers=[ResponseHeader(name="location", documentation_only=True)],
    opt={"right": Right.OPERATE, "everywhere": False},
)
async def create_station(
    admin: Stations, author: Author, data: JSONBody[StationBody]
) -> Response[StationView]:
    """It may then connect; its first boot is accepted."""
    check_site(author.sites, data.site_id)
    created = await admin.create_station(
        data.id,
        password=data.password,
        security_profile=data.security_profile,
        site_id=data.site_id,
        name=data.name,
        author=author.label,
    )
    return Response(created, headers={"location": f"{API}/stations/{quoted(created.id)}"})


@get("/stations/{identity:str}", summary="Show a station", tags=["stations"])
async def show_station(queries: Queries, identity: FromPath[str]) -> StationView:
    """One station with its EVSEs and connectors."""
    station = await queries.station(identity)
    if station is None:
        raise MissingError("station", identity)
    return station


@patch(
    "/stations/{identity:str}",
    summary="Change a station",
    tags=["stations"],
    opt={"right": Right.OPERATE},
)
async def change_station(
    admin: Stations, author: Author, identity: FromPath[str], data: JSONBody[StationChanges]
) -> StationView:
    """Only the fields that are sent change."""
    if data.site_id is not UNSET:
        check_site(author.sites, data.site_id)
    return await admin.update_station(identity, data, author=author.label)


@delete(
    "/stations/{identity:str}",
    summary="Remove a station",
    tags=["stations"],
    opt={"right": Right.OPERATE},
)
async def remove_station(admin: Stations, author: Author, identity: FromPath[str]) -> None:
    """It can no longer connect; its sessions stay on file."""
    await admin.remove_station(identity, author=author.label)


HANDLERS = [
    list_stations,
    show_snapshot,
    create_station,
    show_station,
    change_station,
    remove_station,
]
