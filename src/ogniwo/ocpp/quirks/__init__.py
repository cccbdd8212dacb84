"""What real stations do differently, one make per file: the profiles that are built in."""

from typing import Final

from ogniwo.domain.quirks import QuirkProfile
from ogniwo.ocpp.quirks import en_plus, free2move, wallbox

PROFILES: Final[tuple[QuirkProfile, ...]] = (
    *en_plus.PROFILES,
    *free2move.PROFILES,
    *wallbox.PROFILES,
)
