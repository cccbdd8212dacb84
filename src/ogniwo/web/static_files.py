"""Files served from memory: packed once, at the start, and kept by browsers for ever.

An address holds the file's tag, or its name does; asked for by its bare name, a browser asks each
time whether its copy is still good.
"""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import Final

from litestar.exceptions import NotFoundException
from litestar.response import Response
from msgspec import Struct

from ogniwo.web.lists import AnyRequest

OURS: Final = Path(__file__).parent / "static"
_TYPES: Final = {".js": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_PACKED_FROM: Final = 1_000  # bytes; below it the headers weigh as much


class _File(Struct, frozen=True):
    body: bytes
    packed: bytes | None
    media_type: str
    tag: str


class StaticFiles:
    """All of a folder, served below ``path``."""

    def __init__(
        self, folder: Path = OURS, path: str = "/static/", *, named_by_content: bool = False
    ) -> None:
        self._path = path
        self._named_by_content = named_by_content
        found = (it for it in folder.rglob("*") if it.is_file())
        self._files = {it.relative_to(folder).as_posix(): _read(it) for it in found}

    def address(self, name: str) -> str:
        return f"{self._path}{name}?v={self._files[name].tag}"

    def text(self, name: str) -> str:
        return self._files[name].body.decode()

    def answer(self, request: AnyRequest, name: str) -> Response[bytes]:
        """Errors: NotFoundException."""
        file = self._files.get(name)
        if file is None:
            raise NotFoundException
        kept = self._named_by_content or request.query_params.get("v") == file.tag
        headers = {
            "cache-control": _FOR_EVER if kept else _ASK_AGAIN,
            "etag": f'W/"{file.tag}"',  # weak: the same, packed or not
            "vary": "accept-encoding",
        }
        body = file.body
        if headers["etag"] in request.headers.get("if-none-match", "").split(", "):
            return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
        if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            body = file.packed
        return Response(body, headers=headers, media_type=file.media_type)


def _read(path: Path) -> _File:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain"
    if kind.startswith("text/") or kind.endswith("xml"):
        kind += "; charset=utf-8"
    packed = gzip.compress(body, mtime=0) if len(body) >= _PACKED_FROM else b""
    tag = hashlib.sha256(body).hexdigest()[:12]
    return _File(body, packed if packed and len(packed) < len(body) else None, kind, tag)
