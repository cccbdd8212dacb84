"""Orders as people and programs give them, whichever node has the station; shown as views."""

import asyncio
from collections import OrderedDict
from contextlib import suppress
from typing import Final

from msgspec.structs import replace

from ogniwo.app.bus import CommandTold, OrderAsked
from ogniwo.app.command_book import command_changed
from ogniwo.app.dispatch import command_asked, repeated
from ogniwo.app.ports import Records, RowRefusedError, Writer
from ogniwo.app.read_models import ReadModels
from ogniwo.app.requests import RawAnswer
from ogniwo.app.routing import Routing, UnreachableError
from ogniwo.app.views import CommandView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import InvariantError, MissingError
from ogniwo.base.ids import Ids
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.orders import AnyOrder, RawCall

RAW_DEADLINE_S: Final = 60
LOOK_EVERY_S: Final = 0.5  # while no node tells us how a command goes on
GIVEN_MAX: Final = 10_000  # orders of which we remember who has them


class Orders:
    def __init__(
        self,
        *,
        routing: Routing,
        records: Records,
        models: ReadModels,
        writer: Writer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._routing = routing
        self._records = records
        self._models = models
        self._writer = writer
        self._clock = clock
        self._ids = ids
        self._given: OrderedDict[int, int | None] = OrderedDict()
        self._waiting: set[asyncio.Timeout] = set()

    async def order(
        self,
        identity: str,
        order: AnyOrder,
        *,
        author: str,
        deadline_s: int | None,
        idempotency_key: str | None,
        wait_s: float = 0,
        job_id: int | None = None,
    ) -> CommandView:
        """Stored, and as it is after ``wait_s`` or once it has ended."""
        command = await self._give(
            OrderAsked(
                identity=identity,
                order=order,
                author=author,
                deadline_s=deadline_s,
                idempotency_key=idempotency_key,
                job_id=job_id,
            )
        )
        if wait_s > 0:
            return await self.wait(str(command.id), wait_s)
        return await self._view(str(command.id))

    async def wait(self, command_id: str, timeout_s: float) -> CommandView:
        """The command once it ended, or as it is then, or when we ``close``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as patience:
                self._waiting.add(patience)
                try:
                    return await self._until_ended(command_id, timeout_s)
                finally:
                    self._waiting.discard(patience)
        return await self._view(command_id)

    def close(self) -> None:
        """Whoever waits is told how far it is: nobody shall be cut off in the middle of it."""
        now_s = asyncio.get_running_loop().time()
        for patience in self._waiting:
            patience.reschedule(now_s)

    async def _until_ended(self, command_id: str, timeout_s: float) -> CommandView:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + timeout_s
        await self._told(int(command_id), timeout_s)
        view = await self._view(command_id)
        while view.finished_at is None and (left_s := end_s - loop.time()) > 0:
            await asyncio.sleep(min(LOOK_EVERY_S, left_s))
            view = await self._view(command_id)
        return view

    async def _told(self, number: int, timeout_s: float) -> None:
        """Wait where it was given, once: if its node cannot tell, we look ourselves."""
        if number in self._given:
            await self._routing.wait(number, self._given.pop(number), timeout_s)

    async def raw(
        self, identity: str, action: str, payload: bytes, *, author: str, timeout_s: float
    ) -> RawAnswer:
        asked = OrderAsked(
            identity=identity,
            order=RawCall(action=action, payload=payload),
            author=author,
            deadline_s=RAW_DEADLINE_S,
        )
        command = await self._give(asked)
        await self.wait(str(command.id), timeout_s)
        ended = await self._records.command_by_id(command.id) or command
        failed = ended.state is not CommandState.ACCEPTED
        return RawAnswer(
            state=ended.state.value, payload=ended.answer, error=ended.reason if failed else None
        )

    async def _give(self, asked: OrderAsked) -> Command:
        try:
            answer, node = await self._routing.do(asked)
        except UnreachableError as error:
            return await self._leave(asked, str(error))
        command = answer.command if isinstance(answer, CommandTold) else None
        if command is None:
            raise InvariantError("an order is answered with its command", {"answer": answer})
        self._given[command.id] = node
        if len(self._given) > GIVEN_MAX:
            self._given.popitem(last=False)
        return command

    async def _leave(self, asked: OrderAsked, why: str) -> Command:
        """Store the order where the station's node, or the next one, will find it."""
        found = await self._records.find_credentials([asked.identity])
        if not found:
            raise MissingError("station", asked.identity)
        command = command_asked(
            asked, found[0].station_id, command_id=self._ids.next(), now=self._clock.now_us()
        )
        if (before := await repeated(self._records, command)) is not None:
            return before
        command = replace(command, reason=f"waits: {why}")
        told = command_changed(command, event_id=self._ids.next(), now=self._clock.now_us())
        try:
            await self._writer.write([command, told])
        except RowRefusedError:
            # Of two with one key at one moment the database lets one pass.
            if (before := await repeated(self._records, command)) is None:
                raise
            return before
        return command

    async def _view(self, command_id: str) -> CommandView:
        view = await self._models.command(command_id)
        if view is None:
            raise MissingError("command", command_id)
        return view
