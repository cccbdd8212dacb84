"""Group commit without threads or loops: one batch, tried until every unit in it is settled.

Unfit data: the batch is split until the unit that holds it is alone; it is refused, the
others are stored, in order. Fences that another node's claim has overrun: their units fail, the
others are stored. A store that is away: nothing is split, the batch is held. Each part of a
batch has a number that is stored with it, so that after a commit whose outcome is unknown the
store itself tells whether it happened.
"""

import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final, Protocol

from ogniwo.app.ports import Fence, FencedError, RowRefusedError
from ogniwo.base import log
from ogniwo.base.errors import OgniwoError
from ogniwo.storage.batch import Stage, StoredRow, stages_of
from ogniwo.storage.faults import FencesLostError, StoreAwayError, UnfitDataError

BACK_OFF_S_FIRST: Final = 0.05
BACK_OFF_S_MAX: Final = 2.0
# After a long hold very much waits: in parts, each is stored well within a store's patience.
ROWS_PER_PART_MAX: Final = 10_000
COMMIT_S_BOUNDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)

_log = log.get("storage")


class Unit:
    """What one caller wants stored in one transaction; ``settle`` is told how it ended."""

    __slots__ = ("fence", "rows", "settle")

    def __init__(
        self,
        rows: Sequence[StoredRow],
        settle: Callable[[OgniwoError | None], None],
        fence: Fence | None = None,
    ) -> None:
        self.rows = rows
        self.settle = settle
        self.fence = fence


Outcome = tuple[Unit, OgniwoError | None]


class Store(Protocol):
    """One transaction at a time."""

    def store(self, stages: Sequence[Stage], number: int, fences: Mapping[int, int]) -> None:
        """All of it, one stage after the other, if each station has the epoch in ``fences``.

        Errors, with nothing stored: UnfitDataError, FencesLostError. StoreAwayError: perhaps.
        """
        ...

    def has_stored(self, number: int) -> bool: ...

    def highest_number(self) -> int: ...

    def close(self) -> None: ...


class Figures:
    """What the writer has done since it started, for metrics; plain counters."""

    def __init__(self) -> None:
        self.batches = 0
        self.units = 0
        self.rows = 0
        self.refused = 0
        self.fenced = 0
        self.holds = 0
        self.last_batch_units = 0
        self.commit_s_sum = 0.0
        self.commit_s_counts = [0] * (len(COMMIT_S_BOUNDS) + 1)  # one beyond the last bound

    def stored(self, units: Sequence[Unit], spent_s: float) -> None:
        self.batches += 1
        self.units += len(units)
        self.rows += sum(len(unit.rows) for unit in units)
        self.last_batch_units = len(units)
        self.commit_s_sum += spent_s
        self.commit_s_counts[bisect_left(COMMIT_S_BOUNDS, spent_s)] += 1


class _Part:
    __slots__ = ("number", "tried", "units")

    def __init__(self, units: Sequence[Unit], number: int) -> None:
        self.units = units
        self.number = number
        self.tried = False


class GroupCommit:
    def __init__(self, store: Store, *, now_ms: Callable[[], int]) -> None:
        self.figures = Figures()
        self.held_since_ms: int | None = None  # of ``now_ms``; None while the store takes rows
        self._store = store
        self._now_ms = now_ms
        self._number = store.highest_number()
        self._parts: deque[_Part] = deque()
        self._back_off_s = BACK_OFF_S_FIRST

    def start(self, units: Sequence[Unit]) -> None:
        self._parts.extend(self._part(some) for some in _portions(units))

    def attempt(self, deliver: Callable[[Sequence[Outcome]], None]) -> float | None:
        """Store what was started. None: all is settled; else seconds to wait and try again."""
        while self._parts:
            part = self._parts[0]
            try:
                self._store_part(part)
            except UnfitDataError as error:
                self._parts.popleft()
                self._divide(part, error, deliver)
            except FencesLostError as error:
                self._parts.popleft()
                self._drop(part, error.fences, deliver)
            except StoreAwayError as error:
                return self._hold(error)
            else:
                self._parts.popleft()
                deliver([(unit, None) for unit in part.units])
            self._release()  # the store answered, even where it stored nothing
        return None

    def abandon(self) -> list[Unit]:
        """The units that were started and not settled; they are forgotten here."""
        left = [unit for part in self._parts for unit in part.units]
        self._parts.clear()
        return left

    def _part(self, units: Sequence[Unit]) -> _Part:
        self._number += 1
        return _Part(units, self._number)

    def _store_part(self, part: _Part) -> None:
        again = part.tried
        if again and self._store.has_stored(part.number):
            return
        began = time.perf_counter()
        fences = _fences_of(part.units)
        try:
            stages = stages_of(unit.rows for unit in part.units)
        except (TypeError, ValueError, AttributeError) as error:  # e.g. text that is no Unicode
            raise UnfitDataError(str(error)) from error
        part.tried = True
        try:
            self._store.store(stages, part.number, fences)
        except (UnfitDataError, FencesLostError):
            # The attempt before may have come through only now: then it is what was in the way.
            if not (again and self._store.has_stored(part.number)):
                raise
        self.figures.stored(part.units, time.perf_counter() - began)

    def _drop(
        self,
        part: _Part,
        lost: frozenset[Fence],
        deliver: Callable[[Sequence[Outcome]], None],
    ) -> None:
        kept = [unit for unit in part.units if unit.fence not in lost]
        gone = [unit for unit in part.units if unit.fence in lost]
        self.figures.fenced += len(gone)
        if kept:
            self._parts.appendleft(self._part(kept))
        deliver([(unit, FencedError("the station was claimed anew since")) for unit in gone])

    def _divide(
        self, part: _Part, error: UnfitDataError, deliver: Callable[[Sequence[Outcome]], None]
    ) -> None:
        units = part.units
        if len(units) > 1:
            half = len(units) // 2
            self._parts.appendleft(self._part(units[half:]))
            self._parts.appendleft(self._part(units[:half]))
            return
        self.figures.refused += 1
        refusal = RowRefusedError(str(error))
        refusal.__cause__ = error
        deliver([(units[0], refusal)])

    def _hold(self, error: StoreAwayError) -> float:
        if self.held_since_ms is None:
            self.held_since_ms = self._now_ms()
            self.figures.holds += 1
            _log.error("writer_holds", reason=str(error))  # once for each episode
        wait_s = self._back_off_s
        self._back_off_s = min(2 * wait_s, BACK_OFF_S_MAX)
        return wait_s

    def _release(self) -> None:
        if self.held_since_ms is not None:
            _log.info("writer_goes_on", held_ms=self._now_ms() - self.held_since_ms)
            self.held_since_ms = None
            self._back_off_s = BACK_OFF_S_FIRST


def _portions(units: Sequence[Unit]) -> Iterator[Sequence[Unit]]:
    """The units in parts of at most ``ROWS_PER_PART_MAX`` rows, or of one larger unit."""
    first = rows = 0
    for position, unit in enumerate(units):
        rows += len(unit.rows)
        if rows > ROWS_PER_PART_MAX and position > first:
            yield units[first:position]
            first, rows = position, len(unit.rows)
    yield units[first:]


def _fences_of(units: Sequence[Unit]) -> dict[int, int]:
    """The epoch that each station must have; an earlier one than another's here is lost already."""
    fences = {unit.fence for unit in units if unit.fence is not None}
    latest = {it.station_id: it.epoch for it in sorted(fences, key=attrgetter("epoch"))}
    if len(latest) < len(fences):
        raise FencesLostError({it for it in fences if it.epoch < latest[it.station_id]})
    return latest
