"""One mailbox per station: whatever changes its state is handled here, one item at a time.

An item's turn lasts from its decision to the end of its commit, so the next decision is made
on what is durable. No item waits for the network inside its turn.

A mailbox is the node's claim on its station: what is committed under it is stored only while no
other node has claimed the station since (``ports.Fence``).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Protocol

from ogniwo.app.batching import Batched
from ogniwo.app.ports import Aggregate, Claim, Fence, FencedError, Records, Row, Spawn, Writer
from ogniwo.base.errors import MissingError, OgniwoError
from ogniwo.base.limits import MAILBOX_ITEMS_MAX
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import DomainRow


class MailboxFullError(OgniwoError):
    def __init__(self, identity: str) -> None:
        super().__init__(f"station {identity!r} has more than {MAILBOX_ITEMS_MAX} items waiting")


class MailboxSpoiltError(OgniwoError):
    """Let go of the mailbox and hold it anew; a link does so by ending."""

    def __init__(self, identity: str) -> None:
        super().__init__(f"what is known of station {identity!r} must be read again")


class ElsewhereError(OgniwoError):
    """The station is connected to another node, which alone decides for it."""

    def __init__(self, identity: str, owner: int) -> None:
        super().__init__(f"station {identity!r} is connected to node {owner}")
        self.owner = owner


class Mailbox:
    """``async with mailbox:`` is one item's turn."""

    __slots__ = ("_turn", "_waiting", "fence", "holders", "spoilt", "state")

    def __init__(self, state: StationState, epoch: int = 0) -> None:
        self.state = state
        self.fence = Fence(state.station.id, epoch)
        self.holders = 0
        self.spoilt = False  # the state may be older than the database, or the station is no more
        self._turn = asyncio.Lock()
        self._waiting = 0

    @property
    def identity(self) -> str:
        return self.state.station.identity

    async def __aenter__(self) -> StationState:
        if self._waiting >= MAILBOX_ITEMS_MAX:
            raise MailboxFullError(self.identity)
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        if self.spoilt:
            self._turn.release()
            raise MailboxSpoiltError(self.identity)
        return self.state

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._turn.release()


class Observer(Protocol):
    """Told of a row after it is durable; must not wait and must not fail."""

    def __call__(self, state: StationState, row: DomainRow, /) -> None: ...


Brought = Callable[[Mailbox, Aggregate], None]
"""Told of a mailbox that was just claimed, with what was read of its station."""

Stranded = Callable[[str], None]
"""Told of a station that was just claimed, and was connected to a node that died."""

Lost = Callable[[str], None]
"""Told of a station that another node has claimed."""


class Mailboxes:
    """The mailboxes in memory: those somebody holds, loaded together when many come at once."""

    def __init__(self, records: Records, writer: Writer, spawn: Spawn, *, node: int = 0) -> None:
        self._records = records
        self._writer = writer
        self._node = node
        self._resident: dict[str, Mailbox] = {}
        self._bringing: dict[str, asyncio.Future[None]] = {}
        self._claims = Batched(self._claim, spawn, name="claim stations")
        self._seizures = Batched(self._seize, spawn, name="seize stations")
        self._observers: dict[type[DomainRow], list[Observer]] = {}
        self._on_brought: list[Brought] = []
        self._on_lost: list[Lost] = []
        self._on_stranded: list[Stranded] = []

    def watch(self, observer: Observer, *kinds: type[DomainRow]) -> None:
        for kind in kinds:
            self._observers.setdefault(kind, []).append(observer)

    def unwatch(self, observer: Observer, *kinds: type[DomainRow]) -> None:
        for kind in kinds:
            self._observers[kind].remove(observer)

    def watch_claims(self, brought: Brought, lost: Lost) -> None:
        self._on_brought.append(brought)
        self._on_lost.append(lost)

    def watch_stranded(self, stranded: Stranded) -> None:
        self._on_stranded.append(stranded)

    def resident(self, identity: str) -> Mailbox | None:
        return self._resident.get(identity)

    async def hold(self, identity: str, *, seize: bool = False) -> Mailbox:
        """The station's mailbox, kept until ``release``; ``seize``: its socket has come here.

        Errors: MissingError, ElsewhereError (never when seized), StorageAwayError.
        """
        while (mailbox := self._resident.get(identity)) is None:
            await self._bring(identity, self._seizures if seize else self._claims)
        mailbox.holders += 1
        return mailbox

    @asynccontextmanager
    async def turn(self, identity: str) -> AsyncIterator[Mailbox]:
        """One item of a job: hold the mailbox, wait for its turn, let go. Errors: as ``hold``."""
        mailbox = await self.hold(identity)
        try:
            async with mailbox:
                yield mailbox
        finally:
            self.release(mailbox)

    def release(self, mailbox: Mailbox) -> None:
        mailbox.holders -= 1
        if mailbox.holders == 0 and self._resident.get(mailbox.identity) is mailbox:
            del self._resident[mailbox.identity]

    def forget(self, mailbox: Mailbox) -> None:
        """What it says is not true any more: nobody decides on it, the next one reads anew."""
        mailbox.spoilt = True
        if self._resident.get(mailbox.identity) is mailbox:
            del self._resident[mailbox.identity]

    def lose(self, identity: str, *, epoch: int) -> None:
        """Another node has claimed the station under that epoch: what we know of it is past."""
        mailbox = self._resident.get(identity)
        if mailbox is not None:
            if mailbox.fence.epoch >= epoch:
                return  # old news: it has come back since
            self.forget(mailbox)
        for lost in self._on_lost:
            lost(identity)

    async def commit(
        self, mailbox: Mailbox, rows: Sequence[DomainRow], others: Sequence[Row] = ()
    ) -> None:
        """Make rows durable, then true. Only inside the mailbox's turn.

        Errors: RowRefusedError, WriterStoppedError, MailboxSpoiltError.
        """
        if not rows and not others:
            return
        try:
            await self._writer.write((*rows, *others), fence=mailbox.fence)
        except asyncio.CancelledError:
            self.forget(mailbox)  # the rows may have become durable
            raise
        except FencedError as fenced:
            self.lose(mailbox.identity, epoch=mailbox.fence.epoch + 1)
            self.forget(mailbox)  # also when it is not the resident one any more
            raise MailboxSpoiltError(mailbox.identity) from fenced
        mailbox.state.absorb(rows)
        for row in rows:
            for observer in self._observers.get(type(row), ()):
                observer(mailbox.state, row)

    async def _bring(self, identity: str, claims: Batched[str, Claim]) -> None:
        """Make a station resident. While one load is under way nobody starts a second:

        it could end after changes that it did not see.
        """
        under_way = self._bringing.get(identity)
        if under_way is not None:
            await asyncio.shield(under_way)
            return
        brought = self._bringing[identity] = asyncio.get_running_loop().create_future()
        try:
            claim = await claims.get(identity)
            if claim is None:
                raise MissingError("station", identity)
            if claim.aggregate is None:
                raise ElsewhereError(identity, claim.owner)
            mailbox = Mailbox(restore(claim.aggregate), claim.epoch)
            self._resident[identity] = mailbox
            for tell in self._on_brought:
                tell(mailbox, claim.aggregate)
            if claim.stranded:
                for strand in self._on_stranded:
                    strand(identity)
        finally:
            del self._bringing[identity]
            brought.set_result(None)

    async def _claim(self, identities: Collection[str]) -> dict[str, Claim]:
        claims = await self._records.claim(identities, node=self._node, seize=False)
        return {it.identity: it for it in claims}

    async def _seize(self, identities: Collection[str]) -> dict[str, Claim]:
        claims = await self._records.claim(identities, node=self._node, seize=True)
        return {it.identity: it for it in claims}


def restore(aggregate: Aggregate) -> StationState:
    state = StationState(aggregate.station)
    state.absorb(aggregate.connectors)
    state.absorb(aggregate.recent_sessions)
    state.absorb(aggregate.open_sessions)
    state.absorb(aggregate.open_commands)
    state.absorb(aggregate.holdings)
    for session_id, digest in aggregate.recent_digests:
        state.restore_digest(session_id, digest)
    state.message_head = aggregate.message_head
    state.sample_head = aggregate.sample_head
    return state
