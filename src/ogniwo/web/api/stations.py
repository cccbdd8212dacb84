"""Stations: list, one, create, change, remove."""

from typing import Annotated

from litestar import delete, get, patch, post
from litestar.datastructures import ResponseHeader
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import Meta, Struct

from ogniwo.app.views import Page, StationView
from ogniwo.base.errors import MissingError
from ogniwo.base.limits import IDENTITY_LENGTH_MAX
from ogniwo.web.addresses import API, quoted
from ogniwo.web.doors import Queries, Stations
from ogniwo.web.lists import Author, Page_
from ogniwo.web.ports import StationChanges

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


@get("/stations", summary="List stations", tags=["stations"])
async def list_stations(queries: Queries, cut: Page_) -> Page[StationView]:
    """By name, with what is connected now."""
    return await queries.stations(cut)


@post(
    "/stations",
    summary="Register a station",
    tags=["stations"],
    response_headers=[ResponseHeader(name="location", documentation_only=True)],
)
async def create_station(
    admin: Stations, author: Author, data: JSONBody[StationBody]
) -> Response[StationView]:
    """It may then connect; its first boot is accepted."""
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


@patch("/stations/{identity:str}", summary="Change a station", tags=["stations"])
async def change_station(
    admin: Stations, author: Author, identity: FromPath[str], data: JSONBody[StationChanges]
) -> StationView:
    """Only the fields that are sent change."""
    return await admin.update_station(identity, data, author=author.label)


@delete("/stations/{identity:str}", summary="Remove a station", tags=["stations"])
async def remove_station(admin: Stations, author: Author, identity: FromPath[str]) -> None:
    """It can no longer connect; its sessions stay on file."""
    await admin.remove_station(identity, author=author.label)


HANDLERS = [list_stations, create_station, show_station, change_station, remove_station]
