"""How the system itself is: this process, the others, the database and the way to it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from ogniwo.app.backups import BackupView
from ogniwo.app.bus import Bus
from ogniwo.app.nodes import Nodes
from ogniwo.app.ports import Presence
from ogniwo.base.clock import Clock
from ogniwo.base.units import from_instant


class DatabaseView(Struct, frozen=True, kw_only=True):
    kind: str  # sqlite or postgresql
    schema: str
    size_bytes: int


class NodeView(Struct, frozen=True, kw_only=True):
    """A process of the system; it counts as dead when its lease is over."""

    number: int
    name: str
    role: str
    started_at: datetime
    lease_until: datetime
    this: bool  # the one that answers


class WriterView(Struct, frozen=True, kw_only=True):
    """What writes for this process; counts are since its start."""

    healthy: bool
    rows_waiting: int
    commits: int
    rows_written: int
    commit_ms_mean: float | None


class SystemView(Struct, frozen=True, kw_only=True):
    version: str
    at: datetime
    started_at: datetime
    nodes: list[NodeView]
    database: DatabaseView
    backup: BackupView
    writer: WriterView
    bus_connected: bool
    live_clients: int  # of this process
    links: int  # stations connected to this process
    disk_free_bytes: int | None


class WriterFigures(Protocol):
    @property
    def batches(self) -> int: ...

    @property
    def rows(self) -> int: ...

    @property
    def commit_s_sum(self) -> float: ...


class MeasuredWriter(Protocol):
    @property
    def figures(self) -> WriterFigures: ...

    @property
    def rows_waiting(self) -> int: ...

    @property
    def healthy(self) -> bool: ...


class System:
    def __init__(  # noqa: PLR0913 - each is another part of it
        self,
        *,
        version: str,
        node: int,
        nodes: Nodes,
        writer: MeasuredWriter,
        database: Callable[[], Awaitable[DatabaseView]],
        backup: Callable[[], Awaitable[BackupView]],
        bus: Bus,
        presence: Presence,
        clock: Clock,
        disk_free: Callable[[], int | None],
    ) -> None:
        self._version = version
        self._node = node
        self._nodes = nodes
        self._writer = writer
        self._database = database
        self._backup = backup
        self._bus = bus
        self._presence = presence
        self._clock = clock
        self._disk_free = disk_free
        self._started_at = clock.now_us()

    async def now(self, live_clients: int) -> SystemView:
        return SystemView(
            version=self._version,
            at=from_instant(self._clock.now_us()),
            started_at=from_instant(self._started_at),
            nodes=[
                NodeView(
                    number=it.number,
                    name=it.name,
                    role=it.role,
                    started_at=from_instant(it.started_at),
                    lease_until=from_instant(it.alive_until),
                    this=it.number == self._node,
                )
                for it in await self._nodes.nodes()
            ],
            database=await self._database(),
            backup=await self._backup(),
            writer=self._writer_now(),
            bus_connected=self._bus.away_since_ms is None,
            live_clients=live_clients,
            links=self._presence.connected_count(),
            disk_free_bytes=self._disk_free(),
        )

    def _writer_now(self) -> WriterView:
        figures = self._writer.figures
        mean_s = figures.commit_s_sum / figures.batches if figures.batches else None
        return WriterView(
            healthy=self._writer.healthy,
            rows_waiting=self._writer.rows_waiting,
            commits=figures.batches,
            rows_written=figures.rows,
            commit_ms_mean=None if mean_s is None else round(mean_s * 1_000, 3),
        )
