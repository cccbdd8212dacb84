"""The bytes of a file in what stations send: plain, in parts, or wrapped as a form does it."""

import re
from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from ogniwo.web.files.troubles import UnreadableUploadError

FORM_PARTS_MAX: Final = 32
NAME_CHARS_MAX: Final = 120
_RANGE: Final = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)")
_ODD: Final = re.compile(r"[^\w .()+,=@-]")


class Part(Struct, frozen=True):
    """Which bytes of the file a request carries; ``total`` None: not known yet."""

    first: int = 0
    last: int | None = None  # None: all that comes
    total: int | None = None

    @property
    def ends(self) -> bool:
        """Is it the file's last part?"""
        return self.last is None or self.last + 1 == self.total

    @property
    def announced(self) -> int:
        return 0 if self.last is None else self.last + 1 - self.first


def part_of(header: str | None) -> Part:
    """Of ``Content-Range``. Errors: UnreadableUploadError."""
    if header is None:
        return Part()
    match = _RANGE.fullmatch(header.strip())
    if match is None:
        raise UnreadableUploadError(
            f"{header[:60]!r} is no range: write it like 'bytes 0-999/5000'"
        )
    first, last = int(match[1]), int(match[2])
    total = None if match[3] == "*" else int(match[3])
    if last < first or (total is not None and last >= total):
        raise UnreadableUploadError(f"the range {header[:60]!r} contradicts itself")
    return Part(first, last, total)


def boundary_of(content_type: str) -> str | None:
    """Of a form; None for a plain file. Errors: UnreadableUploadError."""
    kind, options = parse_options_header(content_type)
    if kind.lower() != "multipart/form-data":
        return None
    if not options.get("boundary"):
        raise UnreadableUploadError("a form without a boundary cannot be read")
    return str(options["boundary"])


class Form:
    """The first file in a form; ``name`` and ``media_type`` are known when bytes come."""

    def __init__(self, boundary: str) -> None:
        self.name: str | None = None
        self.media_type: str | None = None
        self._parser = PushMultipartParser(boundary, max_segment_count=FORM_PARTS_MAX)
        self._taking = False
        self._taken = False

    async def file_in(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Errors: UnreadableUploadError."""
        try:
            async for chunk in body:
                if chunk and not self._parser.closed:
                    for event in self._parser.parse(chunk):
                        if (piece := self._take(event)) is not None:
                            yield piece
            self._parser.close()
        except MultipartError as error:
            raise UnreadableUploadError(f"the form cannot be read: {error}") from error
        if not self._taken:
            raise UnreadableUploadError("there is no file in the form")

    def _take(self, event: MultipartSegment | bytearray | bytes | None) -> bytes | None:
        if isinstance(event, MultipartSegment):
            self._taking = not self._taken and event.filename is not None
            if self._taking:
                self._taken = True
                self.name, self.media_type = event.filename, event.content_type
        elif event is not None and self._taking:
            return bytes(event)
        return None


def clean_name(text: str | None, otherwise: str) -> str:
    """A name for people to see and to save under: one segment, no signs that steer anything."""
    last = re.split(r"[/\\]", (text or "").strip())[-1]
    name = _ODD.sub("_", last).strip(" .")[:NAME_CHARS_MAX]
    return name or otherwise
