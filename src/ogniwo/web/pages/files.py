"""The page's own files, from memory. A browser asks each time whether its copy is still good."""

import hashlib
import mimetypes
from pathlib import Path
from typing import Final

from litestar.exceptions import NotFoundException
from litestar.response import Response
from msgspec import Struct

STATIC: Final = Path(__file__).parent / "static"
_TYPES: Final = {".js": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json"}


class StaticFile(Struct, frozen=True):
    body: bytes
    media_type: str
    etag: str


class StaticFiles:
    def __init__(self, folder: Path = STATIC) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in folder.rglob("*")
            if path.is_file()
        }

    def answer(self, name: str, if_none_match: str) -> Response[bytes]:
        file = self._files.get(name)
        if file is None:
            raise NotFoundException
        headers = {"etag": file.etag, "cache-control": "no-cache"}
        # A proxy that compresses marks the tag as weak; the content is the same.
        if file.etag in {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}:
            return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
        return Response(file.body, headers=headers, media_type=file.media_type)


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain"
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return StaticFile(body, f"{kind}; charset=utf-8", tag)
