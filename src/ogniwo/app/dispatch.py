"""The only door out for orders: stored, sent one at a time, answered, and checked for effect.

An order to an absent station waits until its deadline. How orders go out is in ``sending``,
whose orders are looked after here in ``adoption``, how they are written in ``command_book``.
"""

from collections.abc import Callable

from ogniwo.app.adoption import Adoption
from ogniwo.app.bus import OrderAsked
from ogniwo.app.command_book import CommandBook, Secrets
from ogniwo.app.link import StationLink
from ogniwo.app.mailbox import Mailboxes
from ogniwo.app.open_commands import OpenCommands
from ogniwo.app.ports import Records, RowRefusedError, Spawn
from ogniwo.app.readying import readied
from ogniwo.app.sending import Sending
from ogniwo.base.clock import Clock
from ogniwo.base.errors import RefusedError, UsageError
from ogniwo.base.ids import Ids
from ogniwo.base.limits import COMMAND_DEADLINE_S, COMMAND_DEADLINE_S_MAX
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.orders.order import as_asked


class Dispatch:
    def __init__(
        self,
        *,
        mailboxes: Mailboxes,
        records: Records,
        clock: Clock,
        ids: Ids,
        spawn: Spawn,
        secrets: Secrets,
        located: Callable[[AnyOrder, int], AnyOrder] = lambda order, _command_id: order,
    ) -> None:
        """``located``: the order as it goes out, with the address where its file shall come."""
        self._mailboxes = mailboxes
        self._records = records
        self._clock = clock
        self._ids = ids
        self._open = OpenCommands(clock)
        self._book = CommandBook(
            mailboxes=mailboxes, open_commands=self._open, secrets=secrets, clock=clock, ids=ids
        )
        self._sending = Sending(
            book=self._book,
            open_commands=self._open,
            mailboxes=mailboxes,
            records=records,
            clock=clock,
            ids=ids,
            spawn=spawn,
            located=located,
        )
        self._adoption = Adoption(
            book=self._book,
            open_commands=self._open,
            sending=self._sending,
            mailboxes=mailboxes,
            records=records,
            clock=clock,
            spawn=spawn,
        )
        mailboxes.watch(self._command_written, Command)
        mailboxes.watch_claims(self._adoption.station_brought, self.forget)

    async def order(self, wanted: OrderAsked) -> Command:
        """Store an order and start it.

        Errors: MissingError, RefusedError, UsageError, ElsewhereError, MailboxSpoiltError.
        """
        mailbox = await self._mailboxes.hold(wanted.identity)
        try:
            station_id = mailbox.state.station.id
            now = self._clock.now_us()
            asked = command_asked(wanted, station_id, command_id=self._ids.next(), now=now)
            if (before := await repeated(self._records, asked)) is not None:
                return before
            asked = await readied(self._records, asked)
            await self._sending.check_limits(wanted.identity, asked)
            try:
                return await self._sending.take(mailbox, asked)
            except RowRefusedError:
                # Of two with one key at one moment the database lets one pass.
                if (before := await repeated(self._records, asked)) is None:
                    raise
                return before
        finally:
            self._mailboxes.release(mailbox)

    async def wait(self, command_id: int, timeout_s: float) -> Command | None:
        """The command once it ended, or as it is then; None: it is not looked after here."""
        return await self._open.wait(command_id, timeout_s)

    async def take_up(self, *, node: int, unowned: bool) -> None:
        """Look after orders that nobody told us of; called every other second.

        Those left in the database while the bus was away and, with ``unowned``, those of
        stations whose node has ended.
        """
        await self._adoption.take_up(node=node, unowned=unowned)

    async def expire(self) -> None:
        """End what waited too long; called every second or so."""
        await self._adoption.expire()

    def link_ready(self, link: StationLink) -> None:
        """The station may be called: its boot is answered, or it goes on without one."""
        self._sending.link_ready(link)

    def link_gone(self, link: StationLink) -> None:
        self._sending.link_gone(link)

    def withdrawn(self, identity: str) -> list[Command]:
        """What the station's open commands become when it is removed."""
        reason = "the station was removed"
        return [
            self._book.ended(command, CommandState.FAILED, reason)
            for command in self._open.of(identity)
        ]

    def forget(self, identity: str) -> None:
        """The station was removed, or is another node's: nothing is sent to it from here."""
        self._sending.forget(identity)
        for command in self._open.of(identity):
            self._open.drop(command.id)

    def _command_written(self, state: StationState, row: DomainRow) -> None:
        """One that is new and waits takes its turn, whether a person or a decision gave it."""
        if not isinstance(row, Command):
            return
        identity = state.station.identity
        waits = row.state is CommandState.QUEUED and row.id not in self._open
        self._open.note(identity, row)
        if waits:
            self._sending.put(identity, row)
            self._sending.start(identity)


def command_asked(asked: OrderAsked, station_id: int, *, command_id: int, now: Instant) -> Command:
    """The record an order begins with. Errors: UsageError."""
    wait_s = COMMAND_DEADLINE_S if asked.deadline_s is None else asked.deadline_s
    if not 0 < wait_s <= COMMAND_DEADLINE_S_MAX:
        raise UsageError(f"deadline_s must lie between 1 and {COMMAND_DEADLINE_S_MAX}")
    return Command(
        id=command_id,
        station_id=station_id,
        order=asked.order,
        state=CommandState.QUEUED,
        author=asked.author,
        created_at=now,
        deadline_at=now + seconds(wait_s),
        idempotency_key=asked.idempotency_key,
        job_id=asked.job_id,
    )


async def repeated(records: Records, asked: Command) -> Command | None:
    """The first command of this key. Errors: RefusedError, the key was for another order."""
    if asked.idempotency_key is None:
        return None
    before = await records.find_command(asked.author, asked.idempotency_key)
    if before is None:
        return None
    same = before.station_id == asked.station_id and as_asked(before.order) == as_asked(asked.order)
    if not same:
        raise RefusedError(
            "key_reused",
            f"the idempotency key {asked.idempotency_key!r} stands for another order: "
            "use a new key for each order",
        )
    return before
