"""Which orders a node looks after: taken over with a station's claim, let go with it.

An order that was sent from somewhere else, or whose deadline or effect nobody else waits for,
is ended here.
"""

from ogniwo.app.command_book import CommandBook
from ogniwo.app.mailbox import ElsewhereError, Mailbox, Mailboxes, MailboxSpoiltError
from ogniwo.app.open_commands import OpenCommands
from ogniwo.app.ports import Aggregate, Records, Spawn
from ogniwo.app.sending import Sending
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, OgniwoError
from ogniwo.base.units import Instant
from ogniwo.domain import settling
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.effects import not_applied

_log = log.get("app.adoption")


class Adoption:
    def __init__(
        self,
        *,
        book: CommandBook,
        open_commands: OpenCommands,
        sending: Sending,
        mailboxes: Mailboxes,
        records: Records,
        clock: Clock,
        spawn: Spawn,
    ) -> None:
        self._book = book
        self._open = open_commands
        self._sending = sending
        self._mailboxes = mailboxes
        self._records = records
        self._clock = clock
        self._spawn = spawn

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

    def station_brought(self, mailbox: Mailbox, aggregate: Aggregate) -> None:
        """What is on file is true: an owner between may have ended or sent what waited here."""
        identity = mailbox.identity
        on_file = {command.id for command in aggregate.open_commands}
        outbox = self._sending.line(identity)
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
        if known is not None and (outbox := self._sending.line(identity)) is not None:
            outbox.remove(command.id)
        self._open.note(identity, command)
        if command.state is CommandState.QUEUED:
            self._sending.put(identity, command)
            self._sending.start(identity)
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
                await self._book.commit(mailbox, lost)
        except OgniwoError as error:  # ``expire`` comes back to it
            _log.error("not_taken_over", station=identity, command=command.id, reason=str(error))
            return
        if lost.state is CommandState.QUEUED:
            self._sending.put(identity, lost)
            self._sending.start(identity)

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
        outbox = self._sending.line(identity)
        if command.state is CommandState.QUEUED and due:
            waited = outbox is not None and outbox.remove(command.id) is not None
            if waited or outbox is None or not outbox.busy:
                await self._book.record(identity, command, self._book.expired(command))
        elif command.state is CommandState.SENT and (outbox is None or not outbox.busy):
            await self._node_lost(identity, command)
        else:
            self._sending.start(identity)

    async def _effect_missed(self, identity: str, command: Command, now: Instant) -> None:
        try:
            async with self._mailboxes.turn(identity) as mailbox:
                awaited = mailbox.state.awaiting.get(command.id)
                if awaited is not None:  # else it was seen at the last moment
                    await self._book.commit(mailbox, not_applied(awaited, now))
        except MissingError:
            self._open.note(identity, not_applied(command, now))
        except ElsewhereError:
            self._open.drop(command.id)
