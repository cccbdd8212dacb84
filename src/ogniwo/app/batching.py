"""Many single questions of one moment become one query: what a reconnect storm needs."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

from ogniwo.app.ports import Spawn

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

BATCH_MAX = 1_000  # keys in one query: engines limit the number of parameters


class Batched(Generic[K, V]):
    """``get`` waits for the query its key went along with; a key not found gives None."""

    def __init__(
        self,
        load: Callable[[Collection[K]], Awaitable[Mapping[K, V]]],
        spawn: Spawn,
        *,
        name: str,
    ) -> None:
        self._load = load
        self._spawn = spawn
        self._name = name
        self._asked: dict[K, asyncio.Future[V | None]] = {}
        self._running = False

    async def get(self, key: K) -> V | None:
        future = self._asked.get(key)
        if future is None:
            future = self._asked[key] = asyncio.get_running_loop().create_future()
            if not self._running:
                self._running = True
                self._spawn(self._answer_all(), name=self._name)
        return await asyncio.shield(future)  # one asker that gives up takes no one along

    async def _answer_all(self) -> None:
        try:
            while self._asked:
                keys = list(self._asked)[:BATCH_MAX]
                batch = {key: self._asked.pop(key) for key in keys}
                await self._answer(batch)
        finally:
            self._running = False
            for future in self._asked.values():  # only when cancelled: nobody waits for ever
                future.cancel()
            self._asked.clear()

    async def _answer(self, batch: dict[K, asyncio.Future[V | None]]) -> None:
        try:
            found = await self._load(batch.keys())
        except BaseException as error:
            for future in batch.values():
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # whoever asked may be gone; then nobody reads it
            if not isinstance(error, Exception):
                raise
            return
        for key, future in batch.items():
            if not future.done():
                future.set_result(found.get(key))
