"""How what becomes of a command is written: in its station's turn, and with its event."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from msgspec.structs import replace

from ogniwo.app.mailbox import ElsewhereError, Mailbox, Mailboxes
from ogniwo.app.open_commands import OpenCommands
from ogniwo.app.ports import Row
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError
from ogniwo.base.ids import Ids
from ogniwo.base.limits import FOLLOW_UP_DEADLINE_S
from ogniwo.base.units import Instant, seconds
from ogniwo.domain import settling
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.events import Event, EventKind
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.station_secret import StationSecret

OURS: Final = "ogniwo"  # the author of what nobody ordered


class Secrets(Protocol):
    """What becomes of how a station proves itself."""

    async def changed_by(
        self, identity: str, command: Command, told: Iterable[DomainRow]
    ) -> Sequence[Row]: ...

    async def secret_of(self, identity: str) -> StationSecret | None: ...


class CommandBook:
    def __init__(
        self,
        *,
        mailboxes: Mailboxes,
        open_commands: OpenCommands,
        secrets: Secrets,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self.secrets = secrets
        self._mailboxes = mailboxes
        self._open = open_commands
        self._clock = clock
        self._ids = ids

    async def record(self, identity: str, before: Command, command: Command) -> bool:
        """False: it is not as before any more, it ended meanwhile or went on at another node."""
        try:
            async with self._mailboxes.turn(identity) as mailbox:
                known = self._open.get(command.id)
                if known is None or known[1].state is not before.state:
                    return False
                await self.commit(mailbox, command)
                return True
        except MissingError:  # the station was removed meanwhile
            self._open.note(identity, command)
        except ElsewhereError:
            self._open.drop(command.id)
        return False

    async def commit(self, mailbox: Mailbox, command: Command, *more: DomainRow) -> None:
        changed = await self.secrets.changed_by(mailbox.identity, command, more)
        kept = _kept(command)
        told = command_changed(kept, event_id=self._ids.next(), now=self._clock.now_us())
        await self._mailboxes.commit(mailbox, (kept, told, *more), changed)

    def expired(self, command: Command) -> Command:
        return settling.expired(command, now=self._clock.now_us())

    def ended(self, command: Command, state: CommandState, reason: str | None) -> Command:
        return settling.ended(command, state, reason, now=self._clock.now_us())


def commands_decided(
    orders: Iterable[AnyOrder], station_id: int, *, ids: Ids, now: Instant
) -> Iterator[Command | Event]:
    """The rows of orders that follow from what a station said."""
    for order in orders:
        command = Command(
            id=ids.next(),
            station_id=station_id,
            order=order,
            state=CommandState.QUEUED,
            author=OURS,
            created_at=now,
            deadline_at=now + seconds(FOLLOW_UP_DEADLINE_S),
        )
        yield command
        yield command_changed(command, event_id=ids.next(), now=now)


def _kept(command: Command) -> Command:
    """Secrets stand in the record only while the order may have to be sent from it."""
    to_send = command.state is CommandState.QUEUED
    if to_send or (command.order.repeatable and not command.ended):
        return command
    return replace(command, order=command.order.without_secrets())


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
