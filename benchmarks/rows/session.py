"""A whole 1.6 session: boot, status, authorize, start, 10 meter values, stop."""

from benchmarks.station import Script, Station
from benchmarks.tally import Goal
from benchmarks.throughput import Throughput

READINGS = 10
OTHER_CALLS = 5


def charge_for_ever(station: Station) -> Script:
    while True:
        yield from station.boot()
        yield from station.status("Preparing")
        yield from station.authorize()
        yield from station.start()
        yield from station.charge(READINGS)
        yield from station.stop()


ROW = Throughput(
    order=2,
    name="session",
    title="a whole 1.6 session (15 messages), sessions/s",
    unit="sessions/s",
    calls_per_unit=READINGS + OTHER_CALLS,
    contenders=("usual", "product", "postgres", "gateways"),
    goals=(Goal("usual", 12),),
    prelude=Station.boot,
    script=charge_for_ever,
)
