"""Are the chains of readings and messages whole?

Each row names the one written before it of its session or station (``prev``), and its owner
names the newest (``head``). The oldest rows of a table may have been pruned.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from ogniwo.domain.audit import Finding, FindingKind

_ADVICE: Final = "bills do not depend on it; report it with this line: this should not happen"
_BROKEN_TOLD_MAX: Final = 3  # of one trail: one fault often breaks it many times

Link = tuple[int, int | None]  # a row's number, and the one it names as before it


def of_trail(
    what: str,
    where: str,
    rows: Sequence[Link],
    *,
    head: int | None,
    oldest: int | None,
    counted: int | None = None,
) -> Iterator[Finding]:
    """Of one owner's rows by ascending number; ``oldest`` is the table's first that is left."""
    broken = list(_broken(rows, oldest))
    for number, prev in broken[:_BROKEN_TOLD_MAX]:
        back = "ends the trail, although older ones exist" if prev is None else f"leads to {prev}"
        yield Finding(
            kind=FindingKind.TRAIL_BROKEN,
            where=where,
            what=f"number {number} of the {what} {back}, which is not the one before it",
            advice=_ADVICE,
        )
    named = {prev for _, prev in rows}
    newest = [number for number, _ in rows if number not in named]
    pruned = not rows and _is_pruned(head, oldest)
    if head not in newest and (rows or head is not None) and not pruned:
        yield _lost(what, where, newest, head)
    cut = pruned or any(_is_pruned(prev, oldest) for _, prev in rows)
    if counted is not None and counted != len(rows) and not cut:
        yield Finding(
            kind=FindingKind.SAMPLES_DIFFER,
            where=where,
            what=f"{counted} {what} were counted, {len(rows)} are stored",
            advice=_ADVICE,
        )


def of_nobody(what: str, kind: str, number: int, rows: int) -> Finding:
    """A trail whose owner is not on file."""
    return Finding(
        kind=FindingKind.HEAD_LOST,
        where=f"{kind} {number}",
        what=f"{rows} {what} belong to it, but no such {kind} is on file",
        advice=_ADVICE,
    )


def headless(where: str) -> Finding:
    return Finding(
        kind=FindingKind.HEAD_LOST,
        where=where,
        what="there is no row for what it sent last: nothing it sends can be stored",
        advice="remove the station and put it on file again; report it with this line",
    )


def _broken(rows: Sequence[Link], oldest: int | None) -> Iterator[Link]:
    """Rows that lead nowhere, to where another one leads too, or to a second end."""
    known = {number for number, _ in rows}
    led_to: Counter[int | None] = Counter()
    for number, prev in rows:
        goal = None if prev is None or _is_pruned(prev, oldest) else prev
        led_to[goal] += 1
        if led_to[goal] > 1 or (goal is not None and goal not in known):
            yield number, prev


def _is_pruned(number: int | None, oldest: int | None) -> bool:
    return number is not None and oldest is not None and number < oldest


def _lost(what: str, where: str, newest: Sequence[int], head: int | None) -> Finding:
    if newest:
        told = f"the newest of its {what} is {max(newest)}, on file is {head}"
    else:
        told = f"the newest of its {what} should be {head}, which is not stored"
    return Finding(kind=FindingKind.HEAD_LOST, where=where, what=told, advice=_ADVICE)
