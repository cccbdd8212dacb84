"""Orders over a real database, with a station whose answers the test gives."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from ogniwo.app.bus import OrderAsked
from ogniwo.app.dispatch import Dispatch
from ogniwo.app.link import Exchanged, Settle
from ogniwo.app.mailbox import Mailboxes
from ogniwo.app.ports import Fence, Row
from ogniwo.app.securing import Securing
from ogniwo.app.stations import StationAdmin
from ogniwo.base.clock import SystemClock
from ogniwo.base.ids import TimeOrderedIds
from ogniwo.base.tasks import Tasks
from ogniwo.base.units import US_PER_MS, Instant, seconds
from ogniwo.domain.commands import Command, CommandState, Outcome, Reply
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.station import Registration, Station
from ogniwo.domain.trace import Answered
from ogniwo.storage.opening import Storage, open_storage

PATIENCE_S = 5.0


class MovingClock(SystemClock):
    def __init__(self) -> None:
        self.ahead_us = 0
        self._set_us = 0  # of it, by somebody who set the wall clock

    def now_us(self) -> Instant:
        return super().now_us() + self.ahead_us

    def now_ms(self) -> int:
        return super().now_ms() + (self.ahead_us - self._set_us) // US_PER_MS

    def advance(self, span_s: float) -> None:
        """Time passes."""
        self.ahead_us += seconds(span_s)

    def set(self, span_s: float) -> None:
        """The wall clock alone shows another time."""
        self.ahead_us += seconds(span_s)
        self._set_us += seconds(span_s)


class GatedWriter:
    """Lets a test look at the moment between a decision and its commit."""

    def __init__(self, storage: Storage) -> None:
        self._writer = storage.writer
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = 0
        self.failures: list[Exception] = []  # one for each of the next writes

    async def write(self, rows: Sequence[Row], *, fence: Fence | None = None) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.waiting += 1
        await self.gate.wait()
        self.waiting -= 1
        await self._writer.write(rows, fence=fence)

    def submit(self, rows: Sequence[Row]) -> bool:
        return self._writer.submit(rows)


class FakeLink:
    """A connected station; ``answers`` holds what it may answer with."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.version = "ocpp1.6"
        self.called: list[AnyOrder] = []
        self.silent = False  # instead of hanging up
        self.answers: asyncio.Queue[Outcome | None] = asyncio.Queue()

    def check(self, order: AnyOrder) -> int:
        return 0

    async def call(
        self, order: AnyOrder, *, command_id: int, timeout_s: float, settle: Settle
    ) -> None:
        self.called.append(order)
        outcome = await self.answers.get()
        await settle(
            Exchanged(
                action="Any",
                message_id=str(command_id),
                sent_at=1,
                latency_us=1,
                call=b"{}",
                answer=None if outcome is None else b"{}",
                answered=Answered.NONE if outcome is None else Answered.RESULT,
                outcome=outcome,
                problem="it hung up" if outcome is None else None,
                timed_out=outcome is None and self.silent,
            )
        )

    def accept(self) -> None:
        self.answers.put_nowait(Outcome(reply=Reply.ACCEPTED, result="Accepted"))


def hash_plainly(identity: str, secret: bytes) -> bytes:
    return identity.encode() + secret


class Desk:
    def __init__(self, storage: Storage, tasks: Tasks) -> None:
        self.clock = MovingClock()
        self.ids = TimeOrderedIds(self.clock.now_us)
        self.storage = storage
        self.tasks = tasks
        self.writer = GatedWriter(storage)
        self.records = storage.records
        self.mailboxes = Mailboxes(self.records, self.writer, tasks)
        self.securing = Securing(
            mailboxes=self.mailboxes,
            records=self.records,
            clock=self.clock,
            ids=self.ids,
            hash_secret=hash_plainly,
        )
        self.dispatch = Dispatch(
            mailboxes=self.mailboxes,
            records=self.records,
            clock=self.clock,
            ids=self.ids,
            spawn=tasks,
            secrets=self.securing,
        )
        self.cut: list[str] = []
        self.stations = StationAdmin(
            mailboxes=self.mailboxes,
            records=self.records,
            models=storage.read_models,
            writer=self.writer,
            clock=self.clock,
            ids=self.ids,
            hash_secret=hash_plainly,
            orders=self.dispatch,
            cut_link=lambda identity, _why: self.cut.append(identity),
            versions=("ocpp1.6", "ocpp2.0.1", "ocpp2.1"),
        )

    async def register(self, identity: str) -> None:
        station = Station(
            id=self.ids.next(), identity=identity, registration=Registration.ACCEPTED, created_at=1
        )
        await self.storage.writer.write([station])

    def connect(self, identity: str) -> FakeLink:
        link = FakeLink(identity)
        self.dispatch.link_ready(link)
        return link

    async def order(self, order: AnyOrder, *, key: str | None = None, to: str = "S") -> Command:
        asked = OrderAsked(identity=to, order=order, author="test", idempotency_key=key)
        return await self.dispatch.order(asked)

    async def state_of(self, command: Command) -> CommandState:
        view = await self.storage.read_models.command(str(command.id))
        assert view is not None
        return CommandState(view.state)

    async def ended(self, command: Command) -> CommandState:
        await self.dispatch.wait(command.id, PATIENCE_S)
        return await self.state_of(command)


@asynccontextmanager
async def desk(directory: Path, *identities: str) -> AsyncIterator[Desk]:
    clock = SystemClock()
    storage = await open_storage(f"sqlite:///{directory / 'desk.db'}", clock=clock, inline=True)
    tasks = Tasks()
    try:
        it = Desk(storage, tasks)
        for identity in identities:
            await it.register(identity)
        yield it
    finally:
        await tasks.stop()
        await storage.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.001)
