"""What a reading costs in a session that has had 100,000 of them, beside one that has had 10."""

import time
from array import array
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from benchmarks.contenders import ALL, running
from benchmarks.load import Load, percentile_ms
from benchmarks.machine import Watched, cpu_use, pinned, read_cpu
from benchmarks.place import place_for
from benchmarks.row import Outcome, Plan, Size, Verdict
from benchmarks.standing import Standing, fill_file, identity_of, transaction_of
from benchmarks.station import READING_S, Past, Station
from ogniwo.base.units import seconds

RATIO_MAX: Final = 1.1  # "the same": what the ticks of /proc and the machine's moods leave open
READINGS_FEW: Final = 10
RATE_MAX: Final = 20_000  # messages/s of one group; station time must suffice
SLACK_READINGS: Final = 5_000
WARMUP_S: Final = 0.2  # of each turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    stations: int  # of each kind
    readings: int  # of the long ones
    seconds: float  # of each turn
    repeats: int  # turns of each kind

    @property
    def readings_to_come(self) -> int:
        """Of one station, at most."""
        return int(RATE_MAX * self.seconds * self.repeats / self.stations) + SLACK_READINGS


EXTENTS: Final = {
    Size.TINY: Extent(stations=2, readings=200, seconds=0.3, repeats=1),
    Size.SHORT: Extent(stations=5, readings=20_000, seconds=1, repeats=5),
    Size.FULL: Extent(stations=5, readings=100_000, seconds=1.5, repeats=8),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Stations whose sessions are of one length, and what was measured of them."""

    name: str
    load: Load
    first_ms: float  # to connect and have the first reading answered, each
    costs_us: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    @property
    def cost_us(self) -> float:
        """The least of all turns: whatever disturbs makes processor time longer, never shorter."""
        return min(self.costs_us)


@dataclass(frozen=True, slots=True)
class Measured:
    long: Group
    short: Group
    stops_ms: tuple[float, float]  # to end a session, of each group
    strangers: float


class LongSession:
    order = 9
    name = "long"
    title = "cost of a message in a session of 100,000 samples"

    def run(self, plan: Plan) -> Outcome:
        usual = EXTENTS[plan.size]
        extent = Extent(
            stations=plan.stations or usual.stations,
            readings=usual.readings,
            seconds=plan.seconds or usual.seconds,
            repeats=plan.repeats or usual.repeats,
        )
        return measure(extent, plan)


def measure(extent: Extent, plan: Plan) -> Outcome:
    product = ALL["product"]
    past = Past((extent.readings + extent.readings_to_come) * READING_S)
    standing = Standing(
        stations=2 * extent.stations,
        charging_every=1,
        readings=READINGS_FEW,
        readings_even=extent.readings,
        reading_s=READING_S,
        until=past.beginning_us + seconds((extent.readings + 1) * READING_S),
    )
    stations = [charging(number, standing, past) for number in range(standing.stations)]
    with place_for(product, plan) as place:
        rows = fill_file(place.data, standing)
        plan.tell(f"long: {rows:,} rows are in the database")
        before = product.stored(place)
        with running(product, place, plan.cores) as server, pinned(plan.cores.generator):
            watched = Watched(plan.cores, server.group)
            measured = by_turns(stations, place.ocpp_port, extent, watched)
        after = product.stored(place)
    assert before is not None
    assert after is not None
    acknowledged = sum(station.readings_acknowledged for station in stations)
    stored = after.readings - before.readings
    voids = [] if stored == acknowledged else [f"acknowledged {acknowledged}, stored {stored}"]
    return outcome(measured, extent, voids)


def charging(number: int, standing: Standing, past: Past) -> Station:
    """A station in the session that is on file, after the readings it has had."""
    station = Station(number, past)
    station.id = identity_of(number)
    station.transaction_id = transaction_of(number)
    station.step = station.charged_steps = standing.readings_of(number)
    return station


def by_turns(stations: list[Station], port: int, extent: Extent, watched: Watched) -> Measured:
    with ExitStack() as stack:
        long = begun(f"{extent.readings:,}", stations[0::2], port, stack)
        short = begun(f"{READINGS_FEW}", stations[1::2], port, stack)
        order = (long, short) * extent.repeats
        strangers = [turn(group, extent.seconds, watched) for group in order]
        stops_ms = ended_ms(long), ended_ms(short)
        return Measured(long, short, stops_ms, max(strangers))


def begun(name: str, stations: list[Station], port: int, stack: ExitStack) -> Group:
    begun_s = time.perf_counter()
    load = stack.enter_context(closing(Load(stations, port)))
    load.begin([station.charge(1) for station in stations])
    load.finish()
    return Group(name, load, (time.perf_counter() - begun_s) * 1_000 / len(stations))


def turn(group: Group, duration_s: float, watched: Watched) -> float:
    """The share of a core that strangers took."""
    load = group.load
    load.begin([link.station.charge() for link in load.links])
    load.sustain(WARMUP_S)
    before = read_cpu(watched)
    elapsed_s = load.sustain(duration_s)
    after = read_cpu(watched)
    messages = len(load.latencies_ns)
    load.drain()
    group.costs_us.append((after.server_s - before.server_s) / messages * 1_000_000)
    group.rates.append(messages / elapsed_s)
    return cpu_use(before, after, watched).strangers


def ended_ms(group: Group) -> float:
    load = group.load
    load.latencies_ns = array("Q")
    load.begin([link.station.stop() for link in load.links])
    load.finish()
    return percentile_ms(sorted(load.latencies_ns), 0.5)


def outcome(measured: Measured, extent: Extent, voids: list[str]) -> Outcome:
    ratio = measured.long.cost_us / measured.short.cost_us
    return Outcome(
        name=LongSession.name,
        title=LongSession.title,
        scale=f"{extent.stations} stations of each kind in one server, {extent.repeats} turns of"
        f" {extent.seconds:g} s each",
        columns=(
            "samples before",
            "CPU each, low",
            "high",
            "messages/s",
            "connect and first answer",
            "stop answered",
        ),
        lines=[
            line(group, stop_ms)
            for group, stop_ms in zip(
                (measured.short, measured.long), reversed(measured.stops_ms), strict=True
            )
        ],
        verdicts=[
            Verdict(
                f"a message costs {ratio:.2f} times as much in the longer session, goal the same"
                f" (at most {RATIO_MAX:g})",
                met=ratio <= RATIO_MAX,
            )
        ],
        voids=voids,
        strangers=measured.strangers,
        figures={
            "ratio": ratio,
            "long_us": measured.long.costs_us,
            "short_us": measured.short.costs_us,
        },
    )


def line(group: Group, stop_ms: float) -> tuple[str, ...]:
    return (
        group.name,
        f"{group.cost_us:.0f} us",
        f"{max(group.costs_us):.0f} us",
        f"{median(group.rates):,.0f}",
        f"{group.first_ms:.1f} ms",
        f"{stop_ms:.1f} ms",
    )


ROW = LongSession()
