import pytest
from hypothesis import given
from hypothesis import strategies as st

from ogniwo.base.errors import InvariantError
from ogniwo.gateway.pace import FRAME_BUDGET, FrameBudget, FramePace


def wait_ms(pace: FramePace, now_ms: int) -> int:
    return pace.ahead_ms(now_ms) if pace.spend(now_ms) else 0


def test_a_burst_passes_at_once_and_what_follows_is_held_at_the_sustained_rate() -> None:
    pace = FramePace(FRAME_BUDGET)

    assert [wait_ms(pace, 0) for _ in range(2_000)] == [0] * 2_000
    assert [wait_ms(pace, 0) for _ in range(3)] == [10, 20, 30]


def test_time_spent_waiting_counts() -> None:
    pace = FramePace(FrameBudget(burst=1, per_second=100))
    pace.spend(0)
    pace.spend(0)

    assert [pace.ahead_ms(now_ms) for now_ms in (0, 4, 10, 50)] == [10, 6, 0, 0]


def test_the_budget_fills_up_again_with_silence() -> None:
    pace = FramePace(FrameBudget(burst=10, per_second=100))
    for _ in range(10):
        pace.spend(0)

    assert wait_ms(pace, 0) > 0
    assert [wait_ms(pace, 1_000) for _ in range(10)] == [0] * 10
    assert wait_ms(pace, 1_000) > 0


@given(gaps_ms=st.lists(st.integers(0, 50), min_size=300, max_size=300))
def test_who_waits_as_told_never_exceeds_burst_and_rate(gaps_ms: list[int]) -> None:
    pace = FramePace(FrameBudget(burst=20, per_second=100))
    now_ms = 0
    for frames, gap_ms in enumerate(gaps_ms, start=1):
        now_ms += gap_ms
        now_ms += wait_ms(pace, now_ms)
        assert frames <= 20 + now_ms // 10


@pytest.mark.parametrize("per_second", [0, -1, 1_001])
def test_a_rate_that_milliseconds_cannot_express_is_refused(per_second: int) -> None:
    with pytest.raises(InvariantError):
        FrameBudget(per_second=per_second)
