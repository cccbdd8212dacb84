"""The life of a link from admission to its last word, and what a gateway does every second."""

import asyncio
from collections.abc import Collection
from typing import Final

from ogniwo.app.batching import Batched
from ogniwo.app.bus import Bus, OrderAsked, StationTaken
from ogniwo.app.command_book import OURS
from ogniwo.app.dispatch import Dispatch
from ogniwo.app.ingest import Ingest
from ogniwo.app.mailbox import Mailboxes, MailboxSpoiltError
from ogniwo.app.ports import (
    LastSeen,
    Linked,
    Records,
    Spawn,
    StorageAwayError,
    WriterStoppedError,
)
from ogniwo.app.quirks import QuirksOf
from ogniwo.app.securing import Securing
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import MissingError, OgniwoError
from ogniwo.domain.events import EventKind
from ogniwo.domain.orders import Trigger, TriggerMessage
from ogniwo.gateway.admission import Admitted
from ogniwo.gateway.handshake import Handshake
from ogniwo.gateway.link import Link, LinkCounts
from ogniwo.gateway.registry import Registry
from ogniwo.gateway.socket import (
    CLOSE_POLICY,
    CLOSE_REPLACED,
    CLOSE_TRY_AGAIN_LATER,
    Socket,
    SocketClosedError,
)
from ogniwo.ocpp.catalogue import VERSIONS

# Nothing of the station can be stored on this link any more; what is unanswered comes again.
_CUT_SHORT = (WriterStoppedError, MailboxSpoiltError, StorageAwayError)

_NOT_WANTED: Final = "blocked or removed by the operator"


_log = log.get("gateway")


class Gateway:
    def __init__(  # noqa: PLR0913 - each is something else that a link needs
        self,
        *,
        mailboxes: Mailboxes,
        ingest: Ingest,
        dispatch: Dispatch,
        registry: Registry,
        records: Records,
        bus: Bus,
        node: int,
        clock: Clock,
        spawn: Spawn,
        quirks: QuirksOf,
        securing: Securing,
    ) -> None:
        self._securing = securing
        self._mailboxes = mailboxes
        self._ingest = ingest
        self._dispatch = dispatch
        self._registry = registry
        self._records = records
        self._bus = bus
        self._node = node
        self._clock = clock
        self._spawn = spawn
        self._quirks = quirks
        self._wanted = Batched(self._find_wanted, spawn, name="look at stations again")
        self._asked_to_boot: set[str] = set()
        self.counts = LinkCounts()

    async def serve(self, socket: Socket, admitted: Admitted, handshake: Handshake) -> None:
        """Runs in the connection's own task for the life of the socket."""
        try:
            mailbox = await self._mailboxes.hold(admitted.identity, seize=True)
        except StorageAwayError as away:
            await socket.close(CLOSE_TRY_AGAIN_LATER, str(away))
            return
        except MissingError:
            await socket.close(CLOSE_POLICY, _NOT_WANTED)
            return
        link = Link(
            socket=socket,
            version=VERSIONS[admitted.dialect],
            mailbox=mailbox,
            ingest=self._ingest,
            clock=self._clock,
            counts=self.counts,
            quirks=self._quirks,
        )
        replaced = self._registry.add(link)
        if replaced is not None:
            self._dispatch.link_gone(replaced)
            self._spawn(
                replaced.socket.close(CLOSE_REPLACED, "replaced by a newer connection"),
                name=f"close {link.identity}",
            )
        taken = StationTaken(identity=link.identity, epoch=mailbox.fence.epoch, owner=self._node)
        self._bus.tell(taken)  # whoever had it lets go at once instead of at its next write
        why = "the server stopped"
        try:
            if admitted.secret_used is not None or admitted.raised_to is not None:
                await self._securing.proved(mailbox, admitted.secret_used, admitted.raised_to)
            await self._tell_connected(link, admitted, handshake)
            if await self._wanted.get(link.identity):
                await self._serve(link)  # until the socket is gone
            why = _NOT_WANTED
            await socket.close(CLOSE_POLICY, why)
        except SocketClosedError as closed:
            why = str(closed)
        except _CUT_SHORT as ended:
            why = str(ended)
            await socket.close(CLOSE_TRY_AGAIN_LATER, why)
        finally:
            await self._end(link, why)

    async def _serve(self, link: Link) -> None:
        while not link.spoke:
            await link.serve_one()
        if self._registry.get(link.identity) is link:  # else another replaced it meanwhile
            self._let_call(link)
        while True:
            await link.serve_one()

    def _let_call(self, link: Link) -> None:
        """At once, but for a station that needs some peace after it connected."""
        wait_s = self._quirks(link.mailbox.state.station).calls_after_s
        if wait_s > 0:
            self._spawn(self._let_call_later(link, wait_s), name=f"let settle {link.identity}")
        else:
            self._dispatch.link_ready(link)

    async def _let_call_later(self, link: Link, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        if self._registry.get(link.identity) is link:
            self._dispatch.link_ready(link)

    def settle(self) -> None:
        """Called every second: stations that connected and said nothing may be called too."""
        for link in self._registry.settled():
            if not link.spoke:
                self._let_call(link)
            if link.mailbox.state.station.booted_at is None:
                self._ask_to_boot(link.identity)

    def _ask_to_boot(self, identity: str) -> None:
        """Once: a station that was never heard to boot has not told what it is (B01)."""
        if identity not in self._asked_to_boot:
            self._asked_to_boot.add(identity)
            order = Trigger(message=TriggerMessage.BOOT_NOTIFICATION)
            asked = OrderAsked(identity=identity, order=order, author=OURS)
            self._spawn(self._ask(asked), name=f"ask {identity} to boot")

    async def _ask(self, asked: OrderAsked) -> None:
        try:
            await self._dispatch.order(asked)
        except OgniwoError as error:
            _log.info("not_asked_to_boot", station=asked.identity, reason=str(error))

    def cut(self, identity: str, why: str) -> None:
        """End the station's link, if it has one: it may not stay or is no more."""
        link = self._registry.get(identity)
        if link is not None:
            self._dispatch.link_gone(link)
            self._spawn(link.socket.close(CLOSE_POLICY, why), name=f"close {identity}")

    def station_taken(self, taken: StationTaken) -> None:
        """A notice of the bus: a station of ours may have come to another node."""
        if taken.owner == self._node:
            return
        link = self._registry.get(taken.identity)
        if link is not None and link.mailbox.fence.epoch < taken.epoch:
            self._dispatch.link_gone(link)
            self._spawn(
                link.socket.close(CLOSE_REPLACED, "connected to another node"),
                name=f"close {taken.identity}",
            )
        self._mailboxes.lose(taken.identity, epoch=taken.epoch)

    async def _find_wanted(self, identities: Collection[str]) -> dict[str, bool]:
        """Asked again once they are ours: who was blocked since they were let in, and before

        that, was blocked at the node that had them then, which could cut no link of ours.
        """
        found = await self._records.find_credentials(identities)
        return {it.identity: it.secret is None or not it.secret.blocked for it in found}

    async def _tell_connected(self, link: Link, admitted: Admitted, handshake: Handshake) -> None:
        await self._ingest.tell(
            link.mailbox,
            EventKind.STATION_CONNECTED,
            {
                "protocol": admitted.dialect,
                "peer": handshake.peer,
                "security_profile": admitted.security_profile,
                "odd": ",".join(sorted(flag.value for flag in admitted.flags)) or None,
            },
            Linked(station_id=link.mailbox.state.station.id, since=link.since),
            LastSeen(station_id=link.mailbox.state.station.id, at=link.since),
        )

    async def _end(self, link: Link, why: str) -> None:
        self._dispatch.link_gone(link)
        link.close()
        try:
            if self._registry.remove(link) and not link.mailbox.spoilt:
                await self._ingest.tell(
                    link.mailbox,
                    EventKind.STATION_DISCONNECTED,
                    {"reason": why},
                    Linked(station_id=link.mailbox.state.station.id, since=None),
                    LastSeen(station_id=link.mailbox.state.station.id, at=link.last_seen),
                )
        except _CUT_SHORT as ended:
            _log.info("end_not_told", station=link.identity, why=str(ended))
        finally:
            self._mailboxes.release(link.mailbox)
