"""Answer time while 5,000 messages arrive each second, and at shares of what the server can do."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from typing import Final

from benchmarks.contenders import ALL, Place, Stored, running
from benchmarks.machine import Watched, pinned
from benchmarks.pace import Held, Pace
from benchmarks.place import place_for
from benchmarks.row import Outcome, Plan, Size, Verdict, at_most
from benchmarks.rows.durable import begin_session
from benchmarks.station import READING_S, Past, Station

RATE: Final = 5_000.0
P99_MS_MAX: Final = 10.0
TOP_S: Final = 2.0  # to find the closed-loop rate
SHARES: Final = (0.25, 0.5, 0.75, 0.9)  # of it
COLUMNS: Final = (
    "messages/s asked",
    "carried",
    "p50",
    "p99",
    "p99.9",
    "max",
    "server CPU",
    "generator CPU",
    "generator late p99",
    "strangers",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    stations: int
    rate: float = RATE
    warmup_s: float = 2.0
    seconds: float
    shares: tuple[float, ...]


EXTENTS: Final = {
    Size.TINY: Extent(stations=20, rate=200, warmup_s=0.2, seconds=1, shares=()),
    Size.SHORT: Extent(stations=500, seconds=8, shares=(0.5,)),
    Size.FULL: Extent(stations=1_000, seconds=20, shares=SHARES),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A product under way whose stations charge and are ready to be paced."""

    pace: Pace
    watched: Watched
    place: Place


@contextmanager
def staged(plan: Plan, stations: list[Station], audit: list[str]) -> Iterator[Stage]:
    """After it ``audit`` holds why the figures are void, if they are."""
    product = ALL["product"]
    with place_for(product, plan) as place:
        with running(product, place, plan.cores) as server:
            product.enrol(place, [station.token for station in stations])
            watched = Watched(plan.cores, server.group)
            with pinned(plan.cores.generator), closing(Pace(stations, place.ocpp_port)) as pace:
                pace.begin([begin_session(station) for station in stations])
                pace.finish()
                pace.prime(Station.charge)
                yield Stage(pace, watched, place)
        acknowledged = Stored(
            sum(station.readings_acknowledged for station in stations), len(stations)
        )
        if (stored := product.stored(place)) != acknowledged:
            audit.append(f"acknowledged {acknowledged}, stored {stored}")


def stations_for(count: int, readings_each: float) -> list[Station]:
    """A quarter more time than they should need lies between them and the present."""
    past = Past(int((readings_each * 1.25 + 1_000) * READING_S))
    return [Station(number, past) for number in range(1, count + 1)]


class Steady:
    order = 3
    name = "steady"
    title = "answer time at a steady 5,000 messages/s"

    def run(self, plan: Plan) -> Outcome:
        usual = EXTENTS[plan.size]
        extent = Extent(
            stations=plan.stations or usual.stations,
            rate=usual.rate,
            warmup_s=usual.warmup_s if plan.warmup_s is None else plan.warmup_s,
            seconds=plan.seconds or usual.seconds,
            shares=usual.shares,
        )
        audit: list[str] = []
        # No server comes near four times the rate, so its stations never run out of time.
        most = 4 * max(extent.rate, RATE) * (extent.seconds * (2 + len(extent.shares)) + 10)
        stations = stations_for(extent.stations, most / extent.stations)
        with staged(plan, stations, audit) as stage:
            held = list(measure(stage, extent, plan))
        return outcome(held, extent, audit)


def measure(stage: Stage, extent: Extent, plan: Plan) -> Iterator[Held]:
    stage.pace.hold(extent.rate / 2, extent.warmup_s, stage.watched)
    rates = [extent.rate]
    if extent.shares:
        top = stage.pace.flat_out(TOP_S)
        plan.tell(f"steady: {top:,.0f} messages/s in a closed loop")
        rates += [share * top for share in extent.shares]
    for rate in rates:
        held = stage.pace.hold(rate, extent.seconds, stage.watched)
        plan.tell(f"steady: {rate:,.0f} messages/s, p99 {held.ms(0.99):.1f} ms")
        yield held


def outcome(held: list[Held], extent: Extent, audit: list[str]) -> Outcome:
    goal = held[0]
    verdicts = [at_most(goal.ms(0.99), P99_MS_MAX, "ms", f"at {goal.asked:,.0f}/s p99 is")]
    if not goal.kept_up:
        verdicts[0] = Verdict(
            f"of {goal.asked:,.0f} messages/s the server carried {goal.carried:,.0f}", met=False
        )
    good = [it for it in held if it.kept_up and it.ms(0.99) <= P99_MS_MAX]
    if good:
        best = max(good, key=lambda it: it.asked)
        verdicts.append(
            Verdict(f"the highest rate tried with p99 within the goal: {best.asked:,.0f}/s")
        )
    return Outcome(
        name=Steady.name,
        title=Steady.title,
        scale=f"{extent.stations} stations, {extent.seconds:g} s at each rate; answer times count"
        " from the moment a message was due",
        columns=COLUMNS,
        lines=[line(it) for it in held],
        verdicts=verdicts,
        voids=audit,
        strangers=max(it.cpu.strangers for it in held),
        figures={"held": [figures(it) for it in held]},
    )


def line(held: Held) -> tuple[str, ...]:
    return (
        f"{held.asked:,.0f}",
        f"{held.carried:,.0f}" if held.kept_up else f"{held.carried:,.0f}: NOT CARRIED",
        *(f"{held.ms(share):.1f} ms" for share in (0.5, 0.99, 0.999, 1.0)),
        f"{held.cpu.server:.0%}",
        f"{held.cpu.generator:.0%}",
        f"{held.own_p99_ms:.2f} ms",
        f"{held.cpu.strangers:.0%}",
    )


def figures(held: Held) -> dict[str, object]:
    return {
        "asked": held.asked,
        "carried": held.carried,
        "p50_ms": held.ms(0.5),
        "p99_ms": held.ms(0.99),
        "max_ms": held.ms(1.0),
        "late_p99_ms": held.own_p99_ms,
        "cpu": asdict(held.cpu),
    }


ROW = Steady()
