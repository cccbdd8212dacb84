"""A node's storage on the simulated disk: its writer in its own time, its number, its readers."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from random import Random
from typing import Final

from sqlalchemy import Connection

from ogniwo.app.nodes import Node, Nodes
from ogniwo.app.ports import Fence, WriterStoppedError
from ogniwo.base.clock import Clock
from ogniwo.base.units import seconds
from ogniwo.storage.batch import StoredRow
from ogniwo.storage.driver_records import SqlDriverRecords
from ogniwo.storage.group_commit import Outcome
from ogniwo.storage.nodes import BEAT, LEASE_S, LEAVE, LET_GO, LIVING, SoleNode
from ogniwo.storage.opening import Storage
from ogniwo.storage.people import SqlPeople
from ogniwo.storage.read_models import SqlReadModels
from ogniwo.storage.records import TOKENS_USED, SqlRecords
from ogniwo.storage.retention import FileRetention
from ogniwo.storage.writer import InlineWriter
from tests.simulation.disk import Disk, SimReaders, SimStore

BATCH_S: Final = (0.0005, 0.01)  # from the first unit of a batch to its commit
TOLD_S: Final = (0.0001, 0.005)  # from the commit to its being known


class SimWriter(InlineWriter):
    """A commit takes time, and between it and its being known there is time to die."""

    def __init__(self, disk: Disk, name: str, clock: Clock) -> None:
        super().__init__(SimStore(disk, name), now_ms=clock.now_ms)
        self._rng = Random(disk.rng.getrandbits(64))
        self.dead = False
        self.stored: Callable[[], None] = lambda: None  # told when something is, and nobody knows

    async def write(self, rows: Sequence[StoredRow], *, fence: Fence | None = None) -> None:
        if self.dead:
            raise WriterStoppedError("the process is dead")
        await super().write(rows, fence=fence)

    def submit(self, rows: Sequence[StoredRow]) -> bool:
        return not self.dead and super().submit(rows)

    def _wake(self) -> None:
        if self._closing or self._turn is not None or self._retry is not None:
            super()._wake()
        elif not self.dead:
            self._turn = self._loop.call_later(self._rng.uniform(*BATCH_S), self._store_batch)

    def _store_batch(self) -> None:
        if not self.dead:
            super()._store_batch()

    def _go_on(self) -> None:
        if not self.dead:
            super()._go_on()

    def _deliver(self, outcomes: Sequence[Outcome]) -> None:
        self.stored()
        self._loop.call_later(self._rng.uniform(*TOLD_S), self._tell, outcomes)

    def _tell(self, outcomes: Sequence[Outcome]) -> None:
        if not self.dead:
            super()._deliver(outcomes)

    def die(self) -> None:
        """What was waiting is lost with the process; who waits in it is told, to be gone too."""
        self.dead = True
        left = [*self._commit.abandon(), *self._take()]
        for unit in left:
            unit.settle(WriterStoppedError("the process is dead"))


class SimRecords(SqlRecords):
    """Holding tokens is said in PostgreSQL's words; here is the same in SQLite's."""

    def __init__(self, readers: SimReaders, writer: SimWriter, *, alone: bool) -> None:
        super().__init__(readers, writer, alone=alone)
        self._disk_readers = readers
        self._sole = alone

    async def hold_tokens(
        self, wanted: Collection[tuple[str, int]], *, hold_s: float
    ) -> list[tuple[str, int]]:
        if self._sole:
            return await super().hold_tokens(wanted, hold_s=hold_s)
        return await self._disk_readers.change(partial(_hold, wanted=wanted, hold_s=hold_s))


_HOLD: Final = (
    "INSERT INTO token_hold (uid, station_id, until) VALUES (?, ?, {now} + ?)"
    " ON CONFLICT (uid) DO UPDATE SET station_id = excluded.station_id, until = excluded.until"
    " WHERE token_hold.station_id = excluded.station_id OR token_hold.until <= {now}"
    " RETURNING uid"
).format(now="CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)")


def _hold(
    connection: Connection, wanted: Collection[tuple[str, int]], hold_s: float
) -> list[tuple[str, int]]:
    by_uid = dict(wanted)
    others = [
        uid
        for uid, station_id in by_uid.items()
        if not connection.exec_driver_sql(_HOLD, (uid, station_id, seconds(hold_s))).fetchall()
    ]
    used = connection.execute(TOKENS_USED, {"uids": sorted(by_uid)})
    return [*((row.token_uid, row.id) for row in used), *((uid, 0) for uid in others)]


_FREE_NUMBER: Final = (
    "WITH RECURSIVE numbers (number) AS"
    " (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 64)"
    " SELECT numbers.number FROM numbers LEFT JOIN node ON node.number = numbers.number"
    " WHERE coalesce(node.alive_until, 0) <= ?"
    " ORDER BY coalesce(node.alive_until, 0), numbers.number LIMIT 1"
)
_JOIN: Final = (
    "INSERT INTO node (number, name, role, started_at, alive_until) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (number) DO UPDATE SET name = excluded.name, role = excluded.role,"
    " started_at = excluded.started_at, alive_until = excluded.alive_until"
)
_TAKE_JOB: Final = (
    "INSERT INTO job_lease (name, owner, until) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until"
    " WHERE job_lease.owner = excluded.owner OR job_lease.until <= ? RETURNING owner"
)


class SimNodes:
    """Implements the port ``Nodes``; the statements that are PostgreSQL's alone said anew."""

    def __init__(self, disk: Disk, readers: SimReaders) -> None:
        self._clock = disk.clock  # of the database
        self._readers = readers
        self._started_at = 0

    async def join(self, name: str, role: str) -> int:
        now = self._started_at = self._clock.now_us()

        def work(connection: Connection) -> int:
            number = int(connection.exec_driver_sql(_FREE_NUMBER, (now,)).scalar_one())
            connection.execute(LET_GO, {"of_number": number})
            given = (number, name, role, now, now + seconds(LEASE_S))
            connection.exec_driver_sql(_JOIN, given)
            return number

        return await self._readers.change(work)

    async def beat(self, number: int) -> bool:
        given = {"of_number": number, "of_start": self._started_at}
        return await self._readers.change(lambda it: it.execute(BEAT, given).first() is not None)

    async def leave(self, number: int) -> None:
        given = {"of_number": number, "of_start": self._started_at}

        def work(connection: Connection) -> None:
            if connection.execute(LEAVE, given).first() is not None:
                connection.execute(LET_GO, {"of_number": number})

        await self._readers.change(work)

    async def nodes(self) -> list[Node]:
        return await self._readers.run(
            lambda it: [Node(**row) for row in it.execute(LIVING).mappings()]
        )

    async def take_job(self, name: str, number: int, *, hold_s: float) -> bool:
        now = self._clock.now_us()
        given = (name, number, now + seconds(hold_s), now)
        return await self._readers.change(
            lambda it: it.exec_driver_sql(_TAKE_JOB, given).first() is not None
        )


async def open_storage(
    disk: Disk, readers: SimReaders, name: str, clock: Clock, *, alone: bool
) -> Storage:
    writer = SimWriter(disk, name, clock)
    nodes: Nodes = SoleNode(clock.now_us) if alone else SimNodes(disk, readers)
    return Storage(
        writer=writer,
        records=SimRecords(readers, writer, alone=alone),
        read_models=SqlReadModels(readers),
        people=SqlPeople(readers),
        drivers=SqlDriverRecords(readers),
        nodes=nodes,
        retention=FileRetention(readers, clock),
        closing=(writer.close, readers.close),
    )
