"""What the console's map is drawn on beside the outlines that it always has."""

import asyncio
from functools import partial
from typing import Annotated, Final, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, HeaderParameter, SkipValidation
from litestar.response import Response, Stream
from msgspec import Struct

from ogniwo.base import log
from ogniwo.base.errors import MissingError, UsageError
from ogniwo.web.addresses import API
from ogniwo.web.files.sending import sending
from ogniwo.web.lists import AnyRequest
from ogniwo.web.street_map import MapFile

MEDIA_TYPE: Final = "application/vnd.pmtiles"
ADDRESS: Final = "/map/file"
_FOR_EVER: Final = "private, max-age=31536000, immutable"
_ASK_AGAIN: Final = "private, no-cache"

Laid = NamedDependency[SkipValidation[MapFile | None]]
Wanted = Annotated[
    str | None, HeaderParameter(name="Range", description="Only these bytes: `bytes=0-16383`.")
]

_log = log.get("web")


class StreetMapView(Struct, frozen=True, kw_only=True):
    """``address`` gives the file, by ranges; ``attribution`` has to be seen beside the map."""

    address: str
    kind: Literal["vector", "raster"]
    attribution: str
    zoom_min: int
    zoom_max: int
    west: float
    south: float
    east: float
    north: float


class MapView(Struct, frozen=True, kw_only=True):
    street_map: StreetMapView | None  # null: none was laid, or it cannot be read now


@get("/map", summary="What the map is drawn on", tags=["system"])
async def show_map(map_file: Laid) -> MapView:
    """The street map that `map_file` names, if any."""
    if map_file is None:
        return MapView(street_map=None)
    try:
        known = await asyncio.to_thread(map_file.look)
    except UsageError as error:
        _log.warning("no_street_map", reason=str(error))
        return MapView(street_map=None)
    return MapView(
        street_map=StreetMapView(
            address=f"{API}{ADDRESS}?v={known.tag}",
            kind=known.kind,
            attribution=known.attribution,
            zoom_min=known.zoom_min,
            zoom_max=known.zoom_max,
            west=known.west,
            south=known.south,
            east=known.east,
            north=known.north,
        )
    )


@get(ADDRESS, summary="The street map itself", tags=["system"], media_type=MEDIA_TYPE)
async def fetch_map(
    request: AnyRequest, map_file: Laid, v: FromQuery[str | None] = None, wanted: Wanted = None
) -> Response[object] | Stream:
    """A PMTiles file, read by `Range`. With its `v` a part may be kept for ever."""
    try:
        if map_file is None:
            raise UsageError("no street map was laid")
        known = await asyncio.to_thread(map_file.look)
    except UsageError as error:
        raise MissingError("street map", "file") from error
    etag = f'"{known.tag}"'
    headers = {"etag": etag, "cache-control": _FOR_EVER if v == known.tag else _ASK_AGAIN}
    if etag in request.headers.get("if-none-match", "").split(", "):
        return Response(b"", status_code=304, headers=headers)
    if request.headers.get("if-range", etag) != etag:
        wanted = None  # a part of another file would be no use (RFC 9110, 13.1.5)
    send = partial(
        sending,
        name=map_file.path.name,
        media_type=MEDIA_TYPE,
        wanted=wanted,
        headers=headers,
    )
    return await asyncio.to_thread(send, map_file.path)


HANDLERS = [show_map, fetch_map]
