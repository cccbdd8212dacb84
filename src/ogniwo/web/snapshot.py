"""The answer that has all stations in it: made and packed beside the loop, being large."""

import asyncio
import gzip
from typing import Final

import msgspec
from litestar.response import Response
from msgspec import Struct

from ogniwo.app.snapshot import EvseLine, Snapshot, StationLine
from ogniwo.web.lists import AnyRequest

PACKED_HARD: Final = 6  # of 9: beyond it, time grows and size does not shrink


class SnapshotView(Struct, frozen=True, kw_only=True):
    """All stations of one moment."""

    event_id: str  # the newest event in it
    columns: list[str]
    evse_columns: list[str]
    rows: list[list[object]]


async def packed(found: Snapshot, request: AnyRequest) -> Response[bytes]:
    by_gzip = "gzip" in request.headers.get("accept-encoding", "")
    body = await asyncio.to_thread(_body, found, by_gzip=by_gzip)
    headers = {"cache-control": "no-store", "vary": "Accept-Encoding"}
    if by_gzip:
        headers["content-encoding"] = "gzip"
    return Response(body, media_type="application/json", headers=headers)


def _body(found: Snapshot, *, by_gzip: bool) -> bytes:
    body = msgspec.json.encode(
        {
            "event_id": found.event_id,
            "columns": StationLine.__struct_fields__,
            "evse_columns": EvseLine.__struct_fields__,
            "rows": found.rows,
        }
    )
    return gzip.compress(body, PACKED_HARD, mtime=0) if by_gzip else body
