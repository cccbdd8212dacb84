"""The street map that an operator may lay behind the console's map: a PMTiles file of their own.

Here only its head is read: whether it is such a file, what its tiles are, whom to name as its
source. The tiles are read by the browser, by ranges. PMTiles specification 3, sections 3 and 5.
"""

import html
import json
import re
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, Final, Literal

from msgspec import Struct

from ogniwo.base.errors import UsageError

HEAD_BYTES: Final = 127
METADATA_BYTES_MAX: Final = 4 * 1024 * 1024  # those of a planet have less than a tenth of it
ATTRIBUTION_CHARS_MAX: Final = 200  # it stands on one line in the map's corner
_MAGIC: Final = b"PMTiles"
_VERSION: Final = 3
# Eleven offsets and counts, five small numbers, west, south, east and north in 1e-7 degrees.
_HEAD: Final = struct.Struct("<7sB11Q6B4i")
_KINDS: Final[dict[int, Literal["vector", "raster"]]] = {
    1: "vector",
    2: "raster",  # PNG
    3: "raster",  # JPEG
    4: "raster",  # WebP
}
_PLAIN: Final = 1
_GZIP: Final = 2
_READABLE: Final = {_PLAIN, _GZIP}  # what every browser unpacks without a library
_TAG: Final = re.compile(r"<[^>]*>")


class StreetMap(Struct, frozen=True, kw_only=True):
    """What is to be known of the file before its first tile; degrees, and zooms of its tiles."""

    tag: str  # another one as soon as the file is another
    kind: Literal["vector", "raster"]
    attribution: str
    zoom_min: int
    zoom_max: int
    west: float
    south: float
    east: float
    north: float


class MapFile:
    """It may be replaced while the server runs: what is known is read again then."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: StreetMap | None = None

    def look(self) -> StreetMap:
        """Blocks for as long as the disk does. Errors: UsageError, which says what to do."""
        try:
            about = self.path.stat()
            tag = f"{about.st_mtime_ns:x}-{about.st_size:x}"
            if self._known is None or self._known.tag != tag:
                with self.path.open("rb") as file:
                    self._known = self._read(file, about.st_size, tag)
        except OSError as error:
            raise UsageError(
                f"cannot read --map-file {self.path} ({error.strerror}): name a PMTiles file that "
                "the server's user may read, or leave the setting out"
            ) from error
        return self._known

    def _read(self, file: BinaryIO, size: int, tag: str) -> StreetMap:
        head = file.read(HEAD_BYTES)
        if len(head) < HEAD_BYTES or not head.startswith(_MAGIC):
            raise self._no("is no PMTiles file", "see the how-to 'Lay a street map'")
        _, version, *numbers = _HEAD.unpack(head[: _HEAD.size])
        if version != _VERSION:
            raise self._no(
                f"is PMTiles of version {version}",
                "`pmtiles convert OLD NEW` makes version 3 of it",
            )
        places, (_, internal, packing, kind, *zooms), bounds = (
            numbers[:11],
            numbers[11:17],
            numbers[17:],
        )
        ends = max(places[it] + places[it + 1] for it in (0, 2, 4, 6))
        if ends > size:
            raise self._no(f"is cut off, {size} of {ends} bytes", "copy it again")
        if kind not in _KINDS:
            raise self._no(
                "holds tiles that cannot be drawn", "take one with vector, PNG, JPEG or WebP tiles"
            )
        if internal not in _READABLE or packing not in {0, *_READABLE}:
            raise self._no("is packed as browsers cannot unpack it", "take one packed with gzip")
        west, south, east, north = (it / 1e7 for it in bounds)
        return StreetMap(
            tag=tag,
            kind=_KINDS[kind],
            attribution=self._attribution(file, places[2], places[3], packed=internal == _GZIP),
            zoom_min=zooms[0],
            zoom_max=zooms[1],
            west=west,
            south=south,
            east=east,
            north=north,
        )

    def _attribution(self, file: BinaryIO, offset: int, length: int, *, packed: bool) -> str:
        """As plain text: what a stranger's file says is shown, never built into a page."""
        if length == 0:
            return ""
        file.seek(offset)
        body = file.read(min(length, METADATA_BYTES_MAX))
        try:
            if packed:
                body = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, METADATA_BYTES_MAX)
            metadata = json.loads(body)
        except (zlib.error, ValueError) as error:
            raise self._no("is damaged", "copy it again") from error
        told = metadata.get("attribution") if isinstance(metadata, dict) else None
        text = html.unescape(_TAG.sub(" ", told)) if isinstance(told, str) else ""
        return " ".join(text.split())[:ATTRIBUTION_CHARS_MAX]

    def _no(self, what: str, advice: str) -> UsageError:
        return UsageError(f"--map-file {self.path} {what}: {advice}")
