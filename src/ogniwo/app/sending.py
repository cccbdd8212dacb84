"""Sends a station's orders one at a time, and settles each by its answer.

Sending and the answer are two items in the station's mailbox; between them nobody waits in it.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from msgspec.structs import replace

from ogniwo.app.command_book import CommandBook, commands_decided
from ogniwo.app.link import Exchanged, StationLink
from ogniwo.app.mailbox import ElsewhereError, Mailbox, Mailboxes
from ogniwo.app.open_commands import OpenCommands
from ogniwo.app.outbox import Outbox
from ogniwo.app.ports import Records, RowRefusedError, Spawn
from ogniwo.app.readying import readied
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, OgniwoError, RefusedError
from ogniwo.base.ids import Ids
from ogniwo.base.limits import CALL_TIMEOUT_S
from ogniwo.domain import settling
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.charging_told import evses_to_replan, replanned
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.decision import DomainRow, Situation
from ogniwo.domain.facts import WEIGHED_FOR_CARS
from ogniwo.domain.holdings import Holding, Kind
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.orders.order import Known
from ogniwo.domain.trace import Direction, Message

WAITING_FOR_STATION: Final = "the station is not connected: the order waits until its deadline"

_log = log.get("app.sending")


class Sending:
    def __init__(
        self,
        *,
        book: CommandBook,
        open_commands: OpenCommands,
        mailboxes: Mailboxes,
        records: Records,
        clock: Clock,
        ids: Ids,
        spawn: Spawn,
        located: Callable[[AnyOrder, int], AnyOrder],
    ) -> None:
        """``located``: the order as it goes out, with the address where its file shall come."""
        self._book = book
        self._open = open_commands
        self._mailboxes = mailboxes
        self._records = records
        self._clock = clock
        self._ids = ids
        self._spawn = spawn
        self._located = located
        self._links: dict[str, StationLink] = {}  # those that may be called now
        self._outboxes: dict[str, Outbox] = {}

    def link_ready(self, link: StationLink) -> None:
        """The station may be called."""
        self._links[link.identity] = link
        self.start(link.identity)

    def link_gone(self, link: StationLink) -> None:
        if self._links.get(link.identity) is link:
            del self._links[link.identity]

    def line(self, identity: str) -> Outbox | None:
        """What waits for the station; None: nothing does, and nothing is under way."""
        return self._outboxes.get(identity)

    def put(self, identity: str, command: Command) -> None:
        """It is sent when its turn comes and the station is there."""
        self._outbox(identity).put(command)

    def forget(self, identity: str) -> None:
        """Nothing is sent to the station from here any more."""
        self._links.pop(identity, None)
        outbox = self._outboxes.pop(identity, None)
        if outbox is not None:
            outbox.clear()

    async def take(self, mailbox: Mailbox, asked: Command) -> Command:
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
                    await self._book.commit(mailbox, asked)  # one that waits is put in line then
        except BaseException:
            outbox.pumping = outbox.pumping and not idle
            self.start(identity)
            self._tidy(outbox)
            raise
        if idle:
            self._spawn(self._pump(outbox, asked), name=f"orders {identity}")
        return asked

    def start(self, identity: str) -> None:
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
                    failed = self._book.ended(sent, CommandState.FAILED, why)
                    await self._book.record(identity, sent, failed)
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

    def _outbox(self, identity: str) -> Outbox:
        outbox = self._outboxes.get(identity)
        if outbox is None:
            outbox = self._outboxes[identity] = Outbox(identity)
        return outbox

    async def _send(self, identity: str, queued: Command) -> Command | None:
        now = self._clock.now_us()
        if self._open.is_due(queued):
            await self._book.record(identity, queued, self._book.expired(queued))
            return None
        link = self._links.get(identity)
        mailbox = self._mailboxes.resident(identity)
        try:
            queued = await readied(self._records, queued)
            if mailbox is not None:
                known = await self._known(mailbox.state, queued.order)
                self._check(mailbox.state, queued.order, known, link)
        except RefusedError as refusal:
            failed = self._book.ended(queued, CommandState.FAILED, str(refusal))
            await self._book.record(identity, queued, failed)
            return None
        sent = replace(queued, state=CommandState.SENT, sent_at=now, reason=None)
        return sent if await self._book.record(identity, queued, sent) else None

    async def _answered(self, identity: str, sent: Command, exchanged: Exchanged) -> None:
        try:
            async with self._mailboxes.turn(identity) as mailbox:
                await self._settle(mailbox, sent, exchanged)
        except MissingError as error:  # the station was removed meanwhile
            self._open.note(identity, self._book.ended(sent, CommandState.FAILED, str(error)))
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
            await self._book.commit(
                mailbox,
                command,
                self._message(state, exchanged, self._located(sent.order, sent.id)),
                *held,
            )
        except RowRefusedError as refusal:
            reason = f"its answer could not be stored: {refusal}"
            await self._book.commit(mailbox, self._book.ended(sent, CommandState.FAILED, reason))
        else:
            if command.state is CommandState.QUEUED:  # the next part of it
                self._outbox(mailbox.identity).put(command)
            await self._replan(mailbox, held)

    async def _replan(self, mailbox: Mailbox, changed: Sequence[DomainRow]) -> None:
        """Cars that were given a plan are given another when the limits are others."""
        state = mailbox.state
        waiting = (it.order for it in self._open.of(mailbox.identity))
        if not (evses := evses_to_replan(state, changed, waiting)):
            return
        needs = (*WEIGHED_FOR_CARS, *((Kind.CHARGING_NEEDS, str(it)) for it in evses))
        found = await self._records.find_holdings(state.station.id, needs)
        held = {(it.kind, it.key): it for it in found}
        situation = Situation(now=self._clock.now_us(), ids=self._ids, holdings=held)
        orders = replanned(state, evses, situation)
        rows = commands_decided(orders, state.station.id, ids=self._ids, now=situation.now)
        await self._mailboxes.commit(mailbox, tuple(rows))

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
        return self._book.ended(sent, silent, exchanged.problem or "no answer")

    async def check_limits(self, identity: str, asked: Command) -> None:
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
        secret = None
        if order.weighs_secret:
            secret = await self._book.secrets.secret_of(state.station.identity)
        return settling.known_of(state, held, now=self._clock.now_us(), secret=secret)

    def _check(
        self, state: StationState, order: AnyOrder, known: Known, link: StationLink | None
    ) -> None:
        """Refuse at once what can never be done."""
        settling.check_order(state, order)
        order.check(known)
        if link is not None:
            link.check(self._located(order, 0))
