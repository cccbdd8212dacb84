"""QR codes as what is dark in them: drawn on paper by the sheet, on a screen by the console."""

from typing import Final

import segno
from msgspec import Struct

QUIET: Final = 4  # modules around it, by the standard


class Run(Struct, frozen=True):
    """Dark modules side by side, in one piece: no hair lines between."""

    x: int
    y: int
    width: int


class QrCode(Struct, frozen=True):
    """``side`` in modules, with the quiet zone."""

    side: int
    runs: list[Run]

    @property
    def path(self) -> str:
        """As the ``d`` of an SVG path."""
        return "".join(f"M{it.x} {it.y}h{it.width}v1h-{it.width}z" for it in self.runs)


def qr_of(text: str) -> QrCode:
    """Error correction M bears a scratch."""
    matrix = segno.make(text, error="m", micro=False).matrix
    runs: list[Run] = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            begin = x
            while x < len(row) and row[x] & 1:
                x += 1
            if x > begin:
                runs.append(Run(begin + QUIET, y + QUIET, x - begin))
            x += 1
    return QrCode(len(matrix) + 2 * QUIET, runs)
