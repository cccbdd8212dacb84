"""Wallbox: calls that come soon after the connection break or delay it."""

from typing import Final

from ogniwo.domain.quirks import QuirkChanges, QuirkProfile

PROFILES: Final = (
    QuirkProfile(
        name="wallbox-first-call",
        why="is not ready for calls as soon as its boot is answered",
        vendor="wall*box*",
        changes=QuirkChanges(calls_after_s=5),
    ),
    QuirkProfile(
        name="wallbox-copper",
        why="reconnects at shorter and shorter intervals when it is called after each reconnect",
        vendor="wall*box*",
        model="*copper*",
        changes=QuirkChanges(calls_after_s=30),
    ),
)
