"""Questions put to this node: answered many at a time but not without end, each in its own task.

What a handler raises becomes data here. Nothing of ours is told beyond its sentence: a bug's
traceback goes to the log of the node that has it.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from ogniwo.app.bus import Asked, Handle, WaitAsked
from ogniwo.app.ports import Spawn
from ogniwo.base import log
from ogniwo.base.errors import OgniwoError
from ogniwo.bus.envelope import FailureTold, RefusalTold, Told, told_of

QUESTIONS_MAX: Final = 1_024  # some 10 MB of tasks; a healthy node answers that many in a second
WAITS_MAX: Final = 4_096  # they only sit there, and must not keep orders out

ENDING: Final = FailureTold("it is ending")
_BUG: Final = FailureTold("an error of its own stopped it; its log tells which")
_BUSY: Final = RefusalTold(
    "node_busy",
    "the node that has the station has too much to do and takes no more questions: "
    "nothing was done, try again in a few seconds",
)

_log = log.get("bus")

Respond = Callable[[Told], None]


async def answered(handle: Handle, asked: Asked) -> Told:
    """What the handler says, or the error it raised, as data."""
    try:
        return await handle(asked)
    except OgniwoError as error:
        told = told_of(error)
        if told is None:
            _log.exception("bus_question_failed", question=type(asked).__name__)
        return told or _BUG
    except Exception:  # noqa: BLE001 - the asker is told, the bus goes on
        _log.exception("bus_question_failed", question=type(asked).__name__)
        return _BUG


class Questions:
    def __init__(
        self, spawn: Spawn, *, questions_max: int = QUESTIONS_MAX, waits_max: int = WAITS_MAX
    ) -> None:
        self._spawn = spawn
        self._limits = {False: questions_max, True: waits_max}
        self._open: dict[bool, set[Respond]] = {False: set(), True: set()}  # by: is it a wait
        self._none_open = asyncio.Event()
        self._none_open.set()

    def take(self, handle: Handle, asked: Asked, respond: Respond) -> bool:
        """``respond`` is called once, whatever happens. False: this node takes no more now."""
        waits = isinstance(asked, WaitAsked)
        under_way = self._open[waits]
        if len(under_way) >= self._limits[waits]:
            respond(_BUSY)
            return False
        under_way.add(respond)
        self._none_open.clear()
        self._spawn(self._answer(handle, asked, respond), name=f"question {_name(asked)}")
        return True

    async def _answer(self, handle: Handle, asked: Asked, respond: Respond) -> None:
        told: Told = ENDING  # what is said when this task is cancelled
        try:
            told = await answered(handle, asked)
        finally:
            self._settle(isinstance(asked, WaitAsked), respond, told)

    def _settle(self, waits: bool, respond: Respond, told: Told) -> None:  # noqa: FBT001 - the key of _open
        if respond not in self._open[waits]:
            return  # the node is ending, and said so
        self._open[waits].discard(respond)
        if not any(self._open.values()):
            self._none_open.set()
        respond(told)

    async def end(self, *, grace_s: float) -> None:
        """Those under way may finish for a moment; who asked the others is told at once."""
        try:
            async with asyncio.timeout(grace_s):
                await self._none_open.wait()
        except TimeoutError:
            for waits, under_way in self._open.items():
                for respond in list(under_way):
                    self._settle(waits, respond, ENDING)


def _name(asked: Asked) -> str:
    return str(asked.__struct_config__.tag)
