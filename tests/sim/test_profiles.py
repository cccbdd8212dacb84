"""How a station reads charging profiles, instant by instant."""

from typing import Any

import pytest

from ogniwo.sim.profiles import UNLIMITED, Kind, Limit, Period, Profile, ProfileBook, Purpose

T = 1_790_000_000
DAY = 86_400


def a_profile(**changes: Any) -> Profile:
    facts: dict[str, Any] = {
        "id": 1,
        "stack_level": 0,
        "purpose": Purpose.DEFAULT,
        "kind": Kind.ABSOLUTE,
        "evse": 1,
        "unit": "A",
        "periods": (Period(0, 16.0),),
        "start_s": T,
    }
    return Profile(**(facts | changes))


def amps(*profiles: Profile, at_s: int = T, sharers: int = 1) -> float:
    book = ProfileBook()
    for profile in profiles:
        book.put(profile)
    return book.limit_at(at_s, evse=1, begun_s=T, sharers=sharers).amps


def test_no_profile_is_no_limit() -> None:
    assert ProfileBook().limit_at(T, evse=1, begun_s=T, sharers=1) == UNLIMITED


def test_a_period_lasts_until_the_next_and_the_last_until_the_duration_ends() -> None:
    profile = a_profile(periods=(Period(0, 16.0), Period(600, 10.0)), duration_s=900)
    seen = [amps(profile, at_s=T + offset) for offset in (-1, 0, 599, 600, 899, 900)]
    assert seen == [float("inf"), 16.0, 16.0, 10.0, 10.0, float("inf")]


def test_validity_excludes_its_end() -> None:
    profile = a_profile(valid_from_s=T + 10, valid_to_s=T + 20)
    seen = [amps(profile, at_s=T + offset) for offset in (9, 10, 19, 20)]
    assert seen == [float("inf"), 16.0, 16.0, float("inf")]


def test_a_relative_profile_counts_from_the_start_of_the_transaction() -> None:
    profile = a_profile(
        kind=Kind.RELATIVE, start_s=None, periods=(Period(0, 16.0), Period(60, 8.0))
    )
    assert profile.limit_at(T + 61, begun_s=T) == Limit(8.0, 8.0 * 690, 3)
    assert profile.limit_at(T + 61, begun_s=T + 30) == Limit(16.0, 16.0 * 690, 3)


def test_a_daily_profile_returns_every_day() -> None:
    profile = a_profile(kind=Kind.RECURRING, duration_s=3_600)
    seen = [amps(profile, at_s=T + 5 * DAY + offset) for offset in (0, 3_599, 3_600)]
    assert seen == [16.0, 16.0, float("inf")]


def test_the_higher_level_wins_only_while_it_has_something_to_say() -> None:
    low = a_profile(id=1, stack_level=0, periods=(Period(0, 20.0),))
    high = a_profile(id=2, stack_level=5, periods=(Period(0, 10.0),), duration_s=60)
    assert [amps(low, high, at_s=T + offset) for offset in (0, 60)] == [10.0, 20.0]


def test_the_transaction_profile_replaces_the_default_even_when_it_allows_more() -> None:
    default = a_profile(id=1, stack_level=9, periods=(Period(0, 10.0),))
    own = a_profile(id=2, purpose=Purpose.TRANSACTION, periods=(Period(0, 25.0),))
    assert amps(default, own) == 25.0


def test_the_cap_of_the_station_always_holds_and_is_shared() -> None:
    own = a_profile(id=2, purpose=Purpose.TRANSACTION, periods=(Period(0, 25.0),))
    cap = a_profile(id=3, purpose=Purpose.STATION_MAX, evse=0, periods=(Period(0, 32.0),))
    assert amps(own, cap) == 25.0
    assert amps(own, cap, sharers=2) == 16.0


def test_watts_are_for_all_phases_and_amps_for_each() -> None:
    limit = a_profile(unit="W", periods=(Period(0, 11_040.0),)).limit_at(T, T)
    assert limit is not None
    assert limit.amps == pytest.approx(16.0)
    assert (limit.watts, limit.phases) == (11_040.0, 3)
    one = a_profile(periods=(Period(0, 16.0, 1),)).limit_at(T, T)
    assert one is not None
    assert one.watts == pytest.approx(3_680.0)
    assert (one.amps, one.phases) == (16.0, 1)


def test_the_same_purpose_level_and_place_replaces() -> None:
    book = ProfileBook()
    book.put(a_profile(id=1))
    book.put(a_profile(id=2))
    book.put(a_profile(id=2, stack_level=3))
    assert [(one.id, one.stack_level) for one in book.profiles] == [(2, 3)]


def test_a_composite_schedule_has_one_stretch_per_change() -> None:
    book = ProfileBook()
    book.put(a_profile(periods=(Period(0, 16.0), Period(600, 10.0)), duration_s=900))
    hardware = Limit(32.0, 32.0 * 690, 3)
    stretches = book.composite(T, 3_600, evse=1, begun_s=T, otherwise=hardware)
    assert [(offset, limit.amps) for offset, limit in stretches] == [
        (0, 16.0),
        (600, 10.0),
        (900, 32.0),
    ]


def test_the_end_of_a_transaction_takes_its_profile_with_it() -> None:
    book = ProfileBook()
    book.put(a_profile(id=1))
    book.put(a_profile(id=2, purpose=Purpose.TRANSACTION))
    book.put(a_profile(id=3, purpose=Purpose.TRANSACTION, evse=2))
    book.transaction_over(1)
    assert [one.id for one in book.profiles] == [1, 3]
