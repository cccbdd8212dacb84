"""Odd stations: each twist does what it says, and the books are right in spite of it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from random import Random

import pytest

from ogniwo.domain.session import Flag
from tests.simulation.quirks.bench import SUBPROTOCOLS, OddStation
from tests.simulation.quirks.referee import NONE, Excuse, excuse_of, faults
from tests.simulation.quirks.registry import ALL, clash, draw
from tests.simulation.quirks.twist import (
    ANY,
    CALL,
    RESULT,
    Frame,
    HangUp,
    Spoilt,
    Stack,
    Twist,
    is_call,
    with_fields,
)

SEEDS = 2
KINDS = {it.name: it for it in ALL}
LIVES = [(it.name, version) for it in ALL for version in it.versions]


@dataclass(frozen=True, slots=True)
class Life:
    station: OddStation
    stack: Stack

    @property
    def changed(self) -> bool:
        twist = self.stack.twists[0]
        usual = Twist(Random(0))
        subprotocol = SUBPROTOCOLS[self.station.version]
        return (
            self.station.changed > 0
            or twist.offers(subprotocol) != usual.offers(subprotocol)
            or twist.target("CP-1 a|b") != usual.target("CP-1 a|b")
        )


@cache
def lived(name: str, version: str, seed: int) -> Life:
    return lived_with(Stack([KINDS[name](Random(seed))]), version, seed)


def lived_with(stack: Stack, version: str, seed: int) -> Life:
    station = OddStation(version, stack, weather=Random(seed))
    station.live()
    return Life(station, stack)


def lives_of(name: str, up_to: int = 30) -> Iterator[Life]:
    """As many as it takes: most twists act by chance."""
    for seed in range(up_to):
        for version in KINDS[name].versions:
            yield lived(name, version, seed)


@pytest.mark.parametrize(("name", "version"), LIVES)
def test_the_books_know_all_that_a_twist_leaves_to_be_known(name: str, version: str) -> None:
    for seed in range(SEEDS):
        life = lived(name, version, seed)
        assert faults(life.station, excuse_of(life.stack)) == [], seed
        assert life.station.refused == []


@pytest.mark.parametrize("name", sorted(KINDS.keys() - {"breaks_if_called_before_boot"}))
def test_every_twist_changes_something(name: str) -> None:
    assert any(life.changed for life in lives_of(name))


@pytest.mark.parametrize("name", [it.name for it in ALL if it.spoils and not it.seldom])
def test_no_twist_excuses_what_it_does_not_spoil(name: str) -> None:
    """Else the books would not be held to all that they could know."""
    for needless in KINDS[name].spoils:
        excuse = Excuse(KINDS[name].spoils - {needless}, KINDS[name].explained_by)
        assert any(faults(life.station, excuse) for life in lives_of(name)), needless


def test_no_two_twists_have_one_name_and_each_says_what_is_right() -> None:
    assert len(ALL) == len(KINDS) >= 60
    for twist in ALL:
        assert "Right: " in (twist.__doc__ or ""), twist.name
        assert set(twist.versions) <= set(ANY), twist.name
        assert twist.never_with <= set(KINDS), twist.name


@pytest.mark.parametrize("version", ANY)
def test_drawn_together_they_leave_the_books_right(version: str) -> None:
    met: set[str] = set()
    for seed in range(20):
        stack = draw(Random(seed), version, how_many=1 + seed % 5)
        met.update(stack.names)
        life = lived_with(stack, version, seed)
        assert faults(life.station, excuse_of(stack)) == [], (seed, stack.names)
    assert len(met) > 20


def test_what_is_drawn_fits_the_version_and_goes_together() -> None:
    for seed in range(50):
        stack = draw(Random(seed), "2.1", how_many=6)
        kinds = [type(it) for it in stack.twists]
        assert len(kinds) == 6
        assert all("2.1" in it.versions for it in kinds)
        assert not any(clash(one, other) for one in kinds for other in kinds if one is not other)
        assert draw(Random(seed), "2.1", how_many=6).names == stack.names


class KeepsAWattHour(Twist):
    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, "StopTransaction"):
            return [frame]
        return [with_fields(frame, meterStop=frame[3]["meterStop"] - 1, transactionData=None)]


class StartsTwice(Twist):
    def says(self, frame: Frame) -> list[Frame | str]:
        if not is_call(frame, "StartTransaction"):
            return [frame]
        return [self.own_call(frame[2], {**frame[3], "timestamp": "2026-05-17T10:00:00Z"}), frame]


class LosesValues(Twist):
    def says(self, frame: Frame) -> list[Frame | str]:
        return [[CALL, frame[1], "Heartbeat", {}]] if is_call(frame, "MeterValues") else [frame]


@pytest.mark.parametrize("twist", [KeepsAWattHour, StartsTwice, LosesValues])
def test_the_referee_sees_what_no_twist_owned_up_to(twist: type[Twist]) -> None:
    life = lived_with(Stack([twist(Random(0))]), "1.6", 0)
    assert faults(life.station, NONE)


def test_a_wrong_bill_is_not_excused_unless_it_is_flagged() -> None:
    life = lived_with(Stack([KeepsAWattHour(Random(0))]), "1.6", 0)
    spoilt = frozenset({Spoilt.ENERGY, Spoilt.READINGS})
    assert faults(life.station, Excuse(spoilt, frozenset({Flag.METER_WENT_BACK})))


STOP = {"meterStop": 5_000, "timestamp": "2026-05-17T12:00:00Z", "idTag": "04A1B2C3"}


@pytest.mark.parametrize("name", [it.name for it in ALL if "1.6" in it.versions])
def test_what_is_said_again_is_changed_alike(name: str) -> None:
    """A real station keeps what it has written: only by that is a repeat known."""
    odd = KINDS[name](Random(3))
    start = {"meterStart": 1, "timestamp": "2026-05-17T11:00:00Z"}
    odd.says([CALL, "0", "StartTransaction", start])
    with suppress(HangUp):
        odd.hears([RESULT, "0", {"transactionId": 5, "idTagInfo": {"status": "Accepted"}}])
    told = [odd.says([CALL, it, "StopTransaction", {"transactionId": 5, **STOP}]) for it in "12"]
    first, second = ([it[3] for it in one if it[2] == "StopTransaction"][-1] for one in told)
    assert first == second


def an_odd(name: str, **fields: object) -> Twist:
    twist = KINDS[name](Random(1))
    for field, value in fields.items():
        setattr(twist, field, value)
    return twist
