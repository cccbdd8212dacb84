"""A customer's data comes in parts: late, twice, over a restart of ours."""

from ogniwo.domain.customers import decide_customer_data
from ogniwo.domain.decision import Situation
from ogniwo.domain.events import Event
from ogniwo.domain.facts import CustomerDataReported
from ogniwo.domain.holdings import Holding, Kind
from tests.domain.world import StationUnderTest, World

KEY = (Kind.CUSTOMER_DATA, "7")


class Told:
    """What is on file after each part."""

    def __init__(self) -> None:
        self.world = World()
        self.station = StationUnderTest(self.world, "ocpp2.0.1")
        self.kept: Holding | None = None
        self.events: list[Event] = []

    def part(self, number: int, text: str, *, last: bool = False) -> tuple[str | None, str | None]:
        fact = CustomerDataReported(number=7, part=number, last=last, text=text)
        assert fact.needs() == (KEY,)
        situation = Situation(
            now=self.world.now,
            ids=self.world.ids,
            holdings={} if self.kept is None else {KEY: self.kept},
        )
        rows = decide_customer_data(self.station.state, fact, situation).rows
        self.station.state.absorb(rows)
        (self.kept,) = (
            it for it in rows if isinstance(it, Holding) and it.kind is Kind.CUSTOMER_DATA
        )
        self.events += [it for it in rows if isinstance(it, Event)]
        return self.kept.value, self.kept.state


def test_parts_stand_in_their_order_and_one_told_again_in_its_place() -> None:
    told = Told()
    assert told.part(0, "a") == ("a", "partial")
    assert told.part(0, "a") == ("a", "partial")
    assert told.part(1, "b") == ("ab", "partial")
    assert told.part(2, "c", last=True) == ("abc", "complete")
    assert told.part(2, "c", last=True) == ("abc", "complete")


def test_what_a_restart_of_ours_interrupted_goes_on() -> None:
    told = Told()
    told.part(0, "a")
    told.station.state.reports.clear()  # memory of what is under way
    assert told.part(1, "b", last=True) == ("ab", "complete")


def test_a_text_with_a_hole_is_incomplete() -> None:
    told = Told()
    told.part(0, "a")
    assert told.part(2, "c", last=True) == ("ac", "incomplete")


def test_a_number_used_anew_begins_anew() -> None:
    told = Told()
    told.part(0, "old", last=True)
    assert told.part(0, "new") == ("new", "partial")


def test_no_event_carries_the_text() -> None:
    told = Told()
    told.part(0, "secret", last=True)
    assert told.events
    assert "secret" not in str(told.events)
