"""Free2move: a start that is answered at once makes it drop the link."""

from typing import Final

from ogniwo.domain.quirks import QuirkChanges, QuirkProfile

PROFILES: Final = (
    QuirkProfile(
        name="free2move-start",
        why="drops the connection when StartTransaction is answered within some 20 ms",
        vendor="free2move*",
        changes=QuirkChanges(start_answered_after_ms=100),
    ),
)
