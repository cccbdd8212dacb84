"""Durable meter values: about 1.2 kB, 8 values, each answered after its commit."""

from benchmarks.row import Goal, Row
from benchmarks.station import Script, Station


def begin_session(station: Station) -> Script:
    yield from station.boot()
    yield from station.status("Preparing")
    yield from station.authorize()
    yield from station.start()


ROW = Row(
    order=1,
    name="durable",
    title="durable MeterValues (1.2 kB, 8 values)",
    unit="messages/s",
    calls_per_unit=1,
    contenders=("usual", "ceiling", "product", "postgres", "gateways"),
    goals=(Goal("usual", 15), Goal("ceiling", 1 / 3)),
    prelude=begin_session,
    script=Station.charge,
)
