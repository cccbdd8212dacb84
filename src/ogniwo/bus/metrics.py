"""The bus in Prometheus' words."""

from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ogniwo.app.bus import Bus


class BusMetrics(Collector):
    def __init__(self, bus: Bus, node: int) -> None:
        self._bus = bus
        self._node = node

    def collect(self) -> Iterable[Metric]:
        connected = int(self._bus.away_since_ms is None)
        yield GaugeMetricFamily("ogniwo_bus_connected", "1 while nodes can be asked", connected)
        yield GaugeMetricFamily("ogniwo_node", "This node's number, 0 on SQLite", self._node)
