"""Rows that compare rates: contenders measured several times by turns, the median counts.

Taking turns spreads whatever else the machine does over all of them; ratios of one run can be
trusted, absolute figures of two runs cannot be compared.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Final

from benchmarks import throughput_lines
from benchmarks.contenders import ALL, Contender, running
from benchmarks.load import Load, percentile_ms
from benchmarks.machine import CpuUse, Watched, cpu_use, pinned, read_cpu
from benchmarks.place import place_for
from benchmarks.row import Outcome, Plan, Size
from benchmarks.station import READING_S, Past, Script, Station
from benchmarks.tally import Goal, Measurement, Result

RATE_MAX: Final = 200_000  # messages/s: no server here comes near, so station time suffices
PAST_S_MIN: Final = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much of it."""

    stations: int = 100
    warmup_s: float
    seconds: float
    repeats: int
    contenders: frozenset[str]

    @property
    def past_s(self) -> int:
        """How far back station time must begin so as not to reach the present."""
        messages_each = RATE_MAX * (self.warmup_s + self.seconds) / self.stations
        return max(PAST_S_MIN, int(messages_each * READING_S))


ON_SQLITE: Final = frozenset({"usual", "ceiling", "product"})
EXTENTS: Final = {
    Size.TINY: Extent(stations=5, warmup_s=0.2, seconds=1, repeats=1, contenders=ON_SQLITE),
    Size.SHORT: Extent(warmup_s=1, seconds=3, repeats=2, contenders=ON_SQLITE),
    Size.FULL: Extent(warmup_s=1, seconds=4, repeats=3, contenders=frozenset(ALL)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """What is measured: ``prelude`` once per station unmeasured, then ``script`` without end."""

    order: int
    name: str
    title: str
    unit: str
    calls_per_unit: int
    contenders: tuple[str, ...]
    goals: tuple[Goal, ...]
    prelude: Callable[[Station], Script]
    script: Callable[[Station], Script]

    def run(self, plan: Plan) -> Outcome:
        extent = extent_of(plan)
        return outcome(self, measure(self, extent, plan), extent)


def extent_of(plan: Plan) -> Extent:
    usual = EXTENTS[plan.size]
    return Extent(
        stations=plan.stations or usual.stations,
        warmup_s=usual.warmup_s if plan.warmup_s is None else plan.warmup_s,
        seconds=plan.seconds or usual.seconds,
        repeats=plan.repeats or usual.repeats,
        contenders=usual.contenders if plan.contenders is None else plan.contenders,
    )


def measure(row: Throughput, extent: Extent, plan: Plan) -> Result:
    """Every contender of the row that was asked for, ``repeats`` rounds."""
    wanted = [name for name in row.contenders if name in extent.contenders]
    measurements = []
    for round_number in range(1, extent.repeats + 1):
        for name in wanted:
            measurement = measure_once(row, ALL[name], extent, plan)
            measurements.append(measurement)
            plan.tell(
                f"{row.name} {round_number}/{extent.repeats} {name}: "
                f"{measurement.rate:,.0f} {row.unit}"
            )
    return Result(row.contenders, row.goals, measurements)


def outcome(row: Throughput, result: Result, extent: Extent) -> Outcome:
    return Outcome(
        name=row.name,
        title=row.title,
        scale=f"{extent.stations} stations, {extent.repeats} x {extent.seconds:g} s",
        columns=throughput_lines.COLUMNS,
        lines=list(throughput_lines.contender_lines(result)),
        verdicts=throughput_lines.verdicts(result),
        voids=result.voids,
        strangers=result.strangers,
        figures={
            "unit": row.unit,
            "ratios": {goal.against: result.ratio(goal.against) for goal in row.goals},
            "measurements": [asdict(each) for each in result.measurements],
        },
    )


@dataclass(frozen=True, slots=True)
class Period:
    """What the generator saw while it counted."""

    latencies_ns: list[int]  # ascending
    elapsed_s: float
    cpu: CpuUse


def measure_once(row: Throughput, contender: Contender, extent: Extent, plan: Plan) -> Measurement:
    """One life of one server: start, load, end, audit."""
    past = Past(extent.past_s)
    stations = [Station(number, past) for number in range(1, extent.stations + 1)]
    with place_for(contender, plan) as place:
        with running(contender, place, plan.cores) as server:
            contender.enrol(place, [station.token for station in stations])
            watched = Watched(plan.cores, server.group, place.services.processes)
            with pinned(plan.cores.generator), closing(Load(stations, place.ocpp_port)) as load:
                period = put_under_load(row, load, extent, watched)
        return Measurement(
            contender=contender.name,
            rate=len(period.latencies_ns) / row.calls_per_unit / period.elapsed_s,
            p50_ms=percentile_ms(period.latencies_ns, 0.50),
            p99_ms=percentile_ms(period.latencies_ns, 0.99),
            cpu=period.cpu,
            readings_acknowledged=sum(station.readings_acknowledged for station in stations),
            sessions_acknowledged=sum(station.starts_acknowledged for station in stations),
            stored=contender.stored(place),
            data=str(place.data),
        )


def put_under_load(row: Throughput, load: Load, extent: Extent, watched: Watched) -> Period:
    stations = [link.station for link in load.links]
    load.begin([row.prelude(station) for station in stations])
    load.finish()
    load.begin([row.script(station) for station in stations])
    load.sustain(extent.warmup_s)
    before = read_cpu(watched)
    elapsed_s = load.sustain(extent.seconds)
    cpu = cpu_use(before, read_cpu(watched), watched)
    latencies_ns = sorted(load.latencies_ns)
    load.drain()
    return Period(latencies_ns, elapsed_s, cpu)
