"""Shares of a session's energy: cut between readings, and never more than it settled."""

from hypothesis import given
from hypothesis import strategies as st

from ogniwo.domain.delivery import Reading, delivered_by

MOMENTS = st.integers(min_value=0, max_value=1_000)


def test_between_two_readings_energy_flows_evenly() -> None:
    before, after, whole = Reading(100, 1_000), Reading(200, 3_000), Reading(300, 4_000)

    def by(moment: int) -> int:
        return delivered_by(moment, begun_at=0, whole=whole, before=before, after=after)

    assert [by(0), by(100), by(150), by(200), by(300), by(999)] == [
        0, 1_000, 2_000, 3_000, 4_000, 4_000
    ]  # fmt: skip


def test_where_no_reading_is_near_it_flows_evenly_over_the_session() -> None:
    assert delivered_by(150, begun_at=100, whole=Reading(300, 4_000)) == 1_000


@given(MOMENTS, MOMENTS, st.integers(0, 9_000), st.integers(0, 9_000), st.integers(0, 9_000))
def test_a_share_is_never_negative_nor_more_than_the_whole(
    moment: int, end: int, before_wh: int, after_wh: int, whole_wh: int
) -> None:
    share = delivered_by(
        moment,
        begun_at=10,
        whole=Reading(end, whole_wh),
        before=Reading(min(moment, 20), before_wh),
        after=Reading(moment + 5, after_wh),
    )

    assert 0 <= share <= whole_wh
