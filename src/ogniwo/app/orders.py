"""Orders as people and programs give them: the dispatch's commands, shown as views."""

from ogniwo.app.dispatch import Dispatch
from ogniwo.app.ports import ReadModels
from ogniwo.app.requests import RawAnswer
from ogniwo.app.views import CommandView
from ogniwo.base.errors import MissingError
from ogniwo.domain.commands import AnyOrder, CommandState, RawCall

RAW_DEADLINE_S = 60


class Orders:
    def __init__(self, dispatch: Dispatch, models: ReadModels) -> None:
        self._dispatch = dispatch
        self._models = models

    async def order(
        self,
        identity: str,
        order: AnyOrder,
        *,
        author: str,
        deadline_s: int | None,
        idempotency_key: str | None,
    ) -> CommandView:
        command = await self._dispatch.order(
            identity, order, author=author, deadline_s=deadline_s, idempotency_key=idempotency_key
        )
        return await self._view(str(command.id))

    async def wait(self, command_id: str, timeout_s: float) -> CommandView:
        if command_id.isdecimal():
            await self._dispatch.wait(int(command_id), timeout_s)
        return await self._view(command_id)

    async def raw(
        self, identity: str, action: str, payload: bytes, *, author: str, timeout_s: float
    ) -> RawAnswer:
        command = await self._dispatch.order(
            identity,
            RawCall(action=action, payload=payload),
            author=author,
            deadline_s=RAW_DEADLINE_S,
        )
        ended = await self._dispatch.wait(command.id, timeout_s) or command
        failed = ended.state is not CommandState.ACCEPTED
        return RawAnswer(
            state=ended.state.value, payload=ended.answer, error=ended.reason if failed else None
        )

    async def _view(self, command_id: str) -> CommandView:
        view = await self._models.command(command_id)
        if view is None:
            raise MissingError("command", command_id)
        return view
