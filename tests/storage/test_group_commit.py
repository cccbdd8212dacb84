"""The policy of the writer, on a store that fails as it is told to."""

from collections.abc import Mapping, Sequence

import pytest

from ogniwo.app.ports import Fence, FencedError, RowRefusedError
from ogniwo.base.errors import OgniwoError
from ogniwo.storage import group_commit
from ogniwo.storage.batch import Stage
from ogniwo.storage.faults import FencesLostError, StoreAwayError, UnfitDataError
from ogniwo.storage.group_commit import (
    BACK_OFF_S_FIRST,
    BACK_OFF_S_MAX,
    GroupCommit,
    Outcome,
    Unit,
)
from tests.storage.trade import an_event


class FailingStore:
    """Keeps what it stored by batch number. ``faults`` are raised one by one, None is success."""

    def __init__(self, *faults: Exception | None, unfit: Sequence[int] = ()) -> None:
        self.faults = list(faults)
        self.unfit = frozenset(unfit)
        self.epochs: dict[int, int] = {}  # of stations that were claimed
        self.batches: dict[int, list[int]] = {}
        self.stores_before_failing = False
        self.tries = 0

    def store(self, stages: Sequence[Stage], number: int, fences: Mapping[int, int]) -> None:
        self.tries += 1
        ids = [int(str(values[0])) for stage in stages for _, rows in stage for values in rows]
        if self.unfit.intersection(ids):
            raise UnfitDataError("unfit")
        lost = [Fence(*it) for it in fences.items() if self.epochs.get(it[0], it[1]) != it[1]]
        if lost:
            raise FencesLostError(lost)
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or self.stores_before_failing:
            self.batches[number] = ids
        if fault is not None:
            raise fault

    def has_stored(self, number: int) -> bool:
        return number in self.batches

    def highest_number(self) -> int:
        return 40

    def close(self) -> None:
        pass

    @property
    def stored(self) -> list[int]:
        return [one for ids in self.batches.values() for one in ids]


class Settled:
    def __init__(self) -> None:
        self.stored: list[int] = []
        self.refused: list[int] = []
        self.fenced: list[int] = []

    def unit(self, number: int, fence: Fence | None = None) -> Unit:
        def settle(error: OgniwoError | None) -> None:
            if error is None:
                self.stored.append(number)
            elif isinstance(error, FencedError):
                self.fenced.append(number)
            else:
                assert isinstance(error, RowRefusedError)
                self.refused.append(number)

        return Unit([an_event(number)], settle, fence)


def deliver(outcomes: Sequence[Outcome]) -> None:
    for unit, error in outcomes:
        unit.settle(error)


def at_noon() -> int:
    return 12_000


def run(commit: GroupCommit, units: Sequence[Unit]) -> list[float]:
    """All waits until the batch is settled."""
    commit.start(units)
    waits_s: list[float] = []
    while (wait_s := commit.attempt(deliver)) is not None:
        waits_s.append(wait_s)
    return waits_s


@pytest.fixture
def settled() -> Settled:
    return Settled()


def test_units_of_one_moment_are_one_transaction(settled: Settled) -> None:
    store = FailingStore()

    run(GroupCommit(store, now_ms=at_noon), [settled.unit(number) for number in range(50)])

    assert list(store.batches) == [41]
    assert settled.stored == list(range(50))


@pytest.mark.parametrize("poison", [(0,), (49,), (7, 8), (3, 20, 41), tuple(range(50))])
def test_unfit_units_are_refused_alone_and_the_others_stored_in_order(
    settled: Settled, poison: tuple[int, ...]
) -> None:
    store = FailingStore(unfit=poison)
    commit = GroupCommit(store, now_ms=at_noon)

    run(commit, [settled.unit(number) for number in range(50)])

    fit = [number for number in range(50) if number not in poison]
    assert (settled.refused, settled.stored, store.stored) == (list(poison), fit, fit)
    assert commit.figures.refused == len(poison)
    assert store.tries <= 12 * len(poison) + 1


def test_a_store_that_is_away_is_tried_again_ever_less_often_without_splitting(
    settled: Settled,
) -> None:
    store = FailingStore(*[StoreAwayError("full")] * 9)
    commit = GroupCommit(store, now_ms=at_noon)

    waits_s = run(commit, [settled.unit(number) for number in range(8)])

    assert waits_s[:3] == [BACK_OFF_S_FIRST, 2 * BACK_OFF_S_FIRST, 4 * BACK_OFF_S_FIRST]
    assert waits_s[-1] == BACK_OFF_S_MAX
    assert list(store.batches) == [41]
    assert settled.stored == list(range(8))


def test_back_off_starts_anew_with_the_next_episode(settled: Settled) -> None:
    store = FailingStore(StoreAwayError("full"), StoreAwayError("full"), None)
    commit = GroupCommit(store, now_ms=at_noon)
    run(commit, [settled.unit(1)])
    store.faults = [StoreAwayError("full")]

    assert run(commit, [settled.unit(2)]) == [BACK_OFF_S_FIRST]
    assert commit.figures.holds == 2


def test_an_episode_is_told_from_its_first_failure_to_its_end(settled: Settled) -> None:
    times = iter([1_000, 9_000])
    commit = GroupCommit(
        FailingStore(StoreAwayError("full"), StoreAwayError("full")), now_ms=lambda: next(times)
    )
    commit.start([settled.unit(1)])

    commit.attempt(deliver)
    commit.attempt(deliver)
    assert commit.held_since_ms == 1_000

    commit.attempt(deliver)
    assert commit.held_since_ms is None


@pytest.mark.parametrize("epochs", [{}, {7: 3}], ids=["refused", "fenced"])
def test_an_episode_ends_with_the_store_s_answer_also_when_nothing_is_stored(
    settled: Settled, epochs: dict[int, int]
) -> None:
    """Or nobody would be let in, nothing written, and so the hold never end."""
    store = FailingStore(StoreAwayError("away"))
    commit = GroupCommit(store, now_ms=at_noon)
    commit.start([settled.unit(1, Fence(7, 2))])
    commit.attempt(deliver)
    assert commit.held_since_ms is not None
    store.epochs, store.unfit = epochs, frozenset({1} if not epochs else ())

    assert commit.attempt(deliver) is None

    assert settled.refused + settled.fenced == [1]
    assert commit.held_since_ms is None


def test_a_commit_that_failed_after_it_took_effect_is_not_repeated(settled: Settled) -> None:
    store = FailingStore(StoreAwayError("lost"))
    store.stores_before_failing = True

    run(GroupCommit(store, now_ms=at_noon), [settled.unit(1)])

    assert store.tries == 1
    assert settled.stored == [1]


def test_a_commit_that_failed_without_effect_is_repeated_under_its_number(
    settled: Settled,
) -> None:
    store = FailingStore(StoreAwayError("lost"))

    run(GroupCommit(store, now_ms=at_noon), [settled.unit(1)])

    assert store.batches == {41: [1]}


def test_a_store_that_goes_away_between_two_halves_loses_neither(settled: Settled) -> None:
    store = FailingStore(None, StoreAwayError("full"), unfit=[2])

    run(GroupCommit(store, now_ms=at_noon), [settled.unit(number) for number in range(6)])

    assert settled.stored == [0, 1, 3, 4, 5]
    assert settled.refused == [2]
    assert store.stored == [0, 1, 3, 4, 5]


def test_units_of_a_station_that_was_claimed_anew_fail_and_the_others_are_stored(
    settled: Settled,
) -> None:
    store = FailingStore()
    store.epochs = {7: 3, 8: 1}
    units = [
        settled.unit(1, Fence(7, 2)),
        settled.unit(2, Fence(8, 1)),
        settled.unit(3),
        settled.unit(4, Fence(7, 2)),
        settled.unit(5, Fence(9, 1)),
    ]
    commit = GroupCommit(store, now_ms=at_noon)

    run(commit, units)

    assert (settled.fenced, settled.stored, store.stored) == ([1, 4], [2, 3, 5], [2, 3, 5])
    assert (commit.figures.fenced, commit.figures.units) == (2, 3)


def test_of_two_epochs_of_one_station_in_one_batch_the_lower_is_lost(settled: Settled) -> None:
    store = FailingStore()
    units = [settled.unit(number, Fence(7, epoch)) for number, epoch in enumerate((3, 4, 3, 4, 2))]

    run(GroupCommit(store, now_ms=at_noon), units)

    assert (settled.fenced, settled.stored, store.stored) == ([0, 2, 4], [1, 3], [1, 3])
    assert store.tries == 1


def test_a_batch_of_nothing_but_lost_units_leaves_nothing(settled: Settled) -> None:
    store = FailingStore()
    store.epochs = {7: 3}

    run(GroupCommit(store, now_ms=at_noon), [settled.unit(1, Fence(7, 2))])

    assert (settled.fenced, store.batches) == ([1], {})


def test_poison_and_lost_fences_in_one_batch_take_nobody_along(settled: Settled) -> None:
    store = FailingStore(unfit=[3])
    store.epochs = {7: 3}
    fences = {5: Fence(7, 2), 6: Fence(8, 1)}

    run(
        GroupCommit(store, now_ms=at_noon),
        [settled.unit(number, fences.get(number)) for number in range(8)],
    )

    assert (settled.refused, settled.fenced) == ([3], [5])
    assert settled.stored == store.stored == [0, 1, 2, 4, 6, 7]


class LateStore(FailingStore):
    """The first attempt is cut off, and comes through while the second is under way."""

    def __init__(self, fault: Exception) -> None:
        super().__init__(StoreAwayError("cut off"))
        self._fault = fault

    def store(self, stages: Sequence[Stage], number: int, fences: Mapping[int, int]) -> None:
        if self.tries == 1:
            self.tries += 1
            self.batches[number] = [1]
            raise self._fault
        super().store(stages, number, fences)


@pytest.mark.parametrize(
    "fault", [UnfitDataError("same key"), FencesLostError([Fence(7, 1)])], ids=str
)
def test_an_attempt_that_comes_through_late_counts_whatever_it_does_to_the_next(
    settled: Settled, fault: Exception
) -> None:
    store = LateStore(fault)

    run(GroupCommit(store, now_ms=at_noon), [settled.unit(1, Fence(7, 1))])

    assert (settled.stored, settled.refused, settled.fenced) == ([1], [], [])
    assert store.tries == 2


def test_what_collected_during_a_long_hold_is_stored_in_parts(
    settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "ROWS_PER_PART_MAX", 3)
    store = FailingStore()
    large = Unit([an_event(number) for number in range(100, 105)], lambda error: None)

    run(
        GroupCommit(store, now_ms=at_noon),
        [settled.unit(1), settled.unit(2), large, *(settled.unit(it) for it in range(3, 8))],
    )

    assert list(store.batches.values()) == [
        [1, 2],
        [100, 101, 102, 103, 104],
        [3, 4, 5],
        [6, 7],
    ]


def test_what_was_not_settled_is_handed_back_when_the_writer_gives_up(settled: Settled) -> None:
    commit = GroupCommit(FailingStore(StoreAwayError("full")), now_ms=at_noon)
    units = [settled.unit(1), settled.unit(2)]
    commit.start(units)
    commit.attempt(deliver)

    assert commit.abandon() == units
    assert commit.attempt(deliver) is None


def test_figures_count_what_was_stored(settled: Settled) -> None:
    commit = GroupCommit(FailingStore(), now_ms=at_noon)

    run(commit, [settled.unit(1), settled.unit(2)])
    run(commit, [settled.unit(3)])

    figures = commit.figures
    assert (figures.batches, figures.units, figures.rows) == (2, 3, 3)
    assert figures.last_batch_units == 1
    assert sum(figures.commit_s_counts) == 2
