"""The bus of many nodes, over NATS.

What a node asks itself, and what it hears of its own, takes no server. While there is none,
questions fail at once and notices are dropped: nothing waits, so nothing arrives late.
"""

import contextlib
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, TypeVar

from msgspec import Struct
from nats import errors
from nats.aio.msg import Msg

from ogniwo.app.bus import Answered, AnyNotice, Asked, BusAwayError, Handle, NodeFailedError
from ogniwo.app.ports import Spawn
from ogniwo.base import log
from ogniwo.base.clock import Clock
from ogniwo.base.errors import RefusedError
from ogniwo.bus.client import Client
from ogniwo.bus.envelope import (
    FailureTold,
    OtherVersionError,
    RefusalTold,
    Told,
    UnreadableError,
    answer_of,
    open_answer,
    open_notice,
    open_question,
    parts_of,
    seal,
)
from ogniwo.bus.keeper import Keeper
from ogniwo.bus.link import Link, LinkLostError, OnMessage
from ogniwo.bus.local import LocalBus
from ogniwo.bus.questions import Questions
from ogniwo.bus.servers import servers_from
from ogniwo.bus.subjects import PREFIX, Subjects
from ogniwo.bus.troubles import Troubles

CLOSE_GRACE_S: Final = 3.0  # for questions under way when the node ends

N = TypeVar("N", bound=AnyNotice)

_log = log.get("bus")


class NatsBus:
    """Implements the port ``Bus``."""

    def __init__(
        self,
        urls: str,
        *,
        node: int,
        spawn: Spawn,
        clock: Clock,
        prefix: str = PREFIX,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Errors: UsageError."""
        self._node = node
        self._subjects = Subjects(prefix)
        self._home = LocalBus(node)
        self._questions = Questions(spawn)
        self._troubles = Troubles(clock)
        self._closing = False
        self._keeper = Keeper(
            servers_from(urls),
            name=f"ogniwo node {node}",
            clock=clock,
            tls=tls,
            new_link=self._new_link,
            prepare=self._prepare,
            on_error=self._hear_error,
        )

    @classmethod
    async def connect(
        cls,
        urls: str,
        *,
        node: int,
        spawn: Spawn,
        clock: Clock,
        prefix: str = PREFIX,
        tls: ssl.SSLContext | None = None,
    ) -> "NatsBus":
        """Returns when every server was tried once; none need be there. Errors: UsageError."""
        bus = cls(urls, node=node, spawn=spawn, clock=clock, prefix=prefix, tls=tls)
        await bus._keeper.start(spawn)
        return bus

    @property
    def away_since_ms(self) -> int | None:
        return self._keeper.away_since_ms

    async def serve(self, handle: Handle) -> None:
        await self._home.serve(handle)
        await self._subscribe_now()

    async def listen(self, kind: type[N], hear: Callable[[N], None]) -> None:
        await self._home.listen(kind, hear)
        await self._subscribe_now()

    async def ask(self, node: int, asked: Asked, *, timeout_s: float) -> Answered:
        """After BusAwayError and NodeGoneError it was not done; after NodeFailedError it may be."""
        if node == self._node or self._closing:
            return await self._home.ask(node, asked, timeout_s=timeout_s)
        link = self._keeper.link
        if link is None:
            raise BusAwayError("there is no connection to the bus now; try again in a few seconds")
        payload = _sealed(asked, "the question", bytes_max=link.payload_bytes_max)
        subject = self._subjects.question(node, asked)
        answer = await link.ask(node, subject, payload, timeout_s=timeout_s)
        try:
            told = open_answer(answer)
        except OtherVersionError as error:
            raise RefusedError("bus_versions", f"node {node} answered, but {error}") from error
        except UnreadableError as error:
            raise NodeFailedError(f"the answer of node {node} cannot be read: {error}") from error
        return answer_of(told, node=node)

    def tell(self, notice: AnyNotice) -> None:
        self._home.tell(notice)
        link = self._keeper.link
        if link is not None and not link.tell(notice):
            self._troubles.had("bus_notice_dropped", why="the server takes them too slowly")

    async def close(self) -> None:
        """No new questions; those under way may end; whoever waits here is told at once."""
        self._closing = True
        await self._home.close()
        link = self._keeper.link
        if link is not None:
            link.fail_questions("this node ended")
            await link.unsubscribe(self._subjects.questions(self._node))
        await self._questions.end(grace_s=CLOSE_GRACE_S)
        if link is not None:
            await link.finish()
        await self._keeper.stop()

    # -- what is subscribed to --------------------------------------------------------------

    def _new_link(self, client: Client) -> Link:
        return Link(client, inbox=self._subjects.new_inbox(), parts=self._parts)

    async def _prepare(self, link: Link) -> None:
        await link.open()
        await self._catch_up(link)

    async def _subscribe_now(self) -> None:
        """What cannot be subscribed to now will be with the next connection."""
        if (link := self._keeper.link) is not None:
            with contextlib.suppress(LinkLostError):
                await self._catch_up(link)

    async def _catch_up(self, link: Link) -> None:
        """Once more if more was wanted meanwhile: nothing may fall between two of these."""
        while True:
            for subject, on_message in self._wanted():
                await link.subscribe(subject, on_message)
            await link.settle()
            if all(link.has(subject) for subject, _ in self._wanted()):
                return

    def _wanted(self) -> list[tuple[str, OnMessage]]:
        wanted: list[tuple[str, OnMessage]] = [
            (self._subjects.notice(kind), partial(self._on_notice, kind))
            for kind in self._home.listeners.kinds
        ]
        if self._home.handle is not None:
            wanted.append((self._subjects.questions(self._node), self._on_question))
        return wanted

    # -- what arrives -----------------------------------------------------------------------

    async def _on_notice(self, kind: type[Struct], message: Msg) -> None:
        try:
            notice = open_notice(kind, message.data)
        except UnreadableError as error:
            self._troubles.had("bus_notice_unreadable", subject=message.subject, why=str(error))
            return
        self._home.listeners.hear(notice)

    async def _on_question(self, message: Msg) -> None:
        respond = partial(self._respond, message.reply)
        handle = self._home.handle
        try:
            asked = open_question(message.data)
        except UnreadableError as error:
            self._troubles.had("bus_question_unreadable", subject=message.subject, why=str(error))
            respond(RefusalTold("not_understood", f"node {self._node} was asked, but {error}"))
            return
        if handle is not None and not self._questions.take(handle, asked, respond):
            self._troubles.had("bus_question_turned_away", subject=message.subject)

    def _respond(self, reply: str, told: Told) -> None:
        link = self._keeper.link
        if not reply or link is None:
            return  # who asked has heard of the lost connection
        try:
            payload = _sealed(told, "its answer", bytes_max=link.payload_bytes_max)
        except RefusedError as error:
            payload = seal(FailureTold(str(error)))
        link.answer(reply, payload)

    async def _hear_error(self, error: Exception) -> None:
        match error:
            case errors.SlowConsumerError():
                self._troubles.had("bus_too_slow", subject=error.subject)
            case errors.UnexpectedEOF() | errors.StaleConnectionError() | OSError():
                pass  # the keeper sees to it
            case errors.Error():
                _log.error("bus_server_objects", what=str(error))  # e.g. a permission is missing
            case _:
                _log.error("bus_failed", exc_info=error)

    def _parts(self, notice: AnyNotice) -> Iterator[tuple[str, bytes]]:
        subject = self._subjects.notice(type(notice))
        link = self._keeper.link
        try:
            for payload in parts_of(notice, bytes_max=link.payload_bytes_max if link else 0):
                yield subject, payload
        except (UnreadableError, ValueError, TypeError) as error:
            self._troubles.had("bus_notice_dropped", subject=subject, why=str(error))


def _sealed(content: Asked | Told, what: str, *, bytes_max: int) -> bytes:
    """Errors: RefusedError."""
    try:
        payload = seal(content)
    except (ValueError, TypeError) as error:
        raise RefusedError("not_for_bus", f"{what} cannot travel on the bus: {error}") from error
    if len(payload) > bytes_max:
        raise RefusedError(
            "too_large_for_bus",
            f"{what} has {len(payload)} bytes and the bus carries {bytes_max}: make it smaller, "
            "or raise max_payload of the NATS server",
        )
    return payload
