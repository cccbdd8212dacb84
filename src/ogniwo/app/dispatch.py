"""The only door out for orders: stored, sent one at a time, answered, and checked for effect.

An order to an absent station waits until its deadline. Sending and its answer are two items
in the station's mailbox; between them nobody waits in it.
"""

import asyncio
from functools import partial

from msgspec.structs import replace

from ogniwo.app.link import Exchanged, StationLink
from ogniwo.app.mailbox import Mailbox, Mailboxes
from ogniwo.app.outbox import Outbox
from ogniwo.app.ports import Records, Spawn
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, OgniwoError, RefusedError, UsageError
from ogniwo.base.ids import Ids
from ogniwo.base.limits import (
    CALL_TIMEOUT_S,
    COMMAND_DEADLINE_S,
    COMMAND_DEADLINE_S_MAX,
    EFFECT_DEADLINE_S,
)
from ogniwo.base.units import Instant, seconds
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.commands import AnyOrder, Command, CommandState, RemoteStart, RemoteStop, Reply
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.effects import already_so, applied, has_visible_effect, not_applied
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.station import Registration
from ogniwo.domain.trace import Direction, Message

_log = log.get("app.dispatch")


class Dispatch:
    def __init__(
        self, *, mailboxes: Mailboxes, records: Records, clock: Clock, ids: Ids, spawn: Spawn
    ) -> None:
        self._mailboxes = mailboxes
        self._records = records
        self._clock = clock
        self._ids = ids
        self._spawn = spawn
        self._links: dict[str, StationLink] = {}  # those that may be called now
        self._outboxes: dict[str, Outbox] = {}
        self._open: dict[int, tuple[str, Command]] = {}  # not ended: identity and newest record
        self._waiters: dict[int, list[asyncio.Future[Command]]] = {}

    async def start(self) -> None:
        """Take over what the run before left: its unanswered calls are lost with it."""
        for identity, command in await self._records.open_commands():
            if command.state is CommandState.SENT:
                lost = self._ended(
                    command, CommandState.NODE_LOST, "the server stopped before the answer came"
                )
                await self._record(identity, lost)
                continue
            self._open[command.id] = (identity, command)
            if command.state is CommandState.QUEUED:
                self._outbox(identity).put(command)

    async def order(
        self,
        identity: str,
        order: AnyOrder,
        *,
        author: str,
        deadline_s: int | None = None,
        idempotency_key: str | None = None,
    ) -> Command:
        """Store an order and start it. Errors: MissingError, RefusedError, UsageError."""
        if idempotency_key is not None:
            before = await self._records.find_command(author, idempotency_key)
            if before is not None:
                return before
        wait_s = COMMAND_DEADLINE_S if deadline_s is None else deadline_s
        if not 0 < wait_s <= COMMAND_DEADLINE_S_MAX:
            raise UsageError(f"deadline_s must lie between 1 and {COMMAND_DEADLINE_S_MAX}")
        mailbox = await self._mailboxes.hold(identity)
        try:
            outbox = self._outbox(identity)
            outbox.check_room()
            link = self._links.get(identity)
            self._check(mailbox.state, order, link)
            now = self._clock.now_us()
            idle = link is not None and not outbox.pumping and not outbox
            command = Command(
                id=self._ids.next(),
                station_id=mailbox.state.station.id,
                order=order,
                state=CommandState.SENT if idle else CommandState.QUEUED,
                author=author,
                created_at=now,
                deadline_at=now + seconds(wait_s),
                idempotency_key=idempotency_key,
                sent_at=now if idle else None,
            )
            outbox.pumping = outbox.pumping or idle
            try:
                async with mailbox:
                    await self._commit(mailbox, command)
            except BaseException:
                outbox.pumping = outbox.pumping and not idle
                raise
        finally:
            self._mailboxes.release(mailbox)
        if idle:
            self._spawn(self._pump(outbox, command), name=f"orders {identity}")
        else:
            outbox.put(command)
            self._start_pump(identity)
        return command

    async def wait(self, command_id: int, timeout_s: float) -> Command | None:
        """The command once it ended, or as it is then; None: it had ended before we were asked."""
        if command_id not in self._open:
            return None
        future: asyncio.Future[Command] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(command_id, []).append(future)
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            known = self._open.get(command_id)
            return None if known is None else known[1]
        finally:
            waiting = self._waiters.get(command_id)
            if waiting is not None and future in waiting:
                waiting.remove(future)
                if not waiting:
                    del self._waiters[command_id]

    def link_ready(self, link: StationLink) -> None:
        """The station may be called: its boot is answered, or it goes on without one."""
        self._links[link.identity] = link
        self._start_pump(link.identity)

    def link_gone(self, link: StationLink) -> None:
        if self._links.get(link.identity) is link:
            del self._links[link.identity]

    async def expire(self) -> None:
        """End what waited too long; called every second or so."""
        now = self._clock.now_us()
        for identity, command in list(self._open.values()):
            if command.state is CommandState.QUEUED and command.deadline_at <= now:
                outbox = self._outboxes.get(identity)
                if outbox is not None and outbox.remove(command.id) is not None:
                    await self._record(identity, self._expired(command))
            elif command.effect_by is not None and command.effect_by <= now:
                await self._record(identity, not_applied(command, now))

    def command_written(self, state: StationState, row: DomainRow) -> None:
        """An observer of commands: whoever waits for one learns how it ended."""
        if isinstance(row, Command):
            self._note(state.station.identity, row)

    def _note(self, identity: str, command: Command) -> None:
        if not command.ended:
            self._open[command.id] = (identity, command)
            return
        self._open.pop(command.id, None)
        for future in self._waiters.pop(command.id, ()):
            if not future.done():
                future.set_result(command)

    def _outbox(self, identity: str) -> Outbox:
        outbox = self._outboxes.get(identity)
        if outbox is None:
            outbox = self._outboxes[identity] = Outbox(identity)
        return outbox

    def _check(self, state: StationState, order: AnyOrder, link: StationLink | None) -> None:
        """Refuse at once what can never be done."""
        if state.station.registration is Registration.REJECTED:
            raise RefusedError("station_rejected", "a rejected station may not be called")
        starting = isinstance(order, RemoteStart | RemoteStop)
        if starting and state.station.registration is Registration.PENDING:
            raise RefusedError(
                "station_pending", "a pending station cannot start or stop sessions: accept it"
            )
        if link is not None:
            link.check(order)

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
                    await self._record(
                        identity,
                        self._ended(
                            sent, CommandState.FAILED, "the station disconnected before it was sent"
                        ),
                    )
                else:
                    await link.call(
                        sent.order,
                        command_id=sent.id,
                        timeout_s=CALL_TIMEOUT_S,
                        settle=partial(self._answered, identity, sent),
                    )
                sent = None
        except OgniwoError as error:
            _log.error("orders_stopped", station=identity, reason=str(error))
        finally:
            outbox.pumping = False
            if not outbox and self._outboxes.get(identity) is outbox:
                del self._outboxes[identity]

    async def _send(self, identity: str, queued: Command) -> Command | None:
        now = self._clock.now_us()
        if queued.deadline_at <= now:
            await self._record(identity, self._expired(queued))
            return None
        link = self._links.get(identity)
        mailbox = self._mailboxes.resident(identity)
        try:
            if mailbox is not None:
                self._check(mailbox.state, queued.order, link)
        except RefusedError as refusal:
            await self._record(identity, self._ended(queued, CommandState.FAILED, str(refusal)))
            return None
        sent = replace(queued, state=CommandState.SENT, sent_at=now)
        await self._record(identity, sent)
        return sent

    async def _answered(self, identity: str, sent: Command, exchanged: Exchanged) -> None:
        mailbox = await self._mailboxes.hold(identity)
        try:
            async with mailbox as state:
                now = self._clock.now_us()
                command = self._settled(state, sent, exchanged, now)
                message = Message(
                    id=self._ids.next(),
                    prev=state.message_head,
                    station_id=state.station.id,
                    session_id=None,
                    direction=Direction.DOWN,
                    action=exchanged.action,
                    message_id=exchanged.message_id,
                    at=exchanged.sent_at,
                    latency_us=exchanged.latency_us,
                    call=exchanged.call,
                    answer=exchanged.answer,
                    answered=exchanged.answered,
                    notes=exchanged.problem,
                )
                await self._commit(mailbox, command, message)
        finally:
            self._mailboxes.release(mailbox)

    def _settled(
        self, state: StationState, sent: Command, exchanged: Exchanged, now: Instant
    ) -> Command:
        outcome = exchanged.outcome
        if outcome is None:
            ended = CommandState.TIMED_OUT if exchanged.timed_out else CommandState.FAILED
            return self._ended(sent, ended, exchanged.problem or "no answer")
        said = replace(sent, result=outcome.result, reason=outcome.reason, answer=outcome.answer)
        if outcome.reply is Reply.REJECTED:
            reason = outcome.reason or f"the station answered {outcome.result}"
            return self._ended(said, CommandState.REJECTED, reason)
        if not has_visible_effect(sent.order):
            return self._ended(said, CommandState.ACCEPTED, outcome.reason)
        if already_so(state, sent.order, since=sent.sent_at or now):
            return applied(said, now)
        patience_s = EFFECT_DEADLINE_S if outcome.reply is Reply.ACCEPTED else 24 * 3_600
        return replace(said, state=CommandState.ACCEPTED, effect_by=now + seconds(patience_s))

    async def _record(self, identity: str, command: Command) -> None:
        try:
            mailbox = await self._mailboxes.hold(identity)
        except MissingError:  # the station was removed meanwhile
            self._note(identity, command)
            return
        try:
            async with mailbox:
                await self._commit(mailbox, command)
        finally:
            self._mailboxes.release(mailbox)

    async def _commit(self, mailbox: Mailbox, command: Command, *more: DomainRow) -> None:
        told = Event(
            id=self._ids.next(),
            kind=EventKind.COMMAND_CHANGED,
            at=self._clock.now_us(),
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
        await self._mailboxes.commit(mailbox, (command, told, *more))

    def _expired(self, command: Command) -> Command:
        return self._ended(
            command, CommandState.EXPIRED, "the station was not reachable before the deadline"
        )

    def _ended(self, command: Command, state: CommandState, reason: str | None) -> Command:
        return replace(
            command, state=state, reason=reason, finished_at=self._clock.now_us(), effect_by=None
        )
