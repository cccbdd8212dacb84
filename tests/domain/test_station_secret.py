"""Which of several passwords let a station in, and when they cease to."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ogniwo.base.limits import PREVIOUS_SECRET_S
from ogniwo.base.units import seconds
from ogniwo.domain.station_secret import (
    BESIDE_MAX,
    NONE_NEEDED,
    StationSecret,
    offered,
    proved,
    refused,
    taken,
)

NOW = 1_000_000_000
OLD, NEW, NEWER = b"old", b"new", b"newer"
ON_FILE = StationSecret(station_id=1, secret_hash=OLD, security_profile=1)


def let_in(secret: StationSecret, now: int = NOW) -> set[bytes | None]:
    return {secret.secret_hash, *secret.older(now), *secret.newer()}


def test_a_password_that_was_sent_lets_in_beside_the_one_on_file() -> None:
    assert let_in(offered(ON_FILE, NEW, None)) == {OLD, NEW}


def test_the_one_before_lets_in_for_a_while_after_the_new_one_was_taken() -> None:
    secret = taken(offered(ON_FILE, NEW, None), NEW, NOW)
    end = NOW + seconds(PREVIOUS_SECRET_S)

    assert secret.secret_hash == NEW
    assert let_in(secret, end - 1) == {OLD, NEW}
    assert let_in(secret, end) == {NEW}


def test_what_the_station_refused_lets_nobody_in() -> None:
    assert refused(offered(ON_FILE, NEW, 2), NEW, 2) == ON_FILE


def test_a_second_change_forgets_none_of_which_the_station_may_have_one() -> None:
    unknown = offered(ON_FILE, NEW, None)
    second = refused(offered(unknown, NEWER, None), NEWER, None)

    assert let_in(second) == {OLD, NEW}


def test_a_first_password_is_not_needed_until_it_was_used() -> None:
    without = StationSecret(station_id=1, secret_hash=None)
    secret = taken(offered(without, NEW, None), NEW, NOW)

    assert let_in(secret, NOW + seconds(1_000 * PREVIOUS_SECRET_S)) == {NEW, NONE_NEEDED}
    assert let_in(proved(secret, NEW, None)) == {NEW}


def test_a_profile_is_the_least_once_the_station_came_with_it() -> None:
    raising = offered(ON_FILE, None, 3)

    assert (raising.security_profile, raising.raising_to) == (1, 3)
    assert replace(proved(raising, None, 3)) == replace(ON_FILE, security_profile=3)
    assert offered(ON_FILE, None, 1) == ON_FILE  # never lowered, never given again


@given(
    st.lists(
        st.tuples(
            st.sampled_from([offered, taken, refused, proved]), st.integers(0, 20).map(bytes)
        ),
        max_size=40,
    )
)
def test_what_a_station_may_have_lets_it_in_and_little_else(
    steps: list[tuple[object, bytes]],
) -> None:
    """A station that keeps what it was sent last and took, or what it had, is never locked out."""
    secret, has = ON_FILE, OLD
    for step, new in steps:
        if not new:
            continue
        if step is offered:
            secret = offered(secret, new, None)
        elif step is taken and new in secret.newer():
            secret, has = taken(secret, new, NOW), new
        elif step is refused and new in secret.newer() and new != has:
            secret = refused(secret, new, None)
        elif step is proved:
            secret = proved(secret, has, None)
            assert secret.secret_hash == has
            assert secret.older(NOW) == ()
        assert has in let_in(secret)
        assert len(secret.beside) <= 2 * BESIDE_MAX
