"""A file from disk as an answer, also a range of it: nobody begins 100 MB anew over a modem."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from litestar.response import Response, Stream

STEP_BYTES: Final = 256 * 1024
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def sending(
    path: Path,
    *,
    name: str,
    media_type: str | None,
    wanted: str | None,
    headers: Mapping[str, str] | None = None,
) -> Response[object] | Stream:
    """``wanted`` is the Range header; ``headers`` go along. Errors: FileNotFoundError."""
    size = path.stat().st_size
    first, last = _range(wanted, size)
    headers = {
        **(headers or {}),
        "accept-ranges": "bytes",
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
    }
    if first > last:
        return Response(b"", status_code=416, headers={"content-range": f"bytes */{size}"})
    partial = (first, last) != (0, size - 1)
    if partial:
        headers["content-range"] = f"bytes {first}-{last}/{size}"
    headers["content-length"] = str(last + 1 - first)
    return Stream(
        _read(path, first, last + 1 - first),
        status_code=206 if partial else 200,
        media_type=media_type or "application/octet-stream",
        headers=headers,
    )


def _range(wanted: str | None, size: int) -> tuple[int, int]:
    """One range; what is none of ours asks for the whole file, as RFC 9110 has it."""
    match = _RANGE.fullmatch((wanted or "").strip())
    if match is None or not (match[1] or match[2]):
        return 0, size - 1
    if not match[1]:
        return max(0, size - int(match[2])), size - 1
    return int(match[1]), min(int(match[2] or size), size - 1)


async def _read(path: Path, first: int, count: int) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        await asyncio.to_thread(file.seek, first)
        while count > 0 and (chunk := await asyncio.to_thread(file.read, min(STEP_BYTES, count))):
            count -= len(chunk)
            yield chunk
    finally:
        await asyncio.to_thread(file.close)
