"""Where things stand, as URLs."""

from typing import Final
from urllib.parse import quote

API: Final = "/api/v1"
OCTT: Final = "/api/octt"


def quoted(identity: str) -> str:
    """An identity as one segment of a path: it may hold spaces, bars and the like."""
    return quote(identity, safe="")
