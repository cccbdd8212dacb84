"""An order from the API to the station and back, while 5,000 messages arrive each second."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.contenders import count_rows
from benchmarks.load import LoadError
from benchmarks.orders import ACCEPTED
from benchmarks.pace import Held
from benchmarks.row import Outcome, Plan, Size, Verdict, at_most
from benchmarks.rows.steady import RATE, Stage, staged, stations_for

P99_MS_MAX: Final = 25.0
END_S_MAX: Final = 60.0
WARMUP_S: Final = 0.5
COLUMNS: Final = (
    "messages/s beside",
    "carried",
    "orders",
    "p50",
    "p99",
    "max",
    "server CPU",
    "generator CPU",
    "strangers",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    stations: int
    rates: tuple[float, ...] = (RATE, RATE / 2, 0.0)  # of messages; the first has the goal
    orders_per_s: float = 40
    seconds: float


EXTENTS: Final = {
    Size.TINY: Extent(stations=20, rates=(200,), orders_per_s=20, seconds=1),
    Size.SHORT: Extent(stations=500, seconds=8),
    Size.FULL: Extent(stations=1_000, seconds=20),
}


@dataclass(frozen=True, slots=True)
class Ordered:
    """Orders given beside one rate of messages."""

    rate: float
    latencies_ms: list[float]  # ascending
    refused: dict[str, int]
    held: Held

    def ms(self, share: float) -> float:
        return self.latencies_ms[int(share * (len(self.latencies_ms) - 1))]


class Orders:
    order = 4
    name = "orders"
    title = "command round trip API to station to API under 5,000 messages/s"

    def run(self, plan: Plan) -> Outcome:
        usual = EXTENTS[plan.size]
        extent = replace(
            usual,
            stations=plan.stations or usual.stations,
            seconds=plan.seconds or usual.seconds,
        )
        audit: list[str] = []
        most = sum(extent.rates) * (extent.seconds + 5)
        stations = stations_for(extent.stations, most / extent.stations)
        with staged(plan, stations, audit) as stage:
            ordered = [measure(stage, rate, extent, plan) for rate in extent.rates]
            audit += missing_in(stage, sum(len(it.latencies_ms) for it in ordered))
        return outcome(ordered, extent, audit)


def measure(stage: Stage, rate: float, extent: Extent, plan: Plan) -> Ordered:
    # Too few messages to count stand for none: what answers orders must be driven.
    beside = max(rate, 1.0)
    stage.pace.hold(max(beside / 2, 1.0), WARMUP_S, stage.watched)
    with ordering(stage, extent, plan) as giver:
        watched = replace(stage.watched, generators=(giver.pid,))
        held = stage.pace.hold(beside, extent.seconds + 1.0, watched)
        stage.pace.answer_until(lambda: giver.poll() is not None, END_S_MAX)
        told, _ = giver.communicate()
    if giver.returncode:
        raise LoadError("the process that gives orders failed")
    answer = json.loads(told)
    refused = {state: n for state, n in answer["states"].items() if state != ACCEPTED}
    latencies_ms = sorted(it * 1_000 for it in answer["latencies_s"])
    ordered = Ordered(rate, latencies_ms, refused, held)
    plan.tell(f"orders: beside {rate:,.0f} messages/s, p99 {ordered.ms(0.99):.1f} ms")
    return ordered


@contextmanager
def ordering(stage: Stage, extent: Extent, plan: Plan) -> Iterator[subprocess.Popen[str]]:
    options = {
        "--http-port": stage.place.http_port,
        "--stations": extent.stations,
        "--rate": extent.orders_per_s,
        "--seconds": extent.seconds,
        "--core": plan.cores.generator,
    }
    command = [sys.executable, "-m", "benchmarks.orders"]
    command += [str(it) for pair in options.items() for it in pair]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as giver:
        try:
            yield giver
        finally:
            if giver.poll() is None:
                giver.kill()


def missing_in(stage: Stage, acknowledged: int) -> list[str]:
    query = f"SELECT count(*) FROM command WHERE state = '{ACCEPTED}'"
    stored = count_rows(stage.place.database, query)
    return [] if stored == acknowledged else [f"{acknowledged} orders ended, {stored} are stored"]


def outcome(ordered: list[Ordered], extent: Extent, audit: list[str]) -> Outcome:
    goal = ordered[0]
    verdicts = [
        at_most(goal.ms(0.99), P99_MS_MAX, "ms", f"beside {goal.rate:,.0f} messages/s p99 is")
    ]
    if not goal.held.kept_up:
        carried = f"{goal.held.carried:,.0f} of {goal.rate:,.0f} messages/s"
        verdicts[0] = Verdict(
            f"the server carried {carried} beside; p99 is {goal.ms(0.99):,.0f} ms", met=False
        )
    refused = [f"beside {it.rate:,.0f}/s: {it.refused}" for it in ordered if it.refused]
    return Outcome(
        name=Orders.name,
        title=Orders.title,
        scale=f"{extent.stations} stations, {extent.orders_per_s:g} orders/s for"
        f" {extent.seconds:g} s, counted from the moment an order was due",
        columns=COLUMNS,
        lines=[line(it) for it in ordered],
        verdicts=verdicts,
        voids=audit + refused,
        strangers=max(it.held.cpu.strangers for it in ordered),
        figures={
            "ordered": [
                {
                    "rate": it.rate,
                    "orders": len(it.latencies_ms),
                    "p50_ms": it.ms(0.5),
                    "p99_ms": it.ms(0.99),
                    "max_ms": it.ms(1.0),
                }
                for it in ordered
            ]
        },
    )


def line(ordered: Ordered) -> tuple[str, ...]:
    held = ordered.held
    carried = f"{held.carried:,.0f}" if held.kept_up else f"{held.carried:,.0f}: NOT CARRIED"
    return (
        f"{ordered.rate:,.0f}",
        carried if ordered.rate else "",
        f"{len(ordered.latencies_ms):,}",
        *(f"{ordered.ms(share):.1f} ms" for share in (0.5, 0.99, 1.0)),
        f"{held.cpu.server:.0%}",
        f"{held.cpu.generator:.0%}",
        f"{held.cpu.strangers:.0%}",
    )


ROW = Orders()
