"""Background work with an owner: named, its failures logged, awaited at shutdown."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from ogniwo.base import log
from ogniwo.base.errors import InvariantError, OgniwoError

_log = log.get("tasks")


class Tasks:
    """Implements the port ``Spawn``."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[None], None] = {}  # in the order of their beginning

    def __call__(self, work: Coroutine[object, None, None], *, name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running[task] = None
        task.add_done_callback(self._ended)

    def every(self, seconds: float, job: Callable[[], Awaitable[None]], *, name: str) -> None:
        """Run a job again and again; one run that fails is logged and the next one comes.

        What is expected to fail, e.g. while the database is away, is told once in a row.
        """
        self(_repeat(seconds, job, name), name=name)

    async def stop(self) -> None:
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("task_failed", task=task.get_name(), exc_info=error)


async def _repeat(seconds: float, job: Callable[[], Awaitable[None]], name: str) -> None:
    failing = False
    while True:
        await asyncio.sleep(seconds)
        try:
            await job()
            failing = False
        except InvariantError:
            _log.exception("job_failed", job=name)
        except OgniwoError as error:
            if not failing:
                _log.warning("job_failed", job=name, reason=str(error))
            failing = True
        except Exception:  # noqa: BLE001 - the next run may do better
            _log.exception("job_failed", job=name)
