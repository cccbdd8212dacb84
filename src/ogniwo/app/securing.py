"""What orders and connections change about how a station proves itself, in its own turn."""

from collections.abc import Callable, Iterable

from ogniwo.app.command_book import command_changed
from ogniwo.app.mailbox import Mailbox, Mailboxes
from ogniwo.app.ports import Records
from ogniwo.base.clock import Clock
from ogniwo.base.ids import Ids
from ogniwo.domain import station_secret as rules
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.commands import Command, CommandState
from ogniwo.domain.configuration import REBOOT_REQUIRED
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.effects import applied
from ogniwo.domain.holdings import Holding
from ogniwo.domain.orders import RaiseSecurityProfile, SetPassword
from ogniwo.domain.orders.security import kept_as
from ogniwo.domain.station_secret import StationSecret

HashSecret = Callable[[str, bytes], bytes]
"""Identity and secret to the keyed hash that is kept."""


class Securing:
    def __init__(
        self,
        *,
        mailboxes: Mailboxes,
        records: Records,
        clock: Clock,
        ids: Ids,
        hash_secret: HashSecret,
    ) -> None:
        self._mailboxes = mailboxes
        self._records = records
        self._clock = clock
        self._ids = ids
        self._hash_secret = hash_secret

    async def secret_of(self, identity: str) -> StationSecret | None:
        found = await self._records.find_credentials([identity])
        if not found:
            return None
        return found[0].secret or StationSecret(station_id=found[0].station_id, secret_hash=None)

    async def changed_by(
        self, identity: str, command: Command, told: Iterable[DomainRow]
    ) -> tuple[StationSecret, ...]:
        """The row to write with the command, if what became of it changes anything.

        An order that came to nothing we know of changes nothing: the station may have taken it.
        """
        secured = command.order.secures()
        if secured is None or command.state is CommandState.QUEUED:
            return ()
        before = await self.secret_of(identity)
        if before is None:
            return ()
        new = None if secured.password is None else self._hashed(identity, secured.password)
        match command.state:
            case CommandState.SENT:
                after = rules.offered(before, new, secured.profile)
            case CommandState.REJECTED:
                after = rules.refused(before, new, secured.profile)
            case CommandState.ACCEPTED | CommandState.APPLIED if new and secured.at_once:
                later = any(isinstance(it, Holding) and it.state == REBOOT_REQUIRED for it in told)
                after = before if later else rules.taken(before, new, self._clock.now_us())
            case _:
                return ()
        return () if after == before else (after,)

    async def proved(self, mailbox: Mailbox, used: bytes | None, profile: int | None) -> None:
        """The station came with this secret, or at this profile for the first time."""
        async with mailbox as state:
            before = await self.secret_of(mailbox.identity)
            if before is None:
                return
            after = rules.proved(before, used, profile)
            if after == before:
                return
            ended = _shown(state, settled=used is not None and not after.newer(), profile=profile)
            now = self._clock.now_us()
            done = [applied(it, now) for it in ended]
            told = [command_changed(it, event_id=self._ids.next(), now=now) for it in done]
            await self._mailboxes.commit(mailbox, (*done, *told), (after,))

    def _hashed(self, identity: str, password: str) -> bytes:
        return self._hash_secret(identity, kept_as(password).encode())


def _shown(state: StationState, *, settled: bool, profile: int | None) -> list[Command]:
    """The orders that have had their effect with this; ``settled``: its password is the newest."""
    shown = []
    for command in state.awaiting.values():
        order = command.order
        if isinstance(order, SetPassword) and settled:
            shown.append(command)
        if isinstance(order, RaiseSecurityProfile) and order.profile <= (profile or 0):
            shown.append(command)
    return shown
