"""The stations page before 10,000 stations, of which 500 a second change: is it usable?"""

import time
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Final

from benchmarks.browsing import Sample, Visit, percentile, visiting
from benchmarks.contenders import ALL, running
from benchmarks.fleet import fleet
from benchmarks.machine import Watched, cpu_use, pinned, read_cpu
from benchmarks.place import place_for
from benchmarks.row import Outcome, Plan, Size, Verdict, at_most
from benchmarks.standing import Standing, fill_file
from ogniwo.base.clock import SystemClock
from tools.setup.console import build

PAINT_MS_MAX: Final = 100.0
GROWTH_MAX: Final = 0.05  # of the heap, from the first third to the last
CONNECT_S_MAX: Final = 180.0
CHANGES_WATCHED_S: Final = 5.0
SAMPLE_EVERY_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    stations: int
    changes: int  # a second
    seconds: float
    rounds: int  # of interactions, spread over that time


EXTENTS: Final = {
    Size.TINY: Extent(stations=200, changes=50, seconds=3, rounds=1),
    Size.SHORT: Extent(stations=10_000, changes=500, seconds=60, rounds=3),
    Size.FULL: Extent(stations=10_000, changes=500, seconds=600, rounds=10),
}


class Console:
    order = 10
    name = "console"
    title = "The stations page before 10,000 stations, 500 changes a second"

    def run(self, plan: Plan) -> Outcome:
        usual = EXTENTS[plan.size]
        extent = replace(
            usual, stations=plan.stations or usual.stations, seconds=plan.seconds or usual.seconds
        )
        return outcome(watch(extent, plan), extent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What an operator saw, and what it took."""

    online: int
    loaded_s: float
    told: float  # rows a second
    count: int  # interactions
    timed_ms: list[float]  # those that the browser mentions
    samples: list[Sample]
    server: float  # share of a core


def watch(extent: Extent, plan: Plan) -> Watch:
    build()  # what is timed is the page as its sources are now
    product = ALL["product"]
    standing = Standing(
        stations=extent.stations,
        charging_every=2,
        restless_s=extent.stations / extent.changes,
        until=SystemClock().now_us(),
    )
    with place_for(product, plan) as place:
        fill_file(place.data, standing)
        with (
            running(product, place, plan.cores) as server,
            pinned(plan.cores.generator),
            fleet(standing, port=place.ocpp_port, folder=place.data) as crowds,
        ):
            online = crowds.connect(CONNECT_S_MAX).online
            plan.tell(f"console: {online:,} connected")
            watched = Watched(plan.cores, server.group, generators=crowds.processes)
            with visiting(f"127.0.0.1:{place.http_port}", extent.stations) as (visit, loaded_s):
                told = visit.changes_a_second(min(CHANGES_WATCHED_S, extent.seconds))
                begun = read_cpu(watched)
                count, timed_ms, samples = operate(visit, extent)
                cpu = cpu_use(begun, read_cpu(watched), watched)
    return Watch(
        online=online,
        loaded_s=loaded_s,
        told=told,
        count=count,
        timed_ms=timed_ms,
        samples=samples,
        server=cpu.server,
    )


def operate(visit: Visit, extent: Extent) -> tuple[int, list[float], list[Sample]]:
    """Rounds of interactions spread over the time, the memory looked at in between."""
    began_s = time.perf_counter()
    count, timed_ms, samples = 0, list[float](), [visit.sample()]
    for number in range(extent.rounds):
        found, durations = visit.interact()
        count += found
        timed_ms += durations
        samples.append(visit.sample())
        due_s = began_s + extent.seconds * (number + 1) / extent.rounds
        while (left_s := due_s - time.perf_counter()) > 0:
            time.sleep(min(SAMPLE_EVERY_S, left_s))
            samples.append(visit.sample())
    return count, timed_ms, samples


def outcome(watch: Watch, extent: Extent) -> Outcome:
    heaps = [it.heap_mb for it in watch.samples]
    third = max(1, len(heaps) // 3)
    early, late = fmean(heaps[:third]), fmean(heaps[-third:])
    p50, p98, longest = (
        percentile(watch.timed_ms, watch.count, share) for share in (0.5, 0.98, 1.0)
    )
    voids = []
    if watch.online != extent.stations:
        voids.append(f"{watch.online:,} of {extent.stations:,} are connected")
    if watch.told < extent.changes / 2:
        voids.append(f"the page was told of {watch.told:.0f} changes a second only")
    return Outcome(
        name=Console.name,
        title=Console.title,
        scale=f"{extent.stations:,} stations, each says something that changes every"
        f" {extent.stations / extent.changes:g} s; {extent.seconds:g} s; browser and stations"
        " share a core",
        columns=("", "first load", "told", "p50", "p98", "longest", "heap", "server CPU"),
        lines=[
            (
                f"{watch.count} interactions",
                f"{watch.loaded_s:.1f} s",
                f"{watch.told:,.0f} rows/s",
                f"{p50:.0f} ms",
                f"{p98:.0f} ms",
                f"{longest:.0f} ms",
                f"{early:.1f} -> {late:.1f} MB",
                f"{watch.server:.1%}",
            )
        ],
        verdicts=[
            at_most(p98, PAINT_MS_MAX, "ms", "from input to paint, 98 of 100 interactions take"),
            Verdict(
                f"memory went from {early:.1f} to {late:.1f} MB, goal flat"
                f" (at most {GROWTH_MAX:.0%} more)",
                met=late <= early * (1 + GROWTH_MAX),
            ),
        ],
        voids=voids,
        figures={"timed_ms": watch.timed_ms, "heap_mb": [round(it, 2) for it in heaps]},
    )


ROW = Console()
