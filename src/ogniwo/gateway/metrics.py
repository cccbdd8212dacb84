"""The gateway's counters in Prometheus' words."""

from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from ogniwo.gateway.counts import GatewayCounts
from ogniwo.gateway.link import LinkCounts


class GatewayMetrics(Collector):
    def __init__(self, gateway: GatewayCounts, links: LinkCounts) -> None:
        self._gateway = gateway
        self._links = links

    def collect(self) -> Iterable[Metric]:
        gateway, links = self._gateway, self._links
        yield GaugeMetricFamily("ogniwo_links", "Stations connected now", gateway.links)
        yield GaugeMetricFamily("ogniwo_handshakes", "Handshakes under way", gateway.handshakes)
        refused = CounterMetricFamily(
            "ogniwo_connections_refused", "Connections refused, by reason", labels=["reason"]
        )
        for reason, count in gateway.refused.items():
            refused.add_metric([reason.value], count)
        yield refused
        for name, help_text, count in (
            ("admitted", "Connections admitted", gateway.admitted),
            ("frames_delayed", "Frames held back by the rate limit", gateway.frames_delayed),
            ("pings", "Pings sent to silent stations", gateway.pings),
            ("links_silent", "Links dropped for silence", gateway.links_silent),
            ("calls", "Calls of stations", links.calls),
            ("calls_refused", "Calls answered with an error", links.refused),
            ("noise", "Texts that were no message", links.noise),
            ("answers_late", "Answers after our timeout", links.late_answers),
        ):
            yield CounterMetricFamily(f"ogniwo_{name}", help_text, count)
