"""Durable meter values: about 1.2 kB, 8 values, each answered after its commit."""

from benchmarks.station import Script, Station
from benchmarks.tally import Goal
from benchmarks.throughput import Throughput


def begin_session(station: Station) -> Script:
    yield from station.boot()
    yield from station.status("Preparing")
    yield from station.authorize()
    yield from station.start()


ROW = Throughput(
    order=1,
    name="durable",
    title="durable MeterValues (1.2 kB, 8 values), messages/s",
    unit="messages/s",
    calls_per_unit=1,
    contenders=("usual", "ceiling", "product", "postgres", "gateways"),
    goals=(Goal("usual", 15), Goal("ceiling", 1 / 3)),
    prelude=begin_session,
    script=Station.charge,
)
