"""PostgreSQL as the writer's store: its transactions, and what is known when one breaks off.

Used by one thread, with an event loop of its own there (uvloop's: the fewer its steps, the fewer
times the thread must win back the interpreter from a busy loop). The usual batch is one statement,
which is a transaction by itself; one with removals is a transaction of several.
"""

import asyncio
import secrets
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final, TypeVar

import asyncpg
import uvloop

from ogniwo.app.ports import Fence
from ogniwo.storage.batch import Stage
from ogniwo.storage.faults import FencesLostError, StoreAwayError, UnfitDataError
from ogniwo.storage.pg_faults import FAILURES, fault_of, is_outdated, told_of
from ogniwo.storage.pg_session import PgSession, open_session
from ogniwo.storage.pg_stages import PgStage, pg_stage
from ogniwo.storage.pg_statements import EXACT_MARK, FENCE_MARK

T = TypeVar("T")

_IS_REMEMBERED: Final = "SELECT 1 FROM writer_batch WHERE writer = $1 AND number = $2"
_LOST: Final = (
    "SELECT given.station_id, given.epoch"
    " FROM unnest($1::bigint[], $2::bigint[]) AS given (station_id, epoch)"
    " LEFT JOIN station_head AS head USING (station_id)"
    " WHERE head.epoch IS DISTINCT FROM given.epoch"
)
_FORGET_OWN: Final = "DELETE FROM writer_batch WHERE writer = $1"


class _UnmetError(Exception):
    """What must hold did not, so nothing of the batch was stored; ``mark`` says which it was."""

    def __init__(self, mark: str) -> None:
        super().__init__(mark)
        self.mark = mark


class PgStore:
    """A name for each run, under which its batches are numbered from 1."""

    def __init__(self, url: str, *, writer: str | None = None) -> None:
        self.writer = writer or f"ogniwo-writer-{secrets.token_hex(8)}"
        self._url = url
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._session: PgSession | None = None

    def store(self, stages: Sequence[Stage], number: int, fences: Mapping[int, int]) -> None:
        last = len(stages) - 1
        given = [
            pg_stage(stage, fences if position == 0 else {}, numbered=position == last)
            for position, stage in enumerate(stages)
        ]
        self._run(self._store(given, number, fences))

    def has_stored(self, number: int) -> bool:
        """Certain: a new connection begins with the end of what still runs for the one before."""
        return self._run(self._has_stored(number))

    def highest_number(self) -> int:
        return 0

    def close(self) -> None:
        try:
            self._run(self._close())
        except StoreAwayError:
            return  # whoever is not there needs no farewell
        finally:
            self._runner.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._runner.run(work)
        except FAILURES as error:
            raise StoreAwayError(told_of(error)) from error

    async def _store(
        self, given: Sequence[PgStage], number: int, fences: Mapping[int, int]
    ) -> None:
        session = await self._opened()
        try:
            if len(given) == 1:
                await self._store_stage(session, given[0], number)
            else:
                await self._store_stages(session, given, number)
        except _UnmetError as error:
            if error.mark == EXACT_MARK:
                raise UnfitDataError("a row that is to change is not on file") from error
            raise await self._fences_lost(session, fences) from error
        except FAILURES as error:
            if is_outdated(error):
                await session.close()
            raise fault_of(error) from error

    async def _store_stages(
        self, session: PgSession, given: Sequence[PgStage], number: int
    ) -> None:
        await session.execute("BEGIN")
        try:
            for stage in given:
                await self._store_stage(session, stage, number)
        except (*FAILURES, _UnmetError):
            if not session.closed:
                await session.execute("ROLLBACK")
            raise
        await session.execute("COMMIT")

    async def _store_stage(self, session: PgSession, stage: PgStage, number: int) -> None:
        parameters = stage.parameters(session.whole_rows)
        if stage.shape.numbered:
            parameters += [stage.fenced, stage.exact, self.writer, number]
        try:
            fenced, matched = await session.run(stage.shape, parameters)
        except asyncpg.NotNullViolationError as error:
            if error.table_name == "writer_batch":
                raise _UnmetError(error.column_name) from error
            raise
        if fenced != stage.fenced:
            raise _UnmetError(FENCE_MARK)
        if matched != stage.exact:
            raise _UnmetError(EXACT_MARK)

    async def _fences_lost(
        self, session: PgSession, fences: Mapping[int, int]
    ) -> FencesLostError | StoreAwayError:
        """An epoch only grows, so what was lost when the batch was undone is so now."""
        rows = await session.rows(_LOST, list(fences), list(fences.values()))
        if not rows:
            return StoreAwayError("an epoch went back")
        return FencesLostError({Fence(*row) for row in rows})

    async def _has_stored(self, number: int) -> bool:
        session = await self._opened()
        return bool(await session.rows(_IS_REMEMBERED, self.writer, number))

    async def _close(self) -> None:
        if self._session is not None and not self._session.closed:
            await self._session.rows(_FORGET_OWN, self.writer)
            await self._session.close()

    async def _opened(self) -> PgSession:
        if self._session is None or self._session.closed:
            self._session = None
            self._session = await open_session(self._url, self.writer)
        return self._session
