"""The writer's figures, and the age of the last backup, in Prometheus' words."""

from collections.abc import Iterable
from typing import Protocol

from prometheus_client import Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

from ogniwo.base.units import US_PER_SECOND, Instant
from ogniwo.storage.group_commit import COMMIT_S_BOUNDS, Figures


class Measured(Protocol):
    @property
    def figures(self) -> Figures: ...

    @property
    def rows_waiting(self) -> int: ...

    @property
    def healthy(self) -> bool: ...


class BackedUp(Protocol):
    @property
    def known(self) -> bool: ...

    @property
    def last_at(self) -> Instant | None: ...


class WriterMetrics(Collector):
    def __init__(self, writer: Measured) -> None:
        self._writer = writer

    def collect(self) -> Iterable[Metric]:
        figures = self._writer.figures
        yield CounterMetricFamily("ogniwo_commits", "Batches committed", figures.batches)
        yield CounterMetricFamily("ogniwo_rows_written", "Rows made durable", figures.rows)
        yield CounterMetricFamily("ogniwo_rows_refused", "Units refused as data", figures.refused)
        yield CounterMetricFamily(
            "ogniwo_units_fenced", "Units dropped: the station had gone elsewhere", figures.fenced
        )
        yield CounterMetricFamily("ogniwo_writer_holds", "Times storage was away", figures.holds)
        yield GaugeMetricFamily(
            "ogniwo_rows_waiting", "Rows waiting for the writer", self._writer.rows_waiting
        )
        yield GaugeMetricFamily(
            "ogniwo_writer_healthy", "1 while storage takes data", int(self._writer.healthy)
        )
        buckets: list[tuple[str, float]] = []
        total = 0
        for bound, count in zip(
            (*map(str, COMMIT_S_BOUNDS), "+Inf"), figures.commit_s_counts, strict=True
        ):
            total += count
            buckets.append((bound, total))
        yield HistogramMetricFamily(
            "ogniwo_commit_seconds",
            "How long commits take",
            buckets=buckets,
            sum_value=figures.commit_s_sum,
        )


class BackupMetrics(Collector):
    def __init__(self, backups: BackedUp) -> None:
        self._backups = backups

    def collect(self) -> Iterable[Metric]:
        if self._backups.known:
            at = self._backups.last_at or 0
            yield GaugeMetricFamily(
                "ogniwo_backup_timestamp_seconds",
                "When the last backup began, in seconds since 1970; 0: none is known",
                at / US_PER_SECOND,
            )
