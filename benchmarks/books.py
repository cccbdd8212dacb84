"""Fills a SQLite database with the books of a network: ``python -m benchmarks.books PATH``.

Stations, cards and sessions with their readings, messages and events, written by the product's
own store from the values its rules work on, in the order of time, so that ``ogniwo db check``
finds nothing in them. The same seed makes the same books.
"""

import argparse
import heapq
import random
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.entries import (
    a_card,
    a_connector,
    a_message,
    a_reading,
    a_sample,
    a_session,
    a_station,
)
from ogniwo.base.clock import SystemClock
from ogniwo.base.ids import TimeOrderedIds
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.events import Event, EventKind, Scalar
from ogniwo.domain.meter import Context, Sample
from ogniwo.domain.orders import Reset
from ogniwo.domain.session import Progress, Session, closed_anyway, settled, with_reading
from ogniwo.domain.station import Station
from ogniwo.domain.trace import Message
from ogniwo.storage.batch import Stage, StoredRow, TransactionIdBlock, stages_of
from ogniwo.storage.data_file import DataFile
from ogniwo.storage.migrate import migrate_file
from ogniwo.storage.sqlite import SqliteStore

UNITS_AT_ONCE: Final = 5_000
DAYS: Final = 60
CHARGING_S: Final = 1_800
CARDS_PER_STATION: Final = 2
ORDER_EVERY: Final = 50  # one station in so many was told to reset

_VALUES: Final = (
    b'{"connectorId":1,"transactionId":%d,"meterValue":[{"timestamp":"%d","sampledValue":'
    b'[{"value":"%d","measurand":"Energy.Active.Import.Register","unit":"Wh"},'
    b'{"value":"16.0","measurand":"Current.Import","phase":"L1","unit":"A"}]}]}'
)


class Books(Struct, frozen=True, kw_only=True):
    stations: int
    sessions: int
    seed: int = 1
    days: int = DAYS


class _Time:
    def __init__(self, now: Instant) -> None:
        self.now = now


class Author:
    """Writes the books: the stages of all sessions, oldest first."""

    def __init__(self, books: Books, *, until: Instant) -> None:
        self._books = books
        self._chance = random.Random(books.seed)
        self._begin = until - seconds(books.days * 86_400)
        self._time = _Time(self._begin)
        self._ids = TimeOrderedIds(lambda: self._time.now)
        self._stations: list[Station] = []
        self._heads: list[int | None] = [None] * books.stations
        self._registers_wh: list[int] = [0] * books.stations
        self._running: dict[int, Session] = {}

    def units(self) -> Iterator[list[StoredRow]]:
        yield [TransactionIdBlock(1, self._books.sessions)]
        for number in range(self._books.stations):
            yield self._station(number)
        for at, _, number, stage in self._stages():
            self._time.now = at
            match stage:
                case 0:
                    yield self._start(number)
                case 1:
                    yield self._measure(number)
                case _:
                    yield self._stop(number)

    def _stages(self) -> Iterator[tuple[Instant, int, int, int]]:
        """Sessions begin evenly; a station's next begins when the one before is over."""
        span = seconds(self._books.days * 86_400 - 2 * CHARGING_S)
        step = span // max(self._books.sessions, 1)
        waiting: list[tuple[Instant, int, int, int]] = []
        free = list(range(self._books.stations))
        self._chance.shuffle(free)
        for number in range(self._books.sessions):
            begins = self._begin + seconds(60) + number * step
            while waiting and (waiting[0][0] <= begins or not free):
                yield from self._next(waiting, free)
            heapq.heappush(waiting, (begins, number, free.pop(), 0))
        while waiting:
            yield from self._next(waiting, free)

    def _next(
        self, waiting: list[tuple[Instant, int, int, int]], free: list[int]
    ) -> Iterator[tuple[Instant, int, int, int]]:
        at, order, station, stage = heapq.heappop(waiting)
        yield at, order, station, stage
        if stage < 2:
            later = at + seconds(self._chance.uniform(0.4, 0.6) * CHARGING_S)
            heapq.heappush(waiting, (later, order, station, stage + 1))
        else:
            free.append(station)
            other = self._chance.randrange(len(free))
            free[other], free[-1] = free[-1], free[other]

    def _station(self, number: int) -> list[StoredRow]:
        at = self._begin
        station = a_station(self._ids.next(), f"PL-WAW-{number:06}", at=at)
        self._stations.append(station)
        self._registers_wh[number] = self._chance.randrange(10_000_000)
        rows: list[StoredRow] = [station]
        rows += [a_connector(station, evse, at=at) for evse in (0, 1)]
        rows += [a_card(_uid(number, which), at=at) for which in range(CARDS_PER_STATION)]
        if number % ORDER_EVERY == 0:
            rows.append(_order(self._ids.next(), station, at))
        return rows

    def _start(self, number: int) -> list[StoredRow]:
        station, now = self._stations[number], self._time.now
        identifier = self._ids.next()
        start_wh = self._registers_wh[number]
        session = a_session(
            identifier,
            station.id,
            transaction_id=str(len(self._running) + identifier % 1_000_000_007),
            uid=_uid(number, self._chance.randrange(CARDS_PER_STATION)),
            start_wh=start_wh,
            at=now,
        )
        self._running[number] = session
        began: dict[str, Scalar] = {
            "transaction_id": session.transaction_id,
            "meter_start_wh": start_wh,
        }
        return [
            session,
            self._event(EventKind.SESSION_STARTED, session, **began),
            self._message(number, session, "StartTransaction", start_wh),
        ]

    def _measure(self, number: int) -> list[StoredRow]:
        session, sample = self._read(number, Context.PERIODIC)
        self._running[number] = session
        wh = self._registers_wh[number]
        return [sample, Progress(session), self._message(number, session, "MeterValues", wh)]

    def _stop(self, number: int) -> list[StoredRow]:
        session, sample = self._read(number, Context.END)
        del self._running[number]
        now = self._time.now
        session = replace(session, ended_at=now, charging_state=None, stop_reason="Local")
        session = closed_anyway(settled(session, power_w_max=None), now=now)
        told: dict[str, Scalar] = {
            "energy_wh": session.energy_wh,
            "stop_reason": session.stop_reason,
        }
        return [
            sample,
            session,
            self._event(EventKind.SESSION_ENDED, session, **told),
            self._event(EventKind.SESSION_CLOSED, session, **told),
            self._message(number, session, "StopTransaction", self._registers_wh[number]),
        ]

    def _read(self, number: int, context: Context) -> tuple[Session, Sample]:
        session, now = self._running[number], self._time.now
        since_s = (now - (session.sampled_at or session.started_at)) / 1e6
        power_w = self._chance.randrange(3_000, 22_000)
        self._registers_wh[number] += int(power_w * since_s / 3_600)
        reading = a_reading(
            self._registers_wh[number],
            power_w=power_w,
            soc=self._chance.randrange(200, 900) / 10,
            context=context,
            at=now,
        )
        sample = a_sample(self._ids.next(), session, reading)
        return with_reading(session, reading, sample_id=sample.id), sample

    def _event(self, kind: EventKind, session: Session, **data: Scalar) -> Event:
        return Event(
            id=self._ids.next(),
            kind=kind,
            at=self._time.now,
            station_id=session.station_id,
            evse=session.evse,
            session_id=session.id,
            data=data,
        )

    def _message(self, number: int, session: Session, action: str, wh: int) -> Message:
        identifier = self._ids.next()
        before, self._heads[number] = self._heads[number], identifier
        now = self._time.now
        call = _VALUES % (identifier, now, wh)
        return a_message(identifier, session, prev=before, action=action, call=call, at=now)


def _uid(number: int, which: int) -> str:
    return f"04{number:08X}{which:02X}"


def _order(identifier: int, station: Station, at: Instant) -> Command:
    return Command(
        id=identifier,
        station_id=station.id,
        order=Reset(),
        state=CommandState.ACCEPTED,
        author="operator",
        created_at=at,
        deadline_at=at + seconds(60),
        idempotency_key=f"reset-{identifier}",
        sent_at=at,
        finished_at=at,
    )


class Store(Protocol):
    def highest_number(self) -> int: ...

    def store(self, stages: Sequence[Stage], number: int, fences: Mapping[int, int], /) -> None: ...


def store_units(store: Store, units: Iterable[list[StoredRow]]) -> int:
    """The number of rows written."""
    rows, number = 0, store.highest_number()
    waiting = iter(units)
    while batch := list(islice(waiting, UNITS_AT_ONCE)):
        number, rows = number + 1, rows + sum(map(len, batch))
        store.store(stages_of(batch), number, {})
    return rows


def fill(path: Path, books: Books, *, until: Instant) -> int:
    """The number of rows written; the file must not exist or be new."""
    with DataFile(path) as file:
        migrate_file(file)
        store = SqliteStore(path)
        try:
            return store_units(store, Author(books, until=until).units())
        finally:
            store.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.books", description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--stations", type=int, default=2_000)
    parser.add_argument("--sessions", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    books = Books(
        stations=given.stations, sessions=given.sessions, seed=given.seed, days=given.days
    )
    began_s = time.perf_counter()
    rows = fill(given.path, books, until=SystemClock().now_us())
    spent_s = time.perf_counter() - began_s
    size = given.path.stat().st_size
    print(f"{rows} rows, {size / 1e6:.0f} MB, {spent_s:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
