"""A network on several gateways of one machine, all its stations connected: for the large rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders import Place, Product, Server, Stored, running
from benchmarks.fleet import Fleet, Report, fleet
from benchmarks.place import place_for
from benchmarks.row import Plan
from benchmarks.standing import Standing, fill_server
from ogniwo.base.clock import SystemClock

CONNECT_S_MAX: Final = 600.0


@dataclass(frozen=True, slots=True)
class Cluster:
    server: Server
    place: Place
    product: Product
    fleet: Fleet
    connected: Report
    before: Stored

    def readings_since(self) -> int:
        return self.product.stored(self.place).readings - self.before.readings


@contextmanager
def connected_cluster(name: str, *, stations: int, gateways: int, plan: Plan) -> Iterator[Cluster]:
    product = Product(
        name,
        f"{gateways} gateways on PostgreSQL",
        frozenset({"postgres", "bus"}),
        gateways=gateways,
    )
    standing = Standing(stations=stations, until=SystemClock().now_us())
    with place_for(product, plan, spread=True) as place:
        rows = fill_server(place.services.database_url, standing)
        plan.tell(f"{name}: {rows:,} rows for {stations:,} stations are in the database")
        before = product.stored(place)
        with (
            running(product, place, plan.cores) as server,
            fleet(standing, port=place.ocpp_port, folder=place.data) as crowds,
        ):
            connected = crowds.connect(CONNECT_S_MAX)
            plan.tell(
                f"{name}: {connected.online:,} connected and {connected.answered:,} answered"
                f" in {connected.last_s:.0f} s; {dict(connected.broken)}"
            )
            yield Cluster(server, place, product, crowds, connected, before)
