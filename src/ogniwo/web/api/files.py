"""Files that a station uploaded: logs and diagnostics."""

import asyncio
from functools import partial
from typing import Annotated

from litestar import get
from litestar.params import FromPath, HeaderParameter
from litestar.response import Response, Stream

from ogniwo.app.views import FileView, Page
from ogniwo.base.errors import MissingError, RefusedError
from ogniwo.web.doors import Queries
from ogniwo.web.files.doors import Lying, Uploads
from ogniwo.web.files.sending import sending
from ogniwo.web.lists import Page_, identifier

Wanted = Annotated[
    str | None, HeaderParameter(name="Range", description="Only these bytes: `bytes=1000-`.")
]


@get("/stations/{identity:str}/files", summary="What a station uploaded", tags=["stations"])
async def list_files(
    queries: Queries, uploads: Uploads, cut: Page_, identity: FromPath[str]
) -> Page[FileView]:
    """Oldest first, as long as they are kept (`keep_files_days`)."""
    if await queries.station(identity) is None:
        raise MissingError("station", identity)
    return await uploads.files(identity, cut)


@get(
    "/stations/{identity:str}/files/{file_id:str}",
    summary="Download a file of a station",
    tags=["stations"],
    media_type="application/octet-stream",
)
async def download_file(
    uploads: Uploads,
    shelf: Lying,
    identity: FromPath[str],
    file_id: FromPath[str],
    wanted: Wanted = None,
) -> Response[object] | Stream:
    """As the station sent it; `Range` asks for a part."""
    number = identifier(file_id, "a file")
    station_id, file = await uploads.file(identity, file_id)
    send = partial(sending, name=file.name, media_type=file.media_type, wanted=wanted)
    try:
        return await asyncio.to_thread(send, shelf.path(station_id, number))
    except FileNotFoundError:
        raise RefusedError(
            "file_elsewhere",
            f"the file came to the server {file.host} and is not here: ask that one, let all share "
            "the folder 'files' of their data directory, or put it back after a restore",
        ) from None


HANDLERS = [list_files, download_file]
