"""A network on several gateways of one machine, all its stations connected: for the large rows."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.contenders import Place, Product, Server, Stored, running
from benchmarks.fleet import Fleet, Report, fleet
from benchmarks.place import place_for
from benchmarks.row import Outcome, Plan, Row, Size
from benchmarks.standing import Standing, fill_server
from ogniwo.base.clock import SystemClock

CONNECT_S_MAX: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    stations: int
    gateways: int


EXTENTS: Final = {
    Size.TINY: Extent(stations=100, gateways=2),
    Size.SHORT: Extent(stations=10_000, gateways=2),
    Size.FULL: Extent(stations=100_000, gateways=6),
}


@dataclass(frozen=True, slots=True)
class Cluster:
    extent: Extent
    server: Server
    place: Place
    product: Product
    fleet: Fleet
    connected: Report
    before: Stored

    def readings_since(self) -> int:
        return self.product.stored(self.place).readings - self.before.readings


@contextmanager
def connected_cluster(plan: Plan) -> Iterator[Cluster]:
    usual = EXTENTS[plan.size]
    extent = replace(usual, stations=plan.stations or usual.stations)
    title = f"{extent.gateways} gateways on PostgreSQL"
    needs = frozenset({"postgres", "bus"})
    product = Product("cluster", title, needs, gateways=extent.gateways)
    standing = Standing(stations=extent.stations, until=SystemClock().now_us())
    with place_for(product, plan, spread=True) as place:
        rows = fill_server(place.services.database_url, standing)
        plan.tell(f"cluster: {rows:,} rows for {extent.stations:,} stations are in the database")
        before = product.stored(place)
        with (
            running(product, place, plan.cores) as server,
            fleet(standing, port=place.ocpp_port, folder=place.data) as crowds,
        ):
            connected = crowds.connect(CONNECT_S_MAX)
            plan.tell(
                f"cluster: {connected.online:,} connected and {connected.answered:,} answered"
                f" in {connected.last_s:.0f} s; {dict(connected.broken) or 'none refused'}"
            )
            yield Cluster(extent, server, place, product, crowds, connected, before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRow:
    """A row on such a cluster."""

    order: int
    name: str
    title: str
    measure: Callable[["ClusterRow", Cluster, Plan], Outcome]

    def run(self, plan: Plan) -> Outcome:
        with connected_cluster(plan) as cluster:
            return self.measure(self, cluster, plan)


class Shared:
    """The cluster that is up: it takes minutes, so rows that follow each other have the same."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._stack = ExitStack()
        self._cluster: Cluster | None = None

    def run(self, row: Row) -> Outcome:
        """Any row; where it needs no cluster, there is none beside it."""
        if not isinstance(row, ClusterRow):
            self.close()
            return row.run(self._plan)
        if self._cluster is None:
            self._cluster = self._stack.enter_context(connected_cluster(self._plan))
        return row.measure(row, self._cluster, self._plan)

    def close(self) -> None:
        self._cluster = None
        self._stack.close()
