"""How many units a second the writer makes durable: ``python -m benchmarks.writer_rate``.

A unit is what one MeterValues message leaves: a sample, the raw message of 1.2 kB and the
session's progress, under its station's fence. Each of the waiters writes one, waits for its
commit and writes the next. ``--busy-us`` burns that much of the loop's time before each unit, as a
gateway's decoding would. ``--database postgresql://...`` names an empty database; it is migrated.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.entries import a_message, a_reading, a_sample, a_session, a_station
from ogniwo.app.ports import Fence
from ogniwo.base.clock import SystemClock
from ogniwo.base.ids import TimeOrderedIds
from ogniwo.domain.session import Progress
from ogniwo.storage.batch import StoredRow
from ogniwo.storage.checkpoints import Checkpoints
from ogniwo.storage.data_file import DataFile
from ogniwo.storage.group_commit import COMMIT_S_BOUNDS
from ogniwo.storage.migrate import migrate, migrate_file
from ogniwo.storage.postgres import PgStore
from ogniwo.storage.sqlite import SqliteStore
from ogniwo.storage.writer import InlineWriter, ThreadWriter

RAW = b'{"connectorId":1,"meterValue":"' + b"0123456789" * 117 + b'"}'
AnyWriter = ThreadWriter | InlineWriter


class Source:
    """One station charging: each call is the next unit."""

    def __init__(self, number: int, ids: TimeOrderedIds, kinds: frozenset[str]) -> None:
        self._ids = ids
        self._kinds = kinds
        self._clock = SystemClock()
        self._message: int | None = None
        self.fence = Fence(number, 0)
        self._session = a_session(
            ids.next(), number, transaction_id=str(number), uid=f"S{number}", start_wh=0, at=0
        )

    def first(self) -> list[StoredRow]:
        number = self._session.station_id
        return [a_station(number, f"S{number}", at=0), self._session]

    def next(self) -> list[StoredRow]:
        now = self._clock.now_us()
        session = self._session
        rows: list[StoredRow] = []
        if "sample" in self._kinds:
            rows.append(
                a_sample(self._ids.next(), session, a_reading(123_456, power_w=11_000, at=now))
            )
        if "message" in self._kinds:
            identifier = self._ids.next()
            prev, self._message = self._message, identifier
            rows.append(
                a_message(identifier, session, prev=prev, action="MeterValues", call=RAW, at=now)
            )
        if "progress" in self._kinds:
            rows.append(Progress(session))
        return rows


def spend(busy_us: int) -> None:
    until = time.perf_counter_ns() + busy_us * 1_000
    while time.perf_counter_ns() < until:
        pass


async def keep_writing(
    writer: AnyWriter, source: Source, *, busy_us: int, until_s: float, waits_s: list[float]
) -> None:
    while (now_s := time.perf_counter()) < until_s:
        spend(busy_us)
        await writer.write(source.next(), fence=source.fence)
        waits_s.append(time.perf_counter() - now_s)


@contextmanager
def sqlite_writer(*, inline: bool) -> Iterator[AnyWriter]:
    with tempfile.TemporaryDirectory(dir=".") as folder, ExitStack() as stack:
        path = Path(folder) / "rate.db"
        file = stack.enter_context(DataFile(path))
        migrate_file(file)
        make = InlineWriter if inline else ThreadWriter
        writer = make(SqliteStore(path), now_ms=SystemClock().now_ms)
        checkpoints = Checkpoints(path, lambda: writer.figures.batches)
        stack.callback(checkpoints.close)
        yield writer


@contextmanager
def postgresql_writer(url: str) -> Iterator[AnyWriter]:
    yield ThreadWriter(PgStore(url), now_ms=SystemClock().now_ms)


async def measure(options: argparse.Namespace) -> None:
    opened = postgresql_writer(options.database) if options.database else None
    with opened or sqlite_writer(inline=options.inline) as writer:
        await write(writer, options)
        await writer.close()


async def write(writer: AnyWriter, options: argparse.Namespace) -> None:
    clock = SystemClock()
    kinds = frozenset(options.rows.split(","))
    ids = TimeOrderedIds(clock.now_us)
    sources = [Source(number, ids, kinds) for number in range(1, options.waiters + 1)]
    for source in sources:
        await writer.write(source.first())
    waits_s: list[float] = []
    began, spent = time.perf_counter(), time.process_time()
    until_s = began + options.seconds
    async with asyncio.TaskGroup() as group:
        for source in sources:
            group.create_task(
                keep_writing(
                    writer, source, busy_us=options.busy_us, until_s=until_s, waits_s=waits_s
                )
            )
    took_s, spent_s = time.perf_counter() - began, time.process_time() - spent
    tell(writer, waits_s, took_s=took_s, spent_s=spent_s, kinds=kinds)


def tell(
    writer: AnyWriter, waits_s: list[float], *, took_s: float, spent_s: float, kinds: frozenset[str]
) -> None:
    units = len(waits_s)
    waits_s.sort()
    figures = writer.figures
    print(f"{'+'.join(sorted(kinds))}: {units / took_s:,.0f} units/s, "
          f"{spent_s / units * 1e6:.1f} us of processor each, "
          f"{units / figures.batches:.0f} units a batch, "
          f"p50 {waits_s[units // 2] * 1e3:.1f} ms, p99 {waits_s[units * 99 // 100] * 1e3:.1f} ms, "
          f"max {waits_s[-1] * 1e3:.0f} ms")  # fmt: skip
    pairs = zip((*COMMIT_S_BOUNDS, float("inf")), figures.commit_s_counts, strict=True)
    print("  commits by seconds:", {bound: count for bound, count in pairs if count})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--waiters", type=int, default=100)
    parser.add_argument("--busy-us", type=int, default=0)
    parser.add_argument("--inline", action="store_true")
    parser.add_argument("--rows", default="sample,message,progress")
    parser.add_argument("--database", default="", metavar="URL")
    options = parser.parse_args()
    if options.database:
        migrate(options.database)
    asyncio.run(measure(options))


if __name__ == "__main__":
    main()
