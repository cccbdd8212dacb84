"""What profiles on file allow at an instant."""

from typing import Any

from msgspec import to_builtins
from msgspec.structs import replace

from ogniwo.base.units import from_instant, seconds
from ogniwo.domain.charging import Profile, limit_at, profile_data, profile_of, written_of
from ogniwo.domain.holdings import Holding, Kind
from tests.domain.world import NOON

BEGAN = NOON - seconds(600)
TRANSACTION = ("T-1", BEGAN)


def on_file(purpose: str, *periods: dict[str, Any], unit: str = "W", **fields: Any) -> Profile:
    schedule: dict[str, Any] = {"unit": unit, "periods": list(periods)}
    for name in ("starts_at", "duration_s"):
        if name in fields:
            schedule[name] = fields.pop(name)
    data = {"purpose": purpose, "schedules": [schedule], **fields}
    found = profile_of(Holding(station_id=1, kind=Kind.PROFILE, key="1", at=NOON, data=data))
    assert found is not None
    return found


def allowed(*profiles: Profile, after_s: int = 0, evse: int = 1) -> float | None:
    return limit_at([(evse, it) for it in profiles], 1, TRANSACTION, NOON + seconds(after_s))


def at(after_s: int) -> str:
    return from_instant(NOON + seconds(after_s)).isoformat()


def test_the_higher_level_wins_while_it_says_something() -> None:
    low = on_file("tx_default", {"limit": 9000}, stack_level=0)
    high = on_file("tx_default", {"limit": 3000}, stack_level=5, starts_at=at(0), duration_s=60)
    assert allowed(low, high) == 3000
    assert allowed(low, high, after_s=60) == 9000
    assert allowed(high, low, after_s=-1) == 9000


def test_a_transaction_s_profile_replaces_the_default_and_not_the_station_s() -> None:
    default = on_file("tx_default", {"limit": 3000}, stack_level=9)
    own = on_file("tx", {"limit": 20_000}, transaction_id="T-1")
    station = on_file("station_max", {"limit": 15_000})
    assert allowed(default, own) == 20_000
    assert allowed(default, own, station) == 15_000
    assert allowed(default, on_file("tx", {"limit": 1}, transaction_id="T-2")) == 3000


def test_current_counts_for_its_phases() -> None:
    assert allowed(on_file("tx", {"limit": 10}, unit="A")) == 6900
    assert allowed(on_file("tx", {"limit": 10, "number_phases": 1}, unit="A")) == 2300


def test_periods_follow_each_other_from_their_start() -> None:
    steps = ({"limit": 5}, {"start_s": 100, "limit": 6})
    assert allowed(on_file("tx", *steps, kind="relative"), after_s=-501) == 5
    assert allowed(on_file("tx", *steps, kind="relative")) == 6
    daily = {"kind": "recurring", "recurrency": "daily", "starts_at": at(-86_400)}
    assert allowed(on_file("tx_default", *steps, **daily), after_s=99) == 5
    assert allowed(on_file("tx_default", *steps, **daily), after_s=100) == 6


def test_outside_its_time_or_place_a_profile_says_nothing() -> None:
    assert allowed(on_file("tx", {"limit": 5}, valid_from=at(1))) is None
    assert allowed(on_file("tx", {"limit": 5}, valid_to=at(0))) is None
    assert allowed(on_file("tx", {"limit": 5}), evse=2) is None
    assert allowed(on_file("station_max", {"limit": 5}), evse=0) == 5
    assert allowed() is None


def test_a_profile_on_file_can_be_sent_once_more_unless_more_was_told_of_it() -> None:
    step = {"limit": 8, "number_phases": 1}
    schedule = {"unit": "A", "periods": [step], "starts_at": at(0), "duration_s": 60}
    data = {
        "purpose": "tx", "schedules": [schedule], "stack_level": 3, "source": "cso",
        "valid_to": at(600), "transaction_id": "T-1",
    }  # fmt: skip
    held = Holding(station_id=1, kind=Kind.PROFILE, key="7", at=NOON, data=data)
    again = written_of(held)
    assert again is not None
    assert again.id == 7
    assert profile_of(replace(held, data=to_builtins(profile_data(again)))) == profile_of(held)
    both_ways = {**data, "schedules": [{**schedule, "periods": [{**step, "discharge_limit": -1}]}]}
    written = written_of(replace(held, data=both_ways))
    assert written is not None
    assert written.schedules[0].periods[0].discharge_limit == -1
    assert written_of(replace(held, data={**data, "colour": "blue"})) is None
    assert written_of(replace(held, key="mine")) is None


def test_what_cannot_be_read_is_no_profile() -> None:
    for data in (None, {}, {"purpose": "of_mine"}, {"purpose": "tx", "schedules": [{}]}):
        assert (
            profile_of(Holding(station_id=1, kind=Kind.PROFILE, key="1", at=1, data=data)) is None
        )
