"""The writer of the application: it collects units on the loop and stores them in batches.

Natural batching: while one batch is being stored, units collect; when it ends everything that
waits is the next. ``ThreadWriter`` stores in a thread of its own; ``InlineWriter`` does the
same synchronously in the loop, for simulation, where a thread would not be deterministic.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from ogniwo.app.ports import Fence, RowRefusedError, WriterStoppedError
from ogniwo.base import log
from ogniwo.base.errors import OgniwoError
from ogniwo.storage.batch import StoredRow
from ogniwo.storage.group_commit import Figures, GroupCommit, Outcome, Store, Unit

ROWS_WAITING_MAX: Final = 100_000  # some 150 MB of raw messages; then writers wait for room

_log = log.get("storage")

T = TypeVar("T")


class _Writer:
    """What both writers share; everything here runs on the loop unless it says otherwise."""

    def __init__(
        self,
        store: Store,
        *,
        now_ms: Callable[[], int],
        rows_waiting_max: int = ROWS_WAITING_MAX,
    ) -> None:
        self._store = store
        self._commit = GroupCommit(store, now_ms=now_ms)
        self._rows_waiting_max = rows_waiting_max
        self._units: deque[Unit] = deque()
        self._rows_waiting = 0
        self._room_wanted: deque[asyncio.Future[None]] = deque()
        self._closing = False
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()

    @property
    def figures(self) -> Figures:
        return self._commit.figures

    @property
    def healthy(self) -> bool:
        return self._commit.held_since_ms is None and not self._ended.done()

    @property
    def held_since_ms(self) -> int | None:
        return self._commit.held_since_ms

    @property
    def rows_waiting(self) -> int:
        return self._rows_waiting

    async def write(self, rows: Sequence[StoredRow], *, fence: Fence | None = None) -> None:
        """Cancelled while it waits, the rows may be stored all the same."""
        if not rows:
            return
        while self._rows_waiting >= self._rows_waiting_max and not self._ending:
            await self._room()
        if self._ending:
            raise WriterStoppedError("the writer has ended")
        settled: asyncio.Future[None] = self._loop.create_future()
        self._enqueue(Unit(rows, _settling(settled), fence))
        await settled

    def submit(self, rows: Sequence[StoredRow]) -> bool:
        """Store without waiting, for what may be lost; False: nothing was taken."""
        if self._ending or self._rows_waiting >= self._rows_waiting_max:
            return False
        if rows:
            self._enqueue(Unit(rows, _log_refusal))
        return True

    async def close(self) -> None:
        """Store what waits, then end. What a store that is away will not take fails."""
        self._closing = True
        self._wake()
        await asyncio.shield(self._ended)

    def _wake(self) -> None:
        raise NotImplementedError

    @property
    def _ending(self) -> bool:
        return self._closing or self._ended.done()

    def _enqueue(self, unit: Unit) -> None:
        self._units.append(unit)
        self._rows_waiting += len(unit.rows)
        self._wake()

    async def _room(self) -> None:
        room: asyncio.Future[None] = self._loop.create_future()
        self._room_wanted.append(room)
        await room

    def _take(self) -> list[Unit]:
        """Everything that waits. Called where batches are stored: only the loop adds to it."""
        return [self._units.popleft() for _ in range(len(self._units))]

    def _deliver(self, outcomes: Sequence[Outcome]) -> None:
        for unit, error in outcomes:
            self._rows_waiting -= len(unit.rows)
            unit.settle(error)
        if self._rows_waiting < self._rows_waiting_max:
            self._give_room()

    def _give_room(self) -> None:
        while self._room_wanted:
            room = self._room_wanted.popleft()
            if not room.done():
                room.set_result(None)

    def _end(self, left: Sequence[Unit]) -> None:
        """Nobody waits for ever: whoever was not served is told."""
        if self._ended.done():
            return
        self._ended.set_result(None)
        unserved = [*left, *self._take()]
        self._deliver([(unit, WriterStoppedError("the writer has ended")) for unit in unserved])
        self._give_room()


class ThreadWriter(_Writer):
    """Stores in one thread, which lives from construction to ``close``."""

    def __init__(
        self,
        store: Store,
        *,
        now_ms: Callable[[], int],
        rows_waiting_max: int = ROWS_WAITING_MAX,
    ) -> None:
        super().__init__(store, now_ms=now_ms, rows_waiting_max=rows_waiting_max)
        self._work = threading.Event()
        self._stopping = threading.Event()  # also ends the wait for a store that is away
        self._thread = threading.Thread(target=self._live, name="ogniwo-writer", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        await super().close()
        self._thread.join()

    def _wake(self) -> None:
        if self._closing:
            self._stopping.set()
        if not self._work.is_set():
            self._work.set()

    def _live(self) -> None:
        try:
            self._store_until_closed()
        except BaseException:  # noqa: BLE001 - a thread has nobody else to tell
            _log.exception("writer_failed")  # and ``finally`` tells every waiter
        finally:
            left = self._commit.abandon()
            self._store.close()
            self._on_loop(self._end, left)

    def _store_until_closed(self) -> None:
        while True:
            self._work.wait()
            self._work.clear()
            while units := self._take():
                if not self._store_batch(units):
                    return
            if self._stopping.is_set():
                return

    def _store_batch(self, units: Sequence[Unit]) -> bool:
        """False: the store is away and nobody wants to wait for it any more."""
        self._commit.start(units)
        while (wait_s := self._commit.attempt(self._deliver_on_loop)) is not None:
            if self._stopping.wait(wait_s):
                return self._commit.attempt(self._deliver_on_loop) is None  # one last time
        return True

    def _deliver_on_loop(self, outcomes: Sequence[Outcome]) -> None:
        self._on_loop(self._deliver, outcomes)

    def _on_loop(self, call: Callable[[Sequence[T]], None], argument: Sequence[T]) -> None:
        try:
            self._loop.call_soon_threadsafe(call, argument)
        except RuntimeError:
            return  # the loop was closed without us: nobody is left to tell


class InlineWriter(_Writer):
    """Stores in the loop itself: what one turn of the loop collected is one batch."""

    def __init__(
        self,
        store: Store,
        *,
        now_ms: Callable[[], int],
        rows_waiting_max: int = ROWS_WAITING_MAX,
    ) -> None:
        super().__init__(store, now_ms=now_ms, rows_waiting_max=rows_waiting_max)
        self._turn: asyncio.Handle | None = None
        self._retry: asyncio.TimerHandle | None = None

    def _wake(self) -> None:
        if self._ended.done():
            return
        if self._closing and self._retry is not None:
            self._retry.cancel()
            self._retry = None
            self._turn = self._loop.call_soon(self._go_on)
        elif self._turn is None and self._retry is None:
            self._turn = self._loop.call_soon(self._store_batch)

    def _store_batch(self) -> None:
        if units := self._take():
            self._commit.start(units)
        self._go_on()

    def _go_on(self) -> None:
        self._turn = self._retry = None
        try:
            wait_s = self._commit.attempt(self._deliver)
        except BaseException:  # noqa: BLE001 - a callback of the loop has nobody else to tell
            _log.exception("writer_failed")
            self._give_up()
            return
        if wait_s is None and self._units:
            self._wake()
        elif self._closing:
            self._give_up()
        elif wait_s is not None:
            self._retry = self._loop.call_later(wait_s, self._go_on)

    def _give_up(self) -> None:
        left = self._commit.abandon()
        self._store.close()
        self._end(left)


def _settling(settled: asyncio.Future[None]) -> Callable[[OgniwoError | None], None]:
    def settle(error: OgniwoError | None) -> None:
        if settled.done():
            return  # whoever waited has gone
        if error is None:
            settled.set_result(None)
        else:
            settled.set_exception(error)

    return settle


def _log_refusal(error: OgniwoError | None) -> None:
    if isinstance(error, RowRefusedError):
        _log.warning("row_refused", reason=str(error))
