"""The database of the simulated world: one SQLite file, many writers, and everything that fails.

The product's own store, readers and statements run on it; what is added is whose commit counts
(fences, as PostgreSQL has them), when it answers, and when it does not.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, event

from ogniwo.app.ports import Fence, StorageAwayError
from ogniwo.base.limits import STORAGE_PATIENCE_S
from ogniwo.storage.batch import Stage, Step
from ogniwo.storage.data_file import DataFile
from ogniwo.storage.faults import FencesLostError, StoreAwayError, UnfitDataError
from ogniwo.storage.migrate import migrate_file
from ogniwo.storage.readers import sqlite_engine
from ogniwo.storage.sqlite import SqliteStore
from tests.simulation.loop import WorldClock

READ_S: Final = (0.0005, 0.01)
LOOK_AGAIN_S: Final = 0.25
POISON_EVERY: Final = 60  # of readings, while some are poisonous
_EPOCH_JULIAN: Final = 2440587.5
_US_A_DAY: Final = 86_400_000_000

T = TypeVar("T")


@dataclass(slots=True)
class Mood:
    """What the database does to those who use it now."""

    away: bool = False  # nobody reaches it
    full: bool = False  # it answers, and takes nothing
    unknown: float = 0.0  # how often it commits and the answer is lost
    poisonous: bool = False  # some readings are such as no table takes


@dataclass(slots=True)
class Disk:
    path: Path
    clock: WorldClock
    rng: Random
    mood: Mood = field(default_factory=Mood)
    fenced: bool = True  # False: one process has it to itself
    poisoned: set[tuple[int, str | None]] = field(default_factory=set)  # station, transaction
    reading: Engine = field(init=False)
    changing: Engine = field(init=False)

    def __post_init__(self) -> None:
        with DataFile(self.path) as file:
            migrate_file(file)
        self.reading = self._engine(writable=False)
        self.changing = self._engine(writable=True)

    def close(self) -> None:
        self.reading.dispose()
        self.changing.dispose()

    def rows(self, sql: str, *given: object) -> list[Any]:
        """For the referee: past every fault."""
        with self.look() as connection:
            return list(connection.exec_driver_sql(sql, tuple(given)))

    @contextmanager
    def look(self) -> Iterator[Connection]:
        with self.reading.connect() as connection:
            yield connection

    def _engine(self, *, writable: bool) -> Engine:
        engine = sqlite_engine(self.path, writable=writable)

        @event.listens_for(engine, "connect")
        def tell_true_time(connection: sqlite3.Connection, _record: object) -> None:
            connection.create_function("julianday", 1, self._julian_day)

        return engine

    def _julian_day(self, _when: str) -> float:
        return _EPOCH_JULIAN + self.clock.now_us() / _US_A_DAY


class SimStore:
    """Implements ``storage.group_commit.Store`` for the writer of one node."""

    def __init__(self, disk: Disk, writer: str) -> None:
        self._disk = disk
        self._store = SqliteStore(disk.path, writer=writer)

    def store(self, stages: Sequence[Stage], number: int, fences: Mapping[int, int]) -> None:
        mood = self._disk.mood
        self._reach()
        if mood.full:
            raise StoreAwayError("database or disk is full")
        if self._disk.fenced and (lost := self._lost(fences)):
            raise FencesLostError(lost)
        if mood.poisonous:
            self._taste(stages)
        self._store.store(stages, number, fences)
        if self._disk.rng.random() < mood.unknown:
            raise StoreAwayError("the connection died during the commit")

    def has_stored(self, number: int) -> bool:
        self._reach()
        return self._store.has_stored(number)

    def highest_number(self) -> int:
        return self._store.highest_number()

    def close(self) -> None:
        self._store.close()

    def _reach(self) -> None:
        if self._disk.mood.away:
            raise StoreAwayError("the database does not answer")

    def _lost(self, fences: Mapping[int, int]) -> list[Fence]:
        marks = ", ".join("?" * len(fences))
        epochs = dict(
            self._store.connection.execute(
                f"SELECT station_id, epoch FROM station_head WHERE station_id IN ({marks})",
                list(fences),
            ).fetchall()
        )
        return [
            Fence(station_id, epoch)
            for station_id, epoch in fences.items()
            if epochs.get(station_id, 0) != epoch
        ]

    def _taste(self, stages: Sequence[Stage]) -> None:
        """Refuse a batch with a poisonous reading, and note whose transaction it is."""
        steps = [step for stage in stages for step in stage]
        for it in _rows_of(steps, "add_sample"):
            if it["id"] // 4_096 % POISON_EVERY == 0:
                began = {one["id"]: one for one in _rows_of(steps, "put_session")}
                number = it["session_id"]
                known = began.get(number, {}).get("transaction_id") or self._transaction(number)
                self._disk.poisoned.add((it["station_id"], known))
                raise UnfitDataError("a poisonous reading")

    def _transaction(self, session_id: int | None) -> str | None:
        asked = "SELECT transaction_id FROM session WHERE id = ?"
        row = self._store.connection.execute(asked, (session_id,)).fetchone()
        return None if row is None else str(row[0])


def _rows_of(steps: Sequence[Step], name: str) -> Iterator[dict[str, Any]]:
    for act, rows in steps:
        if act.name == name:
            names = [column.name for column in act.columns]
            for row in rows:
                yield dict(zip(names, row, strict=True))


class SimReaders:
    """Implements ``storage.readers.Readers`` for one node."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.dead = False

    async def run(self, query: Callable[[Connection], T]) -> T:
        await self._reach()
        with self._disk.reading.connect() as connection:
            return query(connection)

    async def change(self, work: Callable[[Connection], T]) -> T:
        await self._reach()
        if self._disk.mood.full:
            raise StorageAwayError("the database takes nothing now (it is full)")
        with self._disk.changing.begin() as connection:
            return work(connection)

    async def close(self) -> None:
        self.dead = True

    async def _reach(self) -> None:
        """As on PostgreSQL: wait for it as long as anybody may."""
        loop = asyncio.get_running_loop()
        give_up_s = loop.time() + STORAGE_PATIENCE_S
        await asyncio.sleep(self._disk.rng.uniform(*READ_S))
        while self._disk.mood.away and not self.dead and loop.time() < give_up_s:  # noqa: ASYNC110 - a client tries again, nobody tells it
            await asyncio.sleep(LOOK_AGAIN_S)
        if self.dead or self._disk.mood.away:
            raise StorageAwayError("the database does not answer")
