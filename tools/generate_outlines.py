"""Draw the outlines of the console's map: land and borders, finer the nearer to home.

From Natural Earth (public domain) as the npm package ``world-atlas`` carries it; it is needed only
here: ``npm pack world-atlas@2.0.2``, unpack it, ``python -m tools.generate_outlines FOLDER``.

Points are whole hundredths of a degree, each told as the step from the one before.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

SOURCE: Final = "countries-10m.json"
TARGET: Final = Path(__file__).resolve().parent.parent / "console/src/pages/map/outlines.json"
UNITS: Final = 100  # of a degree
SOUTH: Final = -58.0  # nothing charges below it
# West, south, east, north, and how far a line may be from the truth there, in degrees.
FINENESS: Final = (
    ((11.0, 46.0, 28.0, 58.0), 0.012),
    ((-25.0, 33.0, 46.0, 72.0), 0.06),
    ((-180.0, -90.0, 180.0, 90.0), 0.3),
)
AREA_MIN: Final = 12  # of an island, in fineness squared: smaller ones are specks

Point = tuple[float, float]
Line = list[Point]


def main(folder: str) -> int:
    atlas = json.loads((Path(folder) / SOURCE).read_text(encoding="utf-8"))
    arcs = [_thinned(arc) for arc in _arcs(atlas)]
    land = [ring for ring in _rings(atlas["objects"]["land"], arcs) if _seen(ring)]
    borders = [arcs[number] for number in _shared(atlas) if _north(arcs[number])]
    drawn = {"units": UNITS, "land": _steps(land), "borders": _steps(borders)}
    TARGET.write_text(json.dumps(drawn, separators=(",", ":")) + "\n", encoding="utf-8")
    points = sum(len(line) for line in [*land, *borders])
    print(f"{TARGET.name}: {points} points, {TARGET.stat().st_size // 1000} kB")
    return 0


def _arcs(atlas: dict[str, Any]) -> Iterator[Line]:
    """TopoJSON tells steps on a grid of its own."""
    (sx, sy), (tx, ty) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    for arc in atlas["arcs"]:
        x = y = 0
        line: Line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        yield line


def _fineness(line: Line) -> float:
    longitudes, latitudes = zip(*line, strict=True)
    for (west, south, east, north), fine in FINENESS:
        beside = max(longitudes) < west or min(longitudes) > east
        if not beside and max(latitudes) >= south and min(latitudes) <= north:
            return fine
    raise AssertionError(line[0])


def _thinned(line: Line) -> Line:
    """Without points that lie on the way (Douglas, Peucker); the ends stay, so arcs still meet."""
    fine = _fineness(line)
    keep = {0, len(line) - 1}
    waiting = [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        within = range(first + 1, last)
        farthest = max(within, key=lambda it: _off(line, first, last, it), default=None)
        if farthest is not None and _off(line, first, last, farthest) > fine:
            keep.add(farthest)
            waiting += [(first, farthest), (farthest, last)]
    return [line[it] for it in sorted(keep)]


def _off(line: Line, first: int, last: int, at: int) -> float:
    """How far a point is from the stretch between two others."""
    (ax, ay), (bx, by), (px, py) = line[first], line[last], line[at]
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else ((px - ax) * dx + (py - ay) * dy) / length
    along = min(1.0, max(0.0, along))
    x, y = ax + along * dx - px, ay + along * dy - py
    return float((x * x + y * y) ** 0.5)


def _numbers(arcs: Any) -> Iterator[int]:
    for it in arcs:
        if isinstance(it, int):
            yield it
        else:
            yield from _numbers(it)


def _shared(atlas: dict[str, Any]) -> list[int]:
    """Arcs that two countries have in common."""
    used: Counter[int] = Counter()
    for country in atlas["objects"]["countries"]["geometries"]:
        used.update({it if it >= 0 else ~it for it in _numbers(country.get("arcs", []))})
    return [number for number, count in used.items() if count > 1]


def _rings(land: dict[str, Any], arcs: Sequence[Line]) -> Iterator[Line]:
    for geometry in land.get("geometries", [land]):
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for polygon in polygons:
            for ring in polygon:
                parts = (arcs[it] if it >= 0 else arcs[~it][::-1] for it in ring)
                yield _joined(parts)


def _joined(parts: Iterable[Line]) -> Line:
    ring: Line = []
    for part in parts:
        ring += part[1:] if ring else part
    return ring


def _north(line: Line) -> bool:
    return max(latitude for _, latitude in line) > SOUTH


def _seen(ring: Line) -> bool:
    """Large enough for its part of the world to be more than a speck."""
    twice = sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(ring))
    return _north(ring) and abs(twice) / 2 > AREA_MIN * _fineness(ring) ** 2


def _steps(lines: Iterable[Line]) -> list[list[int]]:
    told = []
    for line in lines:
        x = y = 0
        steps: list[int] = []
        for longitude, latitude in line:
            now_x, now_y = round(longitude * UNITS), round(latitude * UNITS)
            if not steps or (now_x, now_y) != (x, y):
                steps += [now_x - x, now_y - y]
            x, y = now_x, now_y
        told.append(steps)
    return told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
