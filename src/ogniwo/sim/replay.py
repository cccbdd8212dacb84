"""A recorded trace, played against any CSMS: every station says again what it said.

One feeder reads the file once more and hands each line to its station's player when its time has
come. Between stations it keeps the order of what depends on one another: cards and the two ends of
transactions. A bounded number of lines waits at any time, so memory does not grow with the trace.
"""

import asyncio
import math
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from ogniwo.base.clock import Clock, SystemClock
from ogniwo.base.errors import UsageError
from ogniwo.base.limits import CALL_TIMEOUT_S
from ogniwo.base.units import MS_PER_SECOND, US_PER_MS, US_PER_SECOND, Instant
from ogniwo.sim.replay_player import Player, Stage
from ogniwo.sim.replay_result import Result
from ogniwo.sim.replay_survey import Survey
from ogniwo.sim.replay_trace import Line, Side
from ogniwo.sim.wire import Dial, WebSocketDial

DOORS: Final = 64  # handshakes at the same time
WAITING_MAX: Final = 1_000  # lines handed to players and not yet played
AS_FAST_AS_POSSIBLE: Final = math.inf

_DECIDING: Final = frozenset(
    {"Authorize", "StartTransaction", "StopTransaction", "TransactionEvent"}
)
_MERE_UPDATE: Final = re.compile(r'"eventType"\s*:\s*"Updated"')


@dataclass(kw_only=True)
class Replay:
    """``run`` once; ``result`` may be read at any time."""

    url: str
    lines: Iterable[tuple[int, Line]]
    survey: Survey  # of the same lines
    speed: float = 1.0  # recorded seconds per second
    names: Mapping[str, str] = field(default_factory=dict)  # recorded identity -> its new one
    prefix: str = ""  # of all who are not in ``names``
    password: str | None = None
    shift_times: bool = False
    patience_s: float = CALL_TIMEOUT_S
    retry_s: float = 1.0
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        self.identities = self._identities()
        self.result = Result(stations=len(self.survey.stations), calls=self.survey.calls)
        self._players: dict[str, Player] = {}
        self._stopped = asyncio.Event()
        self._room = asyncio.Semaphore(WAITING_MAX)
        self._deciding: dict[int, Instant] = {}  # line -> when the recorded one was answered
        self._decided = asyncio.Event()

    async def run(self) -> None:
        headers = {identity: self._headers(identity) for identity in self.identities.values()}
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            await self.play(WebSocketDial(session, self.url, headers))

    async def play(self, dial: Dial) -> None:
        async with asyncio.TaskGroup() as tasks:
            stage = Stage(
                dial=dial,
                doors=asyncio.Semaphore(DOORS),
                tasks=tasks,
                result=self.result,
                shift_s=self._shift_s() if self.shift_times else 0,
                patience_s=self.patience_s,
                retry_s=self.retry_s,
                ended=self._ended,
            )
            for recorded, identity in self.identities.items():
                player = Player(identity, self.survey.stations[recorded], stage)
                self._players[recorded] = player
                tasks.create_task(player.run(), name=f"play {identity}")
            try:
                await self._feed()
            finally:
                for player in self._players.values():
                    player.end()

    def stop(self) -> None:
        """End soon: what is under way is still answered, nothing else is sent."""
        self._stopped.set()
        self._decided.set()
        for player in self._players.values():
            player.leave()

    async def _feed(self) -> None:
        begin_ms = self.clock.now_ms()
        for number, line in self.lines:
            if line.sender is Side.CSMS:
                continue
            await self._due(begin_ms, line.at_us)
            await self._room.acquire()
            if _decides(line):
                await self._turn(number, line)
            if self._stopped.is_set():
                return
            self._players[line.station].put(number, line)

    async def _due(self, begin_ms: int, at_us: Instant) -> None:
        after_ms = (at_us - (self.survey.first_us or 0)) / US_PER_MS / self.speed
        left_s = (begin_ms + after_ms - self.clock.now_ms()) / MS_PER_SECOND
        if left_s <= 0:
            return
        try:
            async with asyncio.timeout(left_s):
                await self._stopped.wait()
        except TimeoutError:
            return

    async def _turn(self, number: int, line: Line) -> None:
        """Who charges where is asked across stations: what was answered before comes before."""
        while any(at <= line.at_us for at in self._deciding.values()):
            self._decided.clear()
            await self._decided.wait()
        self._deciding[number] = line.answered_us

    def _ended(self, number: int) -> None:
        self._room.release()
        if self._deciding.pop(number, None) is not None:
            self._decided.set()

    def _shift_s(self) -> int:
        """The trace begins now; a faster one ends with its replay, so nothing is of the future."""
        survey = self.survey
        now_us = self.clock.now_us()
        spared_us = survey.length_s * max(0.0, 1 - 1 / self.speed) * US_PER_SECOND
        return int(now_us - spared_us - (survey.first_us or now_us)) // US_PER_SECOND

    def _identities(self) -> dict[str, str]:
        unknown = sorted(self.names.keys() - self.survey.stations.keys())
        if unknown:
            raise UsageError(f"--rename names {unknown[0]!r}, which is not in the trace.")
        found = {it: self.names.get(it, self.prefix + it) for it in self.survey.stations}
        if len(set(found.values())) < len(found):
            raise UsageError("--rename gives two stations the same identity.")
        return found

    def _headers(self, identity: str) -> dict[str, str]:
        if self.password is None:
            return {}
        secret = b64encode(f"{identity}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {secret}"}


def _decides(line: Line) -> bool:
    if line.action not in _DECIDING:
        return False
    return '"idToken"' in line.call or _MERE_UPDATE.search(line.call) is None
