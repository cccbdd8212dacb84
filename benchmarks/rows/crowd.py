"""18,000 stations in one gateway process: what each costs in memory, and all in processor time."""

import time
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.contenders import ALL, running
from benchmarks.fleet import Report, fleet
from benchmarks.machine import CpuUse, Watched, cpu_use, pinned, read_cpu
from benchmarks.place import place_for
from benchmarks.processes import family
from benchmarks.row import Outcome, Plan, Size, at_most
from benchmarks.standing import Standing, fill_file
from ogniwo.base.clock import SystemClock

KB_EACH_MAX: Final = 40.0
CORE_MAX: Final = 0.20
CONNECT_S_MAX: Final = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    stations: int
    settle_s: float = 5.0  # between the last answer and the first look
    seconds: float  # watched; a minute sees each reading and nearly each ping once


EXTENTS: Final = {
    Size.TINY: Extent(stations=100, settle_s=0.2, seconds=1),
    Size.SHORT: Extent(stations=2_000, seconds=20),
    Size.FULL: Extent(stations=18_000, seconds=60),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The crowd over its time."""

    empty_kb: int
    connected_kb: int
    later_kb: int
    connected: Report
    cpu: CpuUse
    missing: str | None


class Crowd:
    order = 5
    name = "crowd"
    title = "18,000 connected stations in one gateway process, a fifth charging"

    def run(self, plan: Plan) -> Outcome:
        usual = EXTENTS[plan.size]
        extent = replace(
            usual, stations=plan.stations or usual.stations, seconds=plan.seconds or usual.seconds
        )
        return outcome(watch(extent, plan), extent)


def watch(extent: Extent, plan: Plan) -> Watch:
    product = ALL["product"]
    standing = Standing(stations=extent.stations, until=SystemClock().now_us())
    with place_for(product, plan) as place:
        fill_file(place.data, standing)
        before = product.stored(place)
        with running(product, place, plan.cores) as server, pinned(plan.cores.generator):
            empty_kb = family(server.group).memory_kb
            with fleet(standing, port=place.ocpp_port, folder=place.data) as crowds:
                connected = crowds.connect(CONNECT_S_MAX)
                plan.tell(f"crowd: {connected.online:,} connected in {connected.last_s:.0f} s")
                time.sleep(extent.settle_s)
                connected_kb = family(server.group).memory_kb
                watched = Watched(plan.cores, server.group, generators=crowds.processes)
                begun = read_cpu(watched)
                time.sleep(extent.seconds)
                cpu = cpu_use(begun, read_cpu(watched), watched)
                later_kb = family(server.group).memory_kb
                ended = crowds.quiet()
        after = product.stored(place)
    assert before is not None
    assert after is not None
    return Watch(
        empty_kb=empty_kb,
        connected_kb=connected_kb,
        later_kb=later_kb,
        connected=replace(connected, online=ended.online),
        cpu=cpu,
        missing=ended.missing(after.readings - before.readings),
    )


def outcome(watch: Watch, extent: Extent) -> Outcome:
    online = watch.connected.online
    each_kb = (watch.later_kb - watch.empty_kb) / extent.stations
    voids = []
    if online != extent.stations:
        voids.append(f"{online:,} of {extent.stations:,} are connected: {watch.connected.broken}")
    if watch.missing:
        voids.append(watch.missing)
    return Outcome(
        name=Crowd.name,
        title=Crowd.title,
        scale=f"{extent.stations:,} stations, watched for {extent.seconds:g} s; those that charge"
        " send a value every 60 s, the others a heartbeat every 300 s",
        columns=("", "memory", "each", "server CPU", "generator CPU", "strangers"),
        lines=[
            ("empty", f"{watch.empty_kb / 1024:,.0f} MiB", "", "", "", ""),
            line("all connected", watch.connected_kb, watch, extent),
            (
                *line(f"{extent.seconds:g} s later", watch.later_kb, watch, extent)[:3],
                f"{watch.cpu.server:.1%}",
                f"{watch.cpu.generator:.1%}",
                f"{watch.cpu.strangers:.1%}",
            ),
        ],
        verdicts=[
            at_most(each_kb, KB_EACH_MAX, "kB", "each station takes"),
            at_most(100 * watch.cpu.server, 100 * CORE_MAX, "% of a core", "all together take"),
        ],
        voids=voids,
        strangers=watch.cpu.strangers,
        figures={"each_kb": each_kb, "server_cpu": watch.cpu.server, "online": online},
    )


def line(name: str, memory_kb: int, watch: Watch, extent: Extent) -> tuple[str, ...]:
    each_kb = (memory_kb - watch.empty_kb) / extent.stations
    return (name, f"{memory_kb / 1024:,.0f} MiB", f"{each_kb:.1f} kB", "", "", "")


ROW = Crowd()
