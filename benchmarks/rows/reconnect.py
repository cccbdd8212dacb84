"""All stations lose their connections at one moment and come back at once."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.cluster import Cluster, ClusterRow, Extent
from benchmarks.fleet import Report
from benchmarks.machine import CpuUse, Watched, cpu_use, read_cpu
from benchmarks.row import Outcome, Plan, Verdict, at_most

LAST_S_MAX: Final = 90.0
PATIENCE_S: Final = 300.0
SHARES: Final = (0.5, 0.99, 1.0)
# Readings come first if 99 in 100 of them are answered in this share of the time of the boots:
# both come in any order, so without a preference they take the same time.
FIRST: Final = 0.75


@dataclass(frozen=True, slots=True)
class Return:
    back: Report
    cpu: CpuUse
    missing: str | None


def measure(row: ClusterRow, cluster: Cluster, plan: Plan) -> Outcome:
    return outcome(row, come_back(cluster, plan), cluster.extent)


def come_back(cluster: Cluster, plan: Plan) -> Return:
    services, crowds = cluster.place.services.processes, cluster.fleet.processes
    watched = Watched(plan.cores, cluster.server.group, services, crowds)
    begun = read_cpu(watched)
    back = cluster.fleet.reconnect(PATIENCE_S)
    cpu = cpu_use(begun, read_cpu(watched), watched)
    ended = cluster.fleet.quiet()
    return Return(back, cpu, ended.missing(cluster.readings_since()))


def outcome(row: ClusterRow, returned: Return, extent: Extent) -> Outcome:
    back, cpu = returned.back, returned.cpu
    left = extent.stations - back.answered
    last_s = back.last_s if not left else math.inf
    charging_s, booted_s = (it[-1] if it else 0.0 for it in (back.charging_s, back.booted_s))
    verdicts = [
        at_most(last_s, LAST_S_MAX, "s", "the last station was answered after"),
        Verdict(f"{left:,} stations got no answer in {PATIENCE_S:.0f} s", met=not left),
        Verdict(
            f"transactions first: the last reading was answered after {charging_s:.1f} s, the last"
            f" boot after {booted_s:.1f} s; half of them after {at(back.charging_s, 0.5)} and"
            f" {at(back.booted_s, 0.5)}",
            met=percentile(back.charging_s, 0.99) <= FIRST * percentile(back.booted_s, 0.99),
        ),
        Verdict(f"connections lost or refused on the way: {dict(back.broken) or 'none'}"),
        Verdict(
            f"processor time meanwhile: ours {used(cpu.server)}, database and bus"
            f" {used(cpu.services)}, the stations {used(cpu.generator)}"
        ),
    ]
    return Outcome(
        name=row.name,
        title=row.title,
        scale=f"{extent.stations:,} stations on {extent.gateways} gateways; a fifth has a reading"
        " to deliver, the others boot; who is refused waits as long as told, and up to twice that",
        columns=("", "stations", "half", "99 in 100", "last"),
        lines=list(lines(back)),
        verdicts=verdicts,
        voids=[returned.missing] if returned.missing else [],
        strangers=returned.cpu.strangers,
        figures={
            "answered": back.answered,
            "last_s": last_s if left == 0 else None,
            "charging_last_s": charging_s,
            "booted_last_s": booted_s,
            "broken": back.broken,
            "cpu": {"server": returned.cpu.server, "services": returned.cpu.services},
        },
    )


def lines(back: Report) -> Iterator[tuple[str, ...]]:
    groups = {
        "connected": back.connected_s,
        "reading answered": back.charging_s,
        "boot answered": back.booted_s,
    }
    for name, times_s in groups.items():
        yield (name, f"{len(times_s):,}", *(at(times_s, share) for share in SHARES))


def used(share: float) -> str:
    return f"{share:.0%} of a core"


def at(times_s: Sequence[float], share: float) -> str:
    return f"{percentile(times_s, share):.1f} s" if times_s else "never"


def percentile(times_s: Sequence[float], share: float) -> float:
    return times_s[int(share * (len(times_s) - 1))] if times_s else math.inf


ROW = ClusterRow(
    order=7,
    name="reconnect",
    title="all 100,000 stations reconnect at once",
    measure=measure,
)
