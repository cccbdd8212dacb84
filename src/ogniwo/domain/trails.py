"""Are the chains of readings and messages whole? Judged in one pass over rows in order of id.

Each row names the one before it of its session or station (``prev``), and its owner names the
newest (``head``). Rows are chained in the order in which they are numbered.
"""

from collections.abc import Iterator
from typing import Final

from ogniwo.domain.audit import Finding, FindingKind

_ADVICE: Final = "bills do not depend on it; report it with this line: this should not happen"
_BROKEN_TOLD_MAX: Final = 3  # of one trail: one fault often breaks it many times


class Trail:
    """Of one owner, as far as its rows have been passed by."""

    __slots__ = ("broken", "cut", "newest", "rows")

    def __init__(self) -> None:
        self.newest: int | None = None
        self.rows = 0
        self.cut = False  # its oldest rows were pruned: what is left is no whole
        self.broken: list[tuple[int, int | None]] = []


class Trails:
    """All trails of one table; ``add`` is called with rows by ascending id."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._trails: dict[tuple[str, int], Trail] = {}
        self._oldest: int | None = None

    def add(self, owner: tuple[str, int], number: int, prev: int | None) -> None:
        if self._oldest is None:
            self._oldest = number
        trail = self._trails.get(owner)
        if trail is None:
            trail = self._trails[owner] = Trail()
            trail.cut = prev is not None and prev < self._oldest
            if trail.cut:
                prev = None
        if prev != trail.newest:
            trail.broken.append((number, prev))
        trail.newest = number
        trail.rows += 1

    def findings(
        self, owner: tuple[str, int], where: str, *, head: int | None, counted: int | None = None
    ) -> Iterator[Finding]:
        """Of an owner that is on file, after the last row; its rows are done with then."""
        trail = self._trails.pop(owner, None) or Trail()
        for number, prev in trail.broken[:_BROKEN_TOLD_MAX]:
            yield self._broken(where, number, prev)
        if head != trail.newest and not self._is_pruned(trail, head):
            yield self._lost(where, trail, head)
        if counted is not None and counted != trail.rows and not self._is_cut(trail, head):
            yield Finding(
                kind=FindingKind.SAMPLES_DIFFER,
                where=where,
                what=f"{counted} {self._what} were counted, {trail.rows} are stored",
                advice=_ADVICE,
            )

    def left_over(self) -> Iterator[Finding]:
        """Trails that no owner was asked for."""
        for (kind, number), trail in self._trails.items():
            yield Finding(
                kind=FindingKind.HEAD_LOST,
                where=f"{kind} {number}",
                what=f"{trail.rows} {self._what} belong to it, but no such {kind} is on file",
                advice=_ADVICE,
            )

    def _is_pruned(self, trail: Trail, head: int | None) -> bool:
        """Nothing is left of it, because all of it was older than what is kept."""
        nothing_left = trail.rows == 0 and head is not None
        return nothing_left and self._oldest is not None and (head or 0) < self._oldest

    def _is_cut(self, trail: Trail, head: int | None) -> bool:
        return trail.cut or self._is_pruned(trail, head)

    def _broken(self, where: str, number: int, prev: int | None) -> Finding:
        back = "ends the trail, although older ones exist" if prev is None else f"leads to {prev}"
        return Finding(
            kind=FindingKind.TRAIL_BROKEN,
            where=where,
            what=f"number {number} of the {self._what} {back}, which is not the one before it",
            advice=_ADVICE,
        )

    def _lost(self, where: str, trail: Trail, head: int | None) -> Finding:
        if trail.newest is None:
            what = f"the newest of its {self._what} should be {head}, which is not stored"
        else:
            what = f"the newest of its {self._what} is {trail.newest}, on file is {head}"
        return Finding(kind=FindingKind.HEAD_LOST, where=where, what=what, advice=_ADVICE)
