"""Measure contenders on a row: several times each, by turns, the median counts.

Taking turns spreads whatever else the machine does over all of them; ratios of
one run can be trusted, absolute figures of two runs cannot be compared.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.contenders import ALL, Contender, Place, free_port, running
from benchmarks.load import Load
from benchmarks.machine import Cores, CpuUse, cpu_use, pinned, read_cpu
from benchmarks.row import Measurement, Row
from benchmarks.services import services
from benchmarks.station import READING_S, Past, Station

NS_PER_MS: Final = 1_000_000
RATE_MAX: Final = 200_000  # messages/s: no server here comes near, so station time suffices
PAST_S_MIN: Final = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much to measure."""

    stations: int
    warmup_s: float
    seconds: float
    repeats: int
    scratch: Path | None = None
    keep: bool = False
    profile: Path | None = None

    @property
    def past_s(self) -> int:
        """How far back station time must begin so as not to reach the present."""
        messages_each = RATE_MAX * (self.warmup_s + self.seconds) / self.stations
        return max(PAST_S_MIN, int(messages_each * READING_S))


@dataclass(frozen=True, slots=True)
class Result:
    """All repeats of one row."""

    row: Row
    measurements: list[Measurement]

    def of(self, contender: str) -> list[Measurement]:
        return [each for each in self.measurements if each.contender == contender]

    def rate(self, contender: str) -> float | None:
        rates = [each.rate for each in self.of(contender)]
        return median(rates) if rates else None

    def ratio(self, against: str, of: str = "product") -> float | None:
        ours, theirs = self.rate(of), self.rate(against)
        return ours / theirs if ours and theirs else None

    def cost_ratio(self, against: str) -> float | None:
        """The same by the server's processor time: holds still on a busy machine."""
        ours, theirs = ([each.cost_us for each in self.of(name)] for name in ("product", against))
        return median(theirs) / median(ours) if ours and theirs else None

    @property
    def disturbance(self) -> float:
        """The largest share of a core that others took in any measurement."""
        others = [share for each in self.measurements for share in each.cpu.others]
        return max(others, default=0.0)

    @property
    def voids(self) -> list[str]:
        return [f"{each.contender}: {each.void}" for each in self.measurements if each.void]


def measure_row(
    row: Row, contenders: list[str], plan: Plan, cores: Cores, progress: Callable[[str], None]
) -> Result:
    """Every contender of the row that was asked for, ``repeats`` rounds."""
    wanted = [name for name in row.contenders if name in contenders]
    measurements = []
    for round_number in range(1, plan.repeats + 1):
        for name in wanted:
            measurement = measure_once(row, ALL[name], plan, cores)
            measurements.append(measurement)
            progress(
                f"{row.name} {round_number}/{plan.repeats} {name}: "
                f"{measurement.rate:,.0f} {row.unit}"
            )
    return Result(row, measurements)


@dataclass(frozen=True, slots=True)
class Period:
    """What the generator saw while it counted."""

    latencies_ns: list[int]  # ascending
    elapsed_s: float
    cpu: CpuUse

    def percentile_ms(self, share: float) -> float:
        return self.latencies_ns[int(share * (len(self.latencies_ns) - 1))] / NS_PER_MS


def measure_once(row: Row, contender: Contender, plan: Plan, cores: Cores) -> Measurement:
    """One life of one server: start, load, end, audit."""
    past = Past(plan.past_s)
    stations = [Station(number, past) for number in range(1, plan.stations + 1)]
    with place_for(contender, plan, cores) as place:
        with running(contender, place, cores) as server:
            contender.enrol(place, [station.token for station in stations])
            with pinned(cores.generator), closing(Load(stations, place.ocpp_port)) as load:
                period = put_under_load(row, load, plan, server.group, cores)
        return Measurement(
            contender=contender.name,
            rate=len(period.latencies_ns) / row.calls_per_unit / period.elapsed_s,
            p50_ms=period.percentile_ms(0.50),
            p99_ms=period.percentile_ms(0.99),
            cpu=period.cpu,
            readings_acknowledged=sum(station.readings_acknowledged for station in stations),
            sessions_acknowledged=sum(station.starts_acknowledged for station in stations),
            stored=contender.stored(place),
            data=str(place.data),
        )


def put_under_load(row: Row, load: Load, plan: Plan, group: int, cores: Cores) -> Period:
    stations = [link.station for link in load.links]
    load.begin([row.prelude(station) for station in stations])
    load.finish()
    load.begin([row.script(station) for station in stations])
    load.sustain(plan.warmup_s)
    before = read_cpu(group, cores)
    elapsed_s = load.sustain(plan.seconds)
    cpu = cpu_use(before, read_cpu(group, cores))
    latencies_ns = sorted(load.latencies_ns)
    load.drain()
    return Period(latencies_ns, elapsed_s, cpu)


@contextmanager
def place_for(contender: Contender, plan: Plan, cores: Cores) -> Iterator[Place]:
    """An empty data directory, removed afterwards unless it is to be kept, and what it needs."""
    profile = plan.profile if contender.name == "product" else None
    directory = Path(tempfile.mkdtemp(prefix=f"bench-{contender.name}-", dir=plan.scratch))
    try:
        with services(
            postgres="postgres" in contender.needs,
            bus="bus" in contender.needs,
            folder=directory,
            cores=cores,
        ) as beside:
            yield Place(directory, free_port(), free_port(), profile, beside)
    finally:
        if not plan.keep:
            shutil.rmtree(directory)
