"""EN+: some models end their application when they are pinged."""

from typing import Final

from ogniwo.domain.quirks import QuirkChanges, QuirkProfile

PROFILES: Final = (
    QuirkProfile(
        name="en-plus-ac7000",
        why="dies of a WebSocket ping; any traffic counts as life instead",
        vendor="en+*",
        model="ac7000*",
        changes=QuirkChanges(ping=False),
    ),
)
