"""The only door out for orders: stored, sent one at a time, answered, and checked for effect.

An order to an absent station waits until its deadline. Sending and its answer are two items
in the station's mailbox; between them nobody waits in it. A node looks after the orders of the
stations it has claimed: it takes them over with the claim and lets them go with it.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from msgspec.structs import replace

from ogniwo.app.bus import OrderAsked
from ogniwo.app.link import Exchanged, StationLink
from ogniwo.app.mailbox import ElsewhereError, Mailbox, Mailboxes, MailboxSpoiltError
from ogniwo.app.open_commands import OpenCommands
from ogniwo.app.outbox import Outbox
from ogniwo.app.ports import Aggregate, Records, RowRefusedError, Spawn
from ogniwo.app.readying import readied
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, OgniwoError, RefusedError, UsageError
from ogniwo.base.ids import Ids
from ogniwo.base.limits import (
    CALL_TIMEOUT_S,
    COMMAND_DEADLINE_S,
    COMMAND_DEADLINE_S_MAX,
)
from ogniwo.base.units import Instant, seconds
from ogniwo.domain import settling
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.effects import not_applied
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.holdings import Holding, Kind
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.orders.order import Known, as_asked
from ogniwo.domain.trace import Direction, Message

WAITING_FOR_STATION: Final = "the station is not connected: the order waits until its deadline"

_log = log.get("app.dispatch")


class Dispatch:
    def __init__(
        self,
        *,
        mailboxes: Mailboxes,
        records: Records,
        clock: Clock,
        ids: Ids,
        spawn: Spawn,
        located: Callable[[AnyOrder, int], AnyOrder] = lambda order, _command_id: order,
    ) -> None:
        """``located``: the order as it goes out, with the address where its file shall come."""
        self._located = located
        self._mailboxes = mailboxes
        self._records = records
        self._clock = clock
        self._ids = ids
        self._spawn = spawn
        self._links: dict[str, StationLink] = {}  # those that may be called now
        self._outboxes: dict[str, Outbox] = {}
        self._open = OpenCommands(clock)
        mailboxes.watch(self._command_written, Command)
        mailboxes.watch_claims(self._station_brought, self.forget)

    async def take_up(self, *, node: int, unowned: bool) -> None:
        """Look after orders that nobody told us of; called every other second.

        Those left in the database while the bus was away and, with ``unowned``, those of
        stations whose node has ended.
        """
        for identity, command in await self._records.open_commands(node=node, unowned=unowned):
            if command.id not in self._open:
                await self._take_up(identity, command.id)

    async def _take_up(self, identity: str, command_id: int) -> None:
        try:
            async with self._mailboxes.turn(identity):
                # Read again: within the turn nobody else ends it, and what ended stays ended.
                command = await self._records.command_by_id(command_id)
                if command is not None and not command.ended:
                    self._adopt(identity, command)
        except (MissingError, ElsewhereError, MailboxSpoiltError):
            return

    def _station_brought(self, mailbox: Mailbox, aggregate: Aggregate) -> None:
        """What is on file is true: an owner between may have ended or sent what waited here."""
        identity = mailbox.identity
        on_file = {command.id for command in aggregate.open_commands}
        outbox = self._outboxes.get(identity)
        for known in self._open.of(identity):
            if known.id not in on_file:
                self._open.drop(known.id)
                if outbox is not None:
                    outbox.remove(known.id)
        for command in aggregate.open_commands:
            self._adopt(identity, command)

    def _adopt(self, identity: str, command: Command) -> None:
        known = self._open.get(command.id)
        if known is not None and known[1].state is command.state:
            return  # ours all along
        if known is not None and (outbox := self._outboxes.get(identity)) is not None:
            outbox.remove(command.id)
        self._open.note(identity, command)
        if command.state is CommandState.QUEUED:
            self._outbox(identity).put(command)
            self._start_pump(identity)
        elif command.state is CommandState.SENT:
            self._spawn(self._node_lost(identity, command), name=f"node lost {identity}")

    async def _node_lost(self, identity: str, command: Command) -> None:
        """Whoever sent it did not live to hear the answer."""
        lost = settling.node_lost(command, now=self._clock.now_us())
        try:
            async with self._mailboxes.turn(identity) as mailbox:
                known = self._open.get(command.id)
                if known is None or known[1].state is not CommandState.SENT:
                    return
                await self._commit(mailbox, lost)
        except OgniwoError as error:  # ``expire`` comes back to it
            _log.error("not_taken_over", station=identity, command=command.id, reason=str(error))
            return
        if lost.state is CommandState.QUEUED:
            self._outbox(identity).put(lost)
            self._start_pump(identity)

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
            await self._check_limits(wanted.identity, asked)
            try:
                return await self._take(mailbox, asked)
            except RowRefusedError:
                # Of two with one key at one moment the database lets one pass.
                if (before := await repeated(self._records, asked)) is None:
                    raise
                return before
        finally:
            self._mailboxes.release(mailbox)

    async def _take(self, mailbox: Mailbox, asked: Command) -> Command:
        """Store it, and send it when its turn comes: at once when nothing else is under way."""
        identity = mailbox.identity
        known = await self._known(mailbox.state, asked.order)
        outbox = self._outbox(identity)
        idle = False
        try:
            with outbox.place():
                link = self._links.get(identity)
                self._check(mailbox.state, asked.order, known, link)
                idle = link is not None and not outbox.pumping and not outbox
                if idle:
                    outbox.pumping = True
                    asked = replace(asked, state=CommandState.SENT, sent_at=asked.created_at)
                elif link is None:
                    asked = replace(asked, reason=WAITING_FOR_STATION)
                async with mailbox:
                    await self._commit(mailbox, asked)
                if not idle:
                    outbox.put(asked)
        except BaseException:
            outbox.pumping = outbox.pumping and not idle
            self._start_pump(identity)
            self._tidy(outbox)
            raise
        if idle:
            self._spawn(self._pump(outbox, asked), name=f"orders {identity}")
        else:
            self._start_pump(identity)
        return asked

    async def wait(self, command_id: int, timeout_s: float) -> Command | None:
        """The command once it ended, or as it is then; None: it is not looked after here."""
        return await self._open.wait(command_id, timeout_s)

    def link_ready(self, link: StationLink) -> None:
        """The station may be called: its boot is answered, or it goes on without one."""
        self._links[link.identity] = link
        self._start_pump(link.identity)

    def link_gone(self, link: StationLink) -> None:
        if self._links.get(link.identity) is link:
            del self._links[link.identity]

    def withdrawn(self, identity: str) -> list[Command]:
        """What the station's open commands become when it is removed."""
        reason = "the station was removed"
        return [
            self._ended(command, CommandState.FAILED, reason) for command in self._open.of(identity)
        ]

    def forget(self, identity: str) -> None:
        """The station was removed, or is another node's: nothing is sent to it from here."""
        self._links.pop(identity, None)
        outbox = self._outboxes.pop(identity, None)
        if outbox is not None:
            outbox.clear()
        for command in self._open.of(identity):
            self._open.drop(command.id)

    async def expire(self) -> None:
        """End what waited too long; called every second or so."""
        for command_id in self._open:
            known = self._open.get(command_id)  # it may have ended while others were ended
            if known is None:
                continue
            try:
                await self._expire(*known)
            except OgniwoError as error:  # the next time; the others must not wait for it
                _log.error("not_expired", station=known[0], command=command_id, reason=str(error))

    async def _expire(self, identity: str, command: Command) -> None:
        due = self._open.is_due(command)
        if command.effect_by is not None:
            if due:
                await self._effect_missed(identity, command, self._clock.now_us())
            return
        outbox = self._outboxes.get(identity)
        if command.state is CommandState.QUEUED and due:
            waited = outbox is not None and outbox.remove(command.id) is not None
            if waited or outbox is None or not outbox.busy:
                await self._record(identity, command, self._expired(command))
        elif command.state is CommandState.SENT and (outbox is None or not outbox.busy):
            await self._node_lost(identity, command)
        else:
            self._start_pump(identity)

    async def _effect_missed(self, identity: str, command: Command, now: Instant) -> None:
        try:
            async with self._mailboxes.turn(identity) as mailbox:
                awaited = mailbox.state.awaiting.get(command.id)
                if awaited is not None:  # else it was seen at the last moment
                    await self._commit(mailbox, not_applied(awaited, now))
        except MissingError:
            self._open.note(identity, not_applied(command, now))
        except ElsewhereError:
            self._open.drop(command.id)

    def _command_written(self, state: StationState, row: DomainRow) -> None:
        if isinstance(row, Command):
            self._open.note(state.station.identity, row)

    def _outbox(self, identity: str) -> Outbox:
        outbox = self._outboxes.get(identity)
        if outbox is None:
            outbox = self._outboxes[identity] = Outbox(identity)
        return outbox

    async def _check_limits(self, identity: str, asked: Command) -> None:
        """Once, when it is given: what the station says of itself changes seldom."""
        order = asked.order
        if not (limits := order.limits()):
            return
        named = [(Kind.VARIABLE, it.variable) for it in limits]
        told = await self._records.find_holdings(asked.station_id, named)
        if told:
            link = self._links.get(identity)
            settling.check_limits(order, told, 0 if link is None else link.check(order))

    async def _known(self, state: StationState, order: AnyOrder) -> Known:
        held: Sequence[Holding] = ()
        if needs := order.needs():
            held = await self._records.find_holdings(state.station.id, needs)
        return settling.known_of(state, held, now=self._clock.now_us())

    def _check(
        self, state: StationState, order: AnyOrder, known: Known, link: StationLink | None
    ) -> None:
        """Refuse at once what can never be done."""
        settling.check_order(state, order)
        order.check(known)
        if link is not None:
            link.check(self._located(order, 0))

    def _start_pump(self, identity: str) -> None:
        outbox = self._outboxes.get(identity)
        if outbox is None or outbox.pumping or not outbox or identity not in self._links:
            return
        outbox.pumping = True
        self._spawn(self._pump(outbox, None), name=f"orders {identity}")

    async def _pump(self, outbox: Outbox, sent: Command | None) -> None:
        """Send what waits, one after the other, while the station is there to be called."""
        identity = outbox.identity
        try:
            while True:
                link = self._links.get(identity)
                if sent is None:
                    queued = outbox.take() if link is not None else None
                    if queued is None:
                        break
                    sent = await self._send(identity, queued)
                    if sent is None:
                        continue
                if link is None:
                    why = "the station disconnected before it was sent"
                    failed = self._ended(sent, CommandState.FAILED, why)
                    await self._record(identity, sent, failed)
                else:
                    await link.call(
                        self._located(sent.order, sent.id),
                        command_id=sent.id,
                        timeout_s=CALL_TIMEOUT_S,
                        settle=partial(self._answered, identity, sent),
                    )
                sent = None
        except OgniwoError as error:
            _log.error("orders_stopped", station=identity, reason=str(error))
        finally:
            outbox.pumping = False
            self._tidy(outbox)

    def _tidy(self, outbox: Outbox) -> None:
        """Forget an outbox that holds nothing and that nobody has a hand in."""
        if outbox or outbox.busy:
            return
        if self._outboxes.get(outbox.identity) is outbox:
            del self._outboxes[outbox.identity]

    async def _send(self, identity: str, queued: Command) -> Command | None:
        now = self._clock.now_us()
        if self._open.is_due(queued):
            await self._record(identity, queued, self._expired(queued))
            return None
        link = self._links.get(identity)
        mailbox = self._mailboxes.resident(identity)
        try:
            queued = await readied(self._records, queued)
            if mailbox is not None:
                known = await self._known(mailbox.state, queued.order)
                self._check(mailbox.state, queued.order, known, link)
        except RefusedError as refusal:
            failed = self._ended(queued, CommandState.FAILED, str(refusal))
            await self._record(identity, queued, failed)
            return None
        sent = replace(queued, state=CommandState.SENT, sent_at=now, reason=None)
        return sent if await self._record(identity, queued, sent) else None

    async def _answered(self, identity: str, sent: Command, exchanged: Exchanged) -> None:
        try:
            async with self._mailboxes.turn(identity) as mailbox:
                await self._settle(mailbox, sent, exchanged)
        except MissingError as error:  # the station was removed meanwhile
            self._open.note(identity, self._ended(sent, CommandState.FAILED, str(error)))
        except ElsewhereError:
            self._open.drop(sent.id)

    async def _settle(self, mailbox: Mailbox, sent: Command, exchanged: Exchanged) -> None:
        known = self._open.get(sent.id)
        if known is None or (known[1].state, known[1].sent_at) != (sent.state, sent.sent_at):
            return  # the station went to another node and came back: it was settled there
        state = mailbox.state
        command = self._otherwise(mailbox.identity, sent, self._settled(state, sent, exchanged))
        held: tuple[DomainRow, ...] = ()
        if exchanged.outcome is not None:
            before = await self._known(state, sent.order)
            held = settling.held_after(sent, exchanged.outcome, before)
        try:
            await self._commit(
                mailbox,
                command,
                self._message(state, exchanged, self._located(sent.order, sent.id)),
                *held,
            )
        except RowRefusedError as refusal:
            reason = f"its answer could not be stored: {refusal}"
            await self._commit(mailbox, self._ended(sent, CommandState.FAILED, reason))
        else:
            if command.state is CommandState.QUEUED:  # the next part of it
                self._outbox(mailbox.identity).put(command)

    def _otherwise(self, identity: str, sent: Command, command: Command) -> Command:
        """Another order in place of one that came to nothing, if the station has words for it."""
        instead, link = sent.order.instead, self._links.get(identity)
        vain = command.state in {CommandState.REJECTED, CommandState.TIMED_OUT}
        if instead is None or link is None or not vain:
            return command
        try:
            link.check(instead)  # type: ignore[arg-type] # one of them, as all orders are
        except RefusedError:
            return command
        return replace(sent, state=CommandState.QUEUED, sent_at=None, order=instead)

    def _message(self, state: StationState, exchanged: Exchanged, order: AnyOrder) -> Message:
        return Message(
            id=self._ids.next(),
            prev=state.message_head,
            station_id=state.station.id,
            session_id=None,
            direction=Direction.DOWN,
            action=exchanged.action,
            message_id=exchanged.message_id,
            at=exchanged.sent_at,
            latency_us=exchanged.latency_us,
            call=settling.hidden(exchanged.call, order.secrets()),
            answer=exchanged.answer,
            answered=exchanged.answered,
            notes=exchanged.problem,
        )

    def _settled(self, state: StationState, sent: Command, exchanged: Exchanged) -> Command:
        if exchanged.outcome is not None:
            return settling.answered(state, sent, exchanged.outcome, now=self._clock.now_us())
        silent = CommandState.TIMED_OUT if exchanged.timed_out else CommandState.FAILED
        return self._ended(sent, silent, exchanged.problem or "no answer")

    async def _record(self, identity: str, before: Command, command: Command) -> bool:
        """False: it is not as before any more, it ended meanwhile or went on at another node."""
        try:
            async with self._mailboxes.turn(identity) as mailbox:
                known = self._open.get(command.id)
                if known is None or known[1].state is not before.state:
                    return False
                await self._commit(mailbox, command)
                return True
        except MissingError:  # the station was removed meanwhile
            self._open.note(identity, command)
        except ElsewhereError:
            self._open.drop(command.id)
        return False

    async def _commit(self, mailbox: Mailbox, command: Command, *more: DomainRow) -> None:
        if command.ended:
            command = replace(command, order=command.order.without_secrets())
        told = command_changed(command, event_id=self._ids.next(), now=self._clock.now_us())
        await self._mailboxes.commit(mailbox, (command, told, *more))

    def _expired(self, command: Command) -> Command:
        return settling.expired(command, now=self._clock.now_us())

    def _ended(self, command: Command, state: CommandState, reason: str | None) -> Command:
        return settling.ended(command, state, reason, now=self._clock.now_us())


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


def command_changed(command: Command, *, event_id: int, now: Instant) -> Event:
    return Event(
        id=event_id,
        kind=EventKind.COMMAND_CHANGED,
        at=now,
        station_id=command.station_id,
        command_id=command.id,
        data={
            "command": type(command.order).__struct_config__.tag,
            "state": command.state.value,
            "result": command.result,
            "reason": command.reason,
            "author": command.author,
        },
    )
