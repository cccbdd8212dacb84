"""The ports of the application, kept in memory and slowed down where a test wants to look."""

import asyncio
from collections.abc import Collection, Coroutine, Sequence
from types import TracebackType
from typing import Any, cast

from ogniwo.app.ports import (
    Aggregate,
    Claim,
    Fence,
    Records,
    Row,
    TokenChanged,
    TokenRemoved,
)
from ogniwo.domain.access import Token
from ogniwo.domain.station import Station


class Tasks:
    """A ``Spawn`` that owns what it starts: leaving waits for all of it."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self.names: list[str] = []

    def __call__(self, work: Coroutine[object, None, None], *, name: str) -> None:
        self.names.append(name)
        self._group.create_task(cast("Coroutine[Any, Any, None]", work), name=name)

    async def __aenter__(self) -> "Tasks":
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._group.__aexit__(kind, error, trace)


class MemoryRecords:
    """Every read waits for the gate, as a database would take its time."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.stations: dict[str, Aggregate] = {}
        self.claims: dict[str, Claim] = {}  # instead of the usual one that succeeds
        self.tokens: dict[str, Token] = {}
        self.reads: list[list[str]] = []
        self.blocks = 0

    def add(self, *identities: str) -> None:
        for number, identity in enumerate(identities, len(self.stations) + 1):
            self.stations[identity] = Aggregate(station=Station(id=number, identity=identity))

    async def claim(self, identities: Collection[str], *, node: int, seize: bool) -> list[Claim]:
        await self._read(identities)
        return [
            self.claims.get(it) or Claim(identity=it, epoch=1, owner=node, aggregate=aggregate)
            for it in identities
            if (aggregate := self.stations.get(it)) is not None
        ]

    async def find_tokens(self, uids: Collection[str]) -> list[Token]:
        await self._read(uids)
        return [self.tokens[it] for it in uids if it in self.tokens]

    async def reserve_transaction_ids(self, count: int) -> int:
        await self._read([str(count)])
        self.blocks += 1
        return 1 + (self.blocks - 1) * count

    async def _read(self, keys: Collection[str]) -> None:
        self.reads.append(list(keys))
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure

    def as_records(self) -> Records:
        return cast("Records", self)


class MemoryWriter:
    def __init__(self, records: MemoryRecords) -> None:
        self._records = records
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.written: list[Row] = []
        self.fences: list[Fence | None] = []

    async def write(self, rows: Sequence[Row], *, fence: Fence | None = None) -> None:
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        self.fences.append(fence)
        for row in rows:
            self.written.append(row)
            if isinstance(row, Token):
                self._records.tokens[row.uid] = row
            elif isinstance(row, TokenChanged):
                self._records.tokens[row.after.uid] = row.after
            elif isinstance(row, TokenRemoved):
                self._records.tokens.pop(row.uid, None)

    def submit(self, rows: Sequence[Row]) -> bool:
        self.written += rows
        return True
