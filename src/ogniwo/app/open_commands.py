"""The commands that this node looks after and that have not ended, and who waits for them.

Until when a command may wait is told in wall time and kept in the machine's own, so that a clock
that is set neither ends an order early nor keeps one for hours.
"""

import asyncio
from collections.abc import Iterator

from ogniwo.base.clock import Clock
from ogniwo.base.units import US_PER_MS
from ogniwo.domain.commands import Command


class OpenCommands:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_id: dict[int, tuple[str, Command]] = {}  # with the station's identity
        self._due: dict[int, tuple[int, int]] = {}  # until when it waits: wall time, and now_ms
        self._by_station: dict[str, set[int]] = {}
        self._waiters: dict[int, list[asyncio.Future[Command | None]]] = {}

    def __contains__(self, command_id: int) -> bool:
        return command_id in self._by_id

    def __iter__(self) -> Iterator[int]:
        return iter(list(self._by_id))

    def get(self, command_id: int) -> tuple[str, Command] | None:
        return self._by_id.get(command_id)

    def of(self, identity: str) -> list[Command]:
        return [self._by_id[it][1] for it in sorted(self._by_station.get(identity, ()))]

    def is_due(self, command: Command) -> bool:
        """Its deadline is over, or the time in which its effect was to be seen."""
        due = self._due.get(command.id)
        return due is not None and due[1] <= self._clock.now_ms()

    def note(self, identity: str, command: Command) -> None:
        """The command is now as given; whoever waits for one that ended learns it."""
        if not command.ended:
            self._by_id[command.id] = (identity, command)
            self._note_due(command)
            self._by_station.setdefault(identity, set()).add(command.id)
            return
        self._remove(command.id)
        self._tell(command.id, command)

    def drop(self, command_id: int) -> None:
        """It is another node's now, or ended there."""
        self._remove(command_id)
        self._tell(command_id, None)

    async def wait(self, command_id: int, timeout_s: float) -> Command | None:
        """The command once it ended, or as it is then; None: it is not looked after here."""
        if command_id not in self._by_id:
            return None
        future: asyncio.Future[Command | None] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(command_id, []).append(future)
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            known = self._by_id.get(command_id)
            return None if known is None else known[1]
        finally:
            waiting = self._waiters.get(command_id)
            if waiting is not None and future in waiting:
                waiting.remove(future)
                if not waiting:
                    del self._waiters[command_id]

    def _note_due(self, command: Command) -> None:
        until = command.deadline_at if command.effect_by is None else command.effect_by
        known = self._due.get(command.id)
        if known is not None and known[0] == until:
            return
        left_us = until - self._clock.now_us()
        if command.effect_by is None:  # read from a database, the clock having been set back
            left_us = min(left_us, command.deadline_at - command.created_at)
        self._due[command.id] = (until, self._clock.now_ms() - -left_us // US_PER_MS)

    def _remove(self, command_id: int) -> None:
        known = self._by_id.pop(command_id, None)
        self._due.pop(command_id, None)
        if known is None:
            return
        ids = self._by_station[known[0]]
        ids.discard(command_id)
        if not ids:
            del self._by_station[known[0]]

    def _tell(self, command_id: int, command: Command | None) -> None:
        for future in self._waiters.pop(command_id, ()):
            if not future.done():
                future.set_result(command)
