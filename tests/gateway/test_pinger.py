import asyncio
from dataclasses import dataclass, replace

import pytest

from ogniwo.gateway.counts import GatewayCounts
from ogniwo.gateway.pinger import PING_POLICY, Pinger, PingPolicy
from ogniwo.gateway.wheel import DeadlineWheel
from tests.gateway.port import a_station, open_port, raw_station, until

TICK_MS = 500
SLACK_MS = 2 * TICK_MS


@dataclass
class HandClock:
    ms: int = 0

    def now_ms(self) -> int:
        return self.ms

    def now_us(self) -> int:
        return self.ms * 1_000


class Link:
    """A station behind a router that forgets connections after ``patience_ms`` of silence."""

    def __init__(self, clock: HandClock, patience_ms: int | None = None) -> None:
        self._clock = clock
        self._patience_ms = patience_ms
        self.last_heard_ms = clock.ms
        self.pinged_ms: list[int] = []
        self.dropped_ms: int | None = None

    def ping(self) -> None:
        self.pinged_ms.append(self._clock.ms)
        silent_ms = self._clock.ms - self.last_heard_ms
        if self._patience_ms is None or silent_ms <= self._patience_ms:
            self.last_heard_ms = self._clock.ms + 50  # the pong

    def abort(self) -> None:
        self.dropped_ms = self._clock.ms


class Street:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.counts = GatewayCounts()
        self.wheel = DeadlineWheel(self.clock, tick_ms=TICK_MS)
        self.pinger = Pinger(self.wheel, counts=self.counts)

    def pass_s(self, seconds: float) -> None:
        until_ms = self.clock.ms + round(seconds * 1_000)
        while self.clock.ms < until_ms:
            self.clock.ms += TICK_MS
            self.wheel.advance()


def test_a_dead_link_is_dropped_after_one_interval_and_the_pong_deadline() -> None:
    street = Street()
    link = Link(street.clock, patience_ms=0)
    street.pinger.watch("CP1", link)

    street.pass_s(79)
    assert street.counts.links_silent == 0
    street.pass_s(2)
    assert link.dropped_ms is not None
    assert link.pinged_ms == [60_000]
    assert street.counts.links_silent == 1

    street.pass_s(300)
    assert link.pinged_ms == [60_000]


def test_a_talking_station_is_never_pinged() -> None:
    street = Street()
    link = Link(street.clock)
    street.pinger.watch("CP1", link)

    for _ in range(200):
        street.pass_s(50)
        link.last_heard_ms = street.clock.ms
    assert (link.pinged_ms, link.dropped_ms) == ([], None)


def test_any_word_within_the_pong_deadline_saves_the_link() -> None:
    street = Street()
    link = Link(street.clock, patience_ms=0)
    street.pinger.watch("CP1", link)

    street.pass_s(70)
    link.last_heard_ms = street.clock.ms  # a message, no pong
    street.pass_s(30)
    assert link.dropped_ms is None


def test_answered_pings_grow_rarer_up_to_the_longest_interval() -> None:
    street = Street()
    link = Link(street.clock)
    street.pinger.watch("CP1", link)

    street.pass_s(3_600)
    gaps = [
        after - before for before, after in zip(link.pinged_ms, link.pinged_ms[1:], strict=False)
    ]
    assert link.pinged_ms[0] == 60_000
    assert sorted(gaps) == gaps
    assert 240_000 <= gaps[-1] <= 240_000 + SLACK_MS
    assert link.dropped_ms is None


def reconnects(street: Street, patience_ms: int, hours: int) -> list[Link]:
    """Links of one station, each opened when the one before was dropped."""
    links: list[Link] = []
    end_ms = street.clock.ms + hours * 3_600_000
    while street.clock.ms < end_ms:
        if not links or links[-1].dropped_ms is not None:
            links.append(Link(street.clock, patience_ms))
            street.pinger.watch("CP1", links[-1])
        street.pass_s(1)
    return links


def test_a_router_that_forgets_early_is_learnt_and_the_link_then_holds() -> None:
    street = Street()
    first_day = reconnects(street, patience_ms=100_000, hours=24)
    second_day = reconnects(street, patience_ms=100_000, hours=24)

    assert 1 < len(first_day) < 60
    # Now and then a longer silence is tried again: the router may have been changed.
    assert len(second_day) <= len(first_day)
    gaps = [
        b - a for a, b in zip(second_day[-2].pinged_ms, second_day[-2].pinged_ms[1:], strict=False)
    ]
    assert min(gaps) >= 30_000


def test_the_ceiling_is_kept_over_reconnects_and_never_below_the_shortest_interval() -> None:
    street = Street()
    for _ in range(20):
        link = Link(street.clock, patience_ms=0)
        street.pinger.watch("CP1", link)
        while link.dropped_ms is None:
            street.pass_s(1)
    other = Link(street.clock, patience_ms=0)
    last = Link(street.clock, patience_ms=0)
    opened_ms = street.clock.ms
    street.pinger.watch("CP1", last)
    street.pinger.watch("CP2", other)
    street.pass_s(100)

    assert last.pinged_ms[0] - opened_ms <= 30_000 + SLACK_MS
    assert other.pinged_ms[0] - opened_ms >= 60_000  # one station's router is not another's


def test_after_the_watch_is_ended_nothing_is_pinged_or_dropped() -> None:
    street = Street()
    link = Link(street.clock, patience_ms=0)
    end = street.pinger.watch("CP1", link)
    end()

    street.pass_s(300)
    assert (link.pinged_ms, link.dropped_ms) == ([], None)


# -- on real sockets --------------------------------------------------------------------------

QUICK = PingPolicy(interval_ms=100, interval_ms_min=50, interval_ms_max=200, pong_deadline_ms=150)


async def test_a_peer_that_went_silent_is_dropped() -> None:
    async with open_port(a_station(), pings=QUICK) as port, raw_station(port.port) as deaf:
        await deaf.upgrade()

        assert await deaf.read_frame() == (0x89, b"")
        await until(lambda: port.counts.links == 0)
        assert [end.code for end in port.ends] == [1006]
        assert port.counts.links_silent == 1


async def test_a_peer_that_answers_pings_or_says_anything_stays() -> None:
    async with (
        open_port(a_station("A"), a_station("B"), pings=QUICK) as port,
        raw_station(port.port) as answering,
        raw_station(port.port) as talking,
    ):
        await answering.upgrade("/A")
        await talking.upgrade("/B")
        for _ in range(12):
            if (await answering.read_frame())[0] == 0x89:
                answering.send(b"", first=0x8A)
            talking.send(b"heartbeat")

        assert port.counts.links == 2
        assert port.counts.links_silent == 0


@pytest.mark.quirk(9)
async def test_a_station_that_dies_of_pings_is_never_sent_one() -> None:
    fragile = replace(a_station(), ping=False)
    async with open_port(fragile, pings=QUICK) as port, raw_station(port.port) as station:
        await station.upgrade()
        await asyncio.sleep(0.6)
        station.send(b"still here")

        assert await station.read_frame() == (0x81, b"still here")
        assert port.counts.pings == 0


def test_the_products_policy_ends_a_dead_link_within_its_limit() -> None:
    assert PING_POLICY.interval_ms == 60_000
    assert PING_POLICY.pong_deadline_ms == 20_000
