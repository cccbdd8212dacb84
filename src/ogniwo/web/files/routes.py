"""The addresses that stations use, outside the API: no token, the address itself is the right."""

import asyncio
from functools import partial
from typing import Any, Final

from litestar import Request, get, head, route
from litestar.params import FromPath
from litestar.response import Response, Stream
from litestar.types import ControllerRouterHandler

from ogniwo.app.firmware import PATH as FIRMWARE_PATH
from ogniwo.app.uploads import PATH
from ogniwo.base.errors import RefusedError
from ogniwo.web.files.bodies import Form, boundary_of, part_of
from ogniwo.web.files.doors import Firmware, Lying, Taking
from ogniwo.web.files.receiving import Sent
from ogniwo.web.files.sending import sending

AnyRequest = Request[Any, Any, Any]
OFFSET: Final = "upload-offset"
_BARE: Final = f"{PATH}{{secret:str}}"
_NAMED: Final = f"{_BARE}/{{name:path}}"


@route(
    [_BARE, _NAMED],
    http_method=["PUT", "POST"],
    include_in_schema=False,
    request_max_body_size=None,  # the receiver has a limit of its own, and never holds the whole
    status_code=201,
)
async def upload(request: AnyRequest, receiver: Taking, secret: FromPath[str]) -> Response[None]:
    """201: the file is whole. 202: ``upload-offset`` bytes are here, and more are to come."""
    media_type = request.headers.get("content-type")
    boundary = boundary_of(media_type or "")
    sent = Sent(
        part=part_of(request.headers.get("content-range")),
        name=request.path_params.get("name"),
        media_type=media_type,
        form=None if boundary is None else Form(boundary),
    )
    offset = await receiver.receive(secret, sent, request.stream())
    if offset is None:
        return Response(None, status_code=201)
    return Response(None, status_code=202, headers={OFFSET: str(offset)})


@head([_BARE, _NAMED], include_in_schema=False)
async def how_much(receiver: Taking, secret: FromPath[str]) -> Response[None]:
    """Where to go on after a cut."""
    offset = await receiver.offset(secret)
    return Response(None, headers={OFFSET: str(offset)})


@get(f"{FIRMWARE_PATH}{{seal:str}}/{{name:str}}", include_in_schema=False)
async def fetch(
    request: AnyRequest, firmware: Firmware, shelf: Lying, seal: FromPath[str], name: FromPath[str]
) -> Response[object] | Stream:
    """A station goes on where it was cut with ``Range``."""
    file = await firmware.asked(seal, name)
    wanted = request.headers.get("range")
    send = partial(sending, name=name, media_type=None, wanted=wanted)
    try:
        return await asyncio.to_thread(send, shelf.firmware(file.number))
    except FileNotFoundError:
        raise RefusedError(
            "file_elsewhere",
            f"the file lies on another server, {file.host}: let all share the folder 'files' of "
            "their data directory",
        ) from None


HANDLERS: Final[list[ControllerRouterHandler]] = [upload, how_much, fetch]
