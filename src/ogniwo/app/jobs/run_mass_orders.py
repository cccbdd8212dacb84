"""Go on with orders for many stations: note what came of them, give the next, at their pace.

All of it stands in the database: whichever node holds the lease goes on where another ended, and
an order that it gives a second time is the same order.
"""

from collections.abc import Callable
from typing import Final, Protocol

from msgspec.structs import replace

from ogniwo.app.mass_orders import JobBook, job_changed
from ogniwo.app.nodes import Nodes
from ogniwo.app.ports import Row, Writer
from ogniwo.app.views import CommandView
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, RefusedError, UsageError
from ogniwo.base.ids import Ids
from ogniwo.domain.job import Job, JobState, JobStation, StationJobState, after, due, settled
from ogniwo.domain.orders import AnyOrder

EVERY_S: Final = 1.0
LEASE: Final = "mass orders"
LEASE_S: Final = 20.0  # longer than a node that is asked in vain holds one turn up


class Orders(Protocol):
    async def order(
        self,
        identity: str,
        order: AnyOrder,
        *,
        author: str,
        deadline_s: int | None,
        idempotency_key: str | None,
        job_id: int | None,
    ) -> CommandView: ...


class RunMassOrders:
    def __init__(
        self,
        *,
        book: JobBook,
        orders: Orders,
        writer: Writer,
        nodes: Nodes,
        node: int,
        clock: Clock,
        ids: Ids,
        told: Callable[[], None],
    ) -> None:
        """``told``: events were written, and whoever follows them may look."""
        self._book = book
        self._orders = orders
        self._writer = writer
        self._nodes = nodes
        self._node = node
        self._clock = clock
        self._ids = ids
        self._told = told

    async def run(self) -> None:
        jobs = await self._book.running()
        if not jobs or not await self._nodes.take_job(LEASE, self._node, hold_s=LEASE_S):
            return
        for job in jobs:
            await self._go_on(job)

    async def _go_on(self, job: Job) -> None:
        ended = await self._ended(job)
        await self._writer.write(ended)
        now = self._clock.now_us()
        after_ends = after(job, await self._book.counts(job.id), now=now)
        given: list[JobStation] = []
        if after_ends.state is JobState.RUNNING:
            given = await self._give(job)
            await self._writer.write(given)
            after_ends = after(job, await self._book.counts(job.id), now=now)
        if ended or given or after_ends is not job:
            await self._tell(job, after_ends)

    async def _ended(self, job: Job) -> list[JobStation]:
        """Those whose order has ended since."""
        now = self._clock.now_us()
        ordered = await self._book.ordered(job.id)
        found = [(one, settled(one, command, now=now)) for one, command in ordered]
        return [it for one, it in found if it is not one]

    async def _give(self, job: Job) -> list[JobStation]:
        last_at = await self._book.last_ordered_at(job.id)
        count = due(job, last_at, self._clock.now_us())
        if count < 1:
            return []
        waiting = await self._book.waiting(job.id, count)
        return [await self._order(job, identity, one) for identity, one in waiting]

    async def _order(self, job: Job, identity: str, one: JobStation) -> JobStation:
        now = self._clock.now_us()
        try:
            view = await self._orders.order(
                identity,
                job.order,
                author=job.author,
                deadline_s=job.deadline_s,
                idempotency_key=one.key,
                job_id=job.id,
            )
        except (MissingError, RefusedError, UsageError) as error:
            return replace(one, state=StationJobState.FAILED, reason=str(error), at=now)
        return replace(one, state=StationJobState.ORDERED, command_id=int(view.id), at=now)

    async def _tell(self, before: Job, job: Job) -> None:
        rows: list[Row] = []
        now, counts = self._clock.now_us(), await self._book.counts(job.id)
        on_file = await self._book.job(job.id)
        if on_file is None or on_file.state is not JobState.RUNNING:
            return  # somebody stopped it at this moment, and has told so
        if job is not before:
            rows.append(job)
        rows.append(job_changed(job, event_id=self._ids.next(), now=now, counts=counts))
        await self._writer.write(rows)
        self._told()
