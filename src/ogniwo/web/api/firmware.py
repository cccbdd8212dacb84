"""Firmware files that stations fetch from this server."""

import asyncio
import platform
from datetime import datetime
from typing import Any

from litestar import Request, delete, get, put
from litestar.params import FromPath
from msgspec import Struct

from ogniwo.app.firmware import FirmwareFile
from ogniwo.base.errors import UsageError
from ogniwo.base.units import from_instant
from ogniwo.domain.orders.firmware import FILE_NAME
from ogniwo.domain.people import Right
from ogniwo.web.document import FILE_BODY
from ogniwo.web.files.doors import Firmware, Lying
from ogniwo.web.files.receiving import keep_whole
from ogniwo.web.lists import Author


class FirmwareView(Struct, frozen=True, kw_only=True):
    name: str
    size_bytes: int
    sha256: str
    host: str
    author: str
    added_at: datetime


class FirmwareList(Struct, frozen=True, kw_only=True):
    items: list[FirmwareView]


@get("/firmware", summary="List firmware files", tags=["stations"])
async def list_firmware(firmware: Firmware) -> FirmwareList:
    """By name. The order `update_firmware` names one as its `file`."""
    return FirmwareList(items=[_view(it) for it in await firmware.files()])


@put(
    "/firmware/{name:str}",
    summary="Put a firmware file here",
    tags=["stations"],
    request_max_body_size=None,  # the shelf has a limit of its own, and never holds the whole
    opt={"right": Right.OPERATE, FILE_BODY: True},
)
async def put_firmware(
    request: Request[Any, Any, Any],
    firmware: Firmware,
    shelf: Lying,
    author: Author,
    name: FromPath[str],
) -> FirmwareView:
    """The body is the file, as it is. One of the same name is replaced: stations begin it anew."""
    if FILE_NAME.fullmatch(name) is None:
        raise UsageError(
            f"{name!r} is no name for a firmware file: use at most 100 letters, digits, dots, "
            "hyphens and underscores, a letter or digit first"
        )
    before = [it for it in await firmware.files() if it.name == name]
    number = firmware.new_number()
    size_bytes, sha256 = await keep_whole(shelf, number, request.stream())
    file = await firmware.put(
        name,
        number=number,
        size_bytes=size_bytes,
        sha256=sha256,
        host=platform.node(),
        author=author.label,
    )
    await _drop(shelf, before)
    return _view(file)


@delete(
    "/firmware/{name:str}",
    summary="Remove a firmware file",
    tags=["stations"],
    opt={"right": Right.OPERATE},
)
async def remove_firmware(firmware: Firmware, shelf: Lying, name: FromPath[str]) -> None:
    """Stations that were told to fetch it find nothing any more."""
    await _drop(shelf, [await firmware.remove(name)])


async def _drop(shelf: Lying, files: list[FirmwareFile]) -> None:
    for it in files:
        path = shelf.firmware(it.number)
        await asyncio.to_thread(path.unlink, missing_ok=True)


def _view(it: FirmwareFile) -> FirmwareView:
    return FirmwareView(
        name=it.name,
        size_bytes=it.size_bytes,
        sha256=it.sha256,
        host=it.host,
        author=it.author,
        added_at=from_instant(it.added_at),
    )


HANDLERS = [list_firmware, put_firmware, remove_firmware]
