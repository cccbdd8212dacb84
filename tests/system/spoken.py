"""Which messages crossed the wires of the stations that a test plays."""

import json
from typing import Final

CALL, SEND = 2, 6
HEARD: Final[set[tuple[str, str]]] = set()  # version and action


def note(version: str, action: str) -> None:
    HEARD.add((version, action))


def note_text(version: str | None, text: str | bytes) -> None:
    """A frame of either side; what is no call says nothing."""
    try:
        kind, _, action, *_ = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return
    if version is not None and kind in (CALL, SEND) and isinstance(action, str):
        note(version, action)
