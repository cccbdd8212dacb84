"""A street map for tests: a PMTiles file, written by its makers' own library.

Its tiles lie around one place: a lake in the middle of each, a road across it, a name beside it.
"""

import gzip
import io
from collections.abc import Callable, Iterable
from math import asinh, pi, radians, tan
from pathlib import Path
from typing import Any, Final

from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

PLACE: Final = (21.0, 52.2)  # degrees east and north: land on every outline
ZOOMS: Final = range(3, 16)
AROUND: Final = 2  # tiles on each side of the one with the place
EXTENT: Final = 4_096
PICTURE: Final = (200, 30, 90)
ATTRIBUTION: Final = '<a href="https://example.org">© the makers</a> of the map'

_POINT, _LINE, _POLYGON = 1, 2, 3
Said = dict[str, str]
Points = list[tuple[int, int]]


def vector_map(file: Path) -> Path:
    tile = gzip.compress(_tile(), mtime=0)
    return _written(file, TileType.MVT, Compression.GZIP, lambda: tile)


def raster_map(file: Path) -> Path:
    picture = io.BytesIO()
    Image.new("RGB", (256, 256), PICTURE).save(picture, "PNG")
    return _written(file, TileType.PNG, Compression.NONE, picture.getvalue)


def _written(file: Path, kind: TileType, packed: Compression, tile: Callable[[], bytes]) -> Path:
    with file.open("wb") as out:
        writer = Writer(out)
        ids = sorted(it for zoom in ZOOMS for it in _ids(zoom))
        for number in ids:
            writer.write_tile(number, tile())
        header: dict[str, Any] = {
            "tile_type": kind,
            "tile_compression": packed,
            "min_lon_e7": -1_800_000_000,
            "min_lat_e7": -850_000_000,
            "max_lon_e7": 1_800_000_000,
            "max_lat_e7": 850_000_000,
            "center_zoom": ZOOMS[0],
            "center_lon_e7": 0,
            "center_lat_e7": 0,
        }
        writer.finalize(header, {"attribution": ATTRIBUTION})
    return file


def _ids(zoom: int) -> Iterable[int]:
    longitude, latitude = PLACE
    side = 2**zoom
    x = int((longitude / 360 + 0.5) * side)
    y = int((0.5 - asinh(tan(radians(latitude))) / (2 * pi)) * side)
    for dx in range(-AROUND, AROUND + 1):
        for dy in range(-AROUND, AROUND + 1):
            if 0 <= x + dx < side and 0 <= y + dy < side:
                yield zxy_to_tileid(zoom, x + dx, y + dy)


def _tile() -> bytes:
    whole = [(0, 0), (EXTENT, 0), (EXTENT, EXTENT), (0, EXTENT)]
    lake = [(100, 100), (EXTENT - 100, 100), (EXTENT - 100, EXTENT - 100), (100, EXTENT - 100)]
    road: Points = [(0, 60), (EXTENT, 60)]
    return b"".join(
        (
            _layer("earth", _POLYGON, {"kind": "earth"}, whole),
            _layer("water", _POLYGON, {"kind": "lake"}, lake),
            _layer("roads", _LINE, {"kind": "highway", "name": "Street of tests"}, road),
            _layer("places", _POINT, {"kind_detail": "town", "name:pl": "Próba"}, [(2_048, 40)]),
        )
    )


# Mapbox Vector Tile 2.1, section 4: protocol buffers, of which only this little is needed.


def _layer(name: str, kind: int, said: Said, points: Points) -> bytes:
    tags = b"".join(_number(place) + _number(place) for place in range(len(said)))
    feature = b"".join(
        (
            _packed(2, tags),
            _field(3, kind),
            _packed(4, b"".join(map(_number, _geometry(kind, points)))),
        )
    )
    return _packed(
        3,
        b"".join(
            (
                _packed(1, name.encode()),
                _packed(2, feature),
                *(_packed(3, key.encode()) for key in said),
                *(_packed(4, _packed(1, value.encode())) for value in said.values()),
                _field(5, EXTENT),
                _field(15, 2),
            )
        ),
    )


def _geometry(kind: int, points: Points) -> list[int]:
    move, line, close = 1, 2, 7
    commands: list[int] = []
    before = (0, 0)
    for place, point in enumerate(points):
        if place < 2:
            commands.append((1 << 3 | move) if place == 0 else ((len(points) - 1) << 3 | line))
        commands += [_zigzag(point[0] - before[0]), _zigzag(point[1] - before[1])]
        before = point
    return [*commands, 1 << 3 | close] if kind == _POLYGON else commands


def _zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 31)


def _number(value: int) -> bytes:
    head = b""
    while value > 127:
        head += bytes([value & 127 | 128])
        value >>= 7
    return head + bytes([value])


def _field(number: int, value: int) -> bytes:
    return _number(number << 3) + _number(value)


def _packed(number: int, data: bytes) -> bytes:
    return _number(number << 3 | 2) + _number(len(data)) + data
