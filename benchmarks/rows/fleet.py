"""100,000 connected stations on six gateways of one machine: the processor time of us all."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from benchmarks import processes
from benchmarks.cluster import Cluster, ClusterRow
from benchmarks.fleet import Report
from benchmarks.machine import CpuUse, Watched, cpu_use, read_cpu
from benchmarks.row import Outcome, Plan, Size, at_most

CORE_MAX: Final = 1.0


@dataclass(frozen=True, slots=True)
class Times:
    settle_s: float  # between the last answer and the first look: jobs of the start go on
    seconds: float


TIMES: Final = {
    Size.TINY: Times(settle_s=0.5, seconds=1),
    Size.SHORT: Times(settle_s=5, seconds=20),
    Size.FULL: Times(settle_s=15, seconds=60),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    gateways: float  # shares of a core
    parent: float
    services: dict[str, float]
    cpu: CpuUse
    memory_kb: int
    ended: Report
    missing: str | None


def measure(row: ClusterRow, cluster: Cluster, plan: Plan) -> Outcome:
    usual = TIMES[plan.size]
    times = replace(usual, seconds=plan.seconds or usual.seconds)
    time.sleep(times.settle_s)
    return outcome(row, watch(cluster, times.seconds, plan), cluster, times.seconds)


def watch(cluster: Cluster, seconds: float, plan: Plan) -> Watch:
    group, services = cluster.server.group, cluster.place.services.processes
    watched = Watched(plan.cores, group, services, cluster.fleet.processes)
    begun, ours = read_cpu(watched), processes.family(group).cpu_s_of
    beside = {it: processes.cpu_s([it]) for it in services}
    time.sleep(seconds)
    ended, ours_later = read_cpu(watched), processes.family(group).cpu_s_of
    elapsed_s = ended.at_s - begun.at_s
    took = {it: (ours_later[it] - ours.get(it, 0.0)) / elapsed_s for it in ours_later}
    parent = took.pop(group)
    memory_kb = processes.family(group).memory_kb
    report = cluster.fleet.quiet()
    return Watch(
        gateways=sum(took.values()),
        parent=parent,
        services={
            processes.name_of(it): (processes.cpu_s([it]) - beside[it]) / elapsed_s
            for it in services
        },
        cpu=cpu_use(begun, ended, watched),
        memory_kb=memory_kb,
        ended=report,
        missing=report.missing(cluster.readings_since()),
    )


def outcome(row: ClusterRow, watch: Watch, cluster: Cluster, seconds: float) -> Outcome:
    extent = cluster.extent
    voids = [watch.missing] if watch.missing else []
    if watch.ended.online != extent.stations:
        voids.append(f"{watch.ended.online:,} of {extent.stations:,} are connected")
    return Outcome(
        name=row.name,
        title=row.title,
        scale=f"{extent.stations:,} stations on {extent.gateways} gateways, watched for"
        f" {seconds:g} s; those that charge send a value every 60 s, the others a heartbeat"
        " every 300 s",
        columns=("", "of a core"),
        lines=list(lines(watch)),
        verdicts=[
            at_most(
                100 * watch.cpu.server, 100 * CORE_MAX, "% of a core", "all of ours together take"
            )
        ],
        voids=voids,
        strangers=watch.cpu.strangers,
        figures={
            "gateways": watch.gateways,
            "parent": watch.parent,
            "services": watch.services,
            "memory_kb": watch.memory_kb,
            "online": watch.ended.online,
        },
    )


def lines(watch: Watch) -> Iterator[tuple[str, str]]:
    yield "gateways", f"{watch.gateways:.1%}"
    yield "web and worker", f"{watch.parent:.1%}"
    for name, share in watch.services.items():
        yield f"beside: {name}", f"{share:.1%}"
    yield "beside: the stations", f"{watch.cpu.generator:.1%}"
    yield "beside: strangers", f"{watch.cpu.strangers:.1%}"


ROW = ClusterRow(
    order=6,
    name="fleet",
    title="100,000 connected stations over six gateway processes, a fifth charging",
    measure=measure,
)
