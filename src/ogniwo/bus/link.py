"""What is under way on one connection: questions that wait for an answer, and what is to be sent.

It lives as long as the connection. When that is lost, whoever waits here is told at once, and
what was not sent is forgotten.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, NamedTuple

from nats import errors
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from ogniwo.app.bus import AnyNotice, BusAwayError, NodeFailedError
from ogniwo.base.errors import OgniwoError
from ogniwo.bus.client import Client
from ogniwo.bus.envelope import node_gone

LETTERS_MAX: Final = 16_384  # questions and answers not yet sent; more than nodes have under way
NOTICES_MAX: Final = 256  # notices not yet sent: a minute of the live stream; then they are lost
SETTLE_S_MAX: Final = 5  # for the server to confirm; as long as between two pings
END_S_MAX: Final = 2.0  # for each step of an orderly end; a server that hangs must not hold us
HEARD_MAX: Final = 16_384  # messages of one subject that wait for us; then nats-py drops them
HEARD_BYTES_MAX: Final = 64 * 1024 * 1024
_NO_RESPONDERS: Final = "503"

Parts = Callable[[AnyNotice], Iterator[tuple[str, bytes]]]
OnMessage = Callable[[Msg], Awaitable[None]]


class LinkLostError(BusAwayError):
    """This connection takes nothing more; another one will."""


class _Question:
    """``answer`` is the payload that came, or the error instead of one."""

    __slots__ = ("answer", "node")

    def __init__(self, node: int) -> None:
        self.node = node
        self.answer: asyncio.Future[bytes | OgniwoError] = (
            asyncio.get_running_loop().create_future()
        )

    @property
    def is_open(self) -> bool:
        return not self.answer.done()

    def settle(self, answer: bytes | OgniwoError) -> None:
        if self.is_open:
            self.answer.set_result(answer)


class _Letter(NamedTuple):
    subject: str
    payload: bytes
    reply: str
    question: _Question | None


class Link:
    def __init__(self, client: Client, *, inbox: str, parts: Parts) -> None:
        self._client = client
        self._inbox = inbox
        self._parts = parts
        self._asked = 0
        self._answers: dict[str, _Question] = {}
        self._letters: deque[_Letter] = deque()
        self._notices: deque[AnyNotice] = deque()
        self._posted = asyncio.Event()
        self._idle = asyncio.Event()
        self._subscriptions: dict[str, Subscription | None] = {}  # None: about to be

    @property
    def alive(self) -> bool:
        return self._client.is_connected and not self._client.lost.is_set()

    @property
    def payload_bytes_max(self) -> int:
        return self._client.max_payload

    @property
    def server(self) -> str:
        url = self._client.connected_url
        return "" if url is None else url.netloc  # it was given without credentials

    async def open(self) -> None:
        """Errors: LinkLostError."""
        await self.subscribe(f"{self._inbox}.*", self._on_answer)

    def has(self, subject: str) -> bool:
        return subject in self._subscriptions

    async def subscribe(self, subject: str, on_message: OnMessage) -> None:
        """Errors: LinkLostError. A subject that is subscribed to already stays so."""
        if subject in self._subscriptions:
            return
        self._subscriptions[subject] = None
        try:
            self._subscriptions[subject] = await self._client.subscribe(
                subject,
                cb=on_message,
                pending_msgs_limit=HEARD_MAX,
                pending_bytes_limit=HEARD_BYTES_MAX,
            )
        except (errors.Error, OSError) as error:
            raise LinkLostError(str(error)) from error

    async def settle(self) -> None:
        """The server has taken everything so far. Errors: LinkLostError."""
        try:
            async with asyncio.timeout(SETTLE_S_MAX):
                await self._client.flush(timeout=2 * SETTLE_S_MAX)
        except (errors.Error, OSError, TimeoutError) as error:
            await self.drop()  # nats-py does not survive an answer that comes too late
            raise LinkLostError(str(error)) from error

    async def unsubscribe(self, subject: str) -> None:
        """What has arrived is still handled; a lost connection has unsubscribed already."""
        subscription = self._subscriptions.pop(subject, None)
        if subscription is not None:
            try:
                async with asyncio.timeout(END_S_MAX):
                    await subscription.drain()  # type: ignore[no-untyped-call] # nats-py left it out
            except (errors.Error, OSError, TimeoutError):
                await self.drop()

    # -- what goes out ----------------------------------------------------------------------

    async def ask(self, node: int, subject: str, payload: bytes, *, timeout_s: float) -> bytes:
        """Errors: BusAwayError, NodeGoneError, NodeFailedError."""
        self._asked += 1
        number = str(self._asked)
        self._answers[number] = question = _Question(node)
        try:
            if not self._post(_Letter(subject, payload, f"{self._inbox}.{number}", question)):
                raise BusAwayError("the bus takes nothing more for now; nothing was sent")
            async with asyncio.timeout(timeout_s):
                answer = await question.answer
        except TimeoutError:
            raise NodeFailedError(f"node {node} did not answer within {timeout_s:g} s") from None
        finally:
            del self._answers[number]
        if isinstance(answer, OgniwoError):
            raise answer
        return answer

    def answer(self, reply: str, payload: bytes) -> None:
        """Lost when it cannot be sent: who asked hears of it, or loses patience."""
        self._post(_Letter(reply, payload, "", None))

    def _post(self, letter: _Letter) -> bool:
        if not self.alive or len(self._letters) >= LETTERS_MAX:
            return False
        self._letters.append(letter)
        self._wake()
        return True

    def tell(self, notice: AnyNotice) -> bool:
        """False when it is lost: there is no room, or no connection."""
        if not self.alive or len(self._notices) >= NOTICES_MAX:
            return False
        self._notices.append(notice)
        self._wake()
        return True

    def _wake(self) -> None:
        self._idle.clear()
        self._posted.set()

    async def send(self) -> None:
        """Sends what is posted until the connection is lost, or this is cancelled."""
        try:
            parts: Iterator[tuple[str, bytes]] = iter(())
            while self.alive:
                await self._client.room()
                if self._letters:
                    await self._send_letter(self._letters.popleft())
                    continue
                part = next(parts, None)
                if part is not None:
                    await self._client.publish(*part)
                    await asyncio.sleep(0)  # a large live batch must not hold up the loop
                elif self._notices:
                    parts = self._parts(self._notices.popleft())
                else:
                    self._posted.clear()
                    self._idle.set()
                    await self._posted.wait()
        except (errors.Error, OSError):
            await self.drop()

    async def _send_letter(self, letter: _Letter) -> None:
        if letter.question is None or letter.question.is_open:  # else nobody waits for it now
            await self._client.publish(letter.subject, letter.payload, letter.reply)

    # -- how it ends ------------------------------------------------------------------------

    async def lost(self) -> None:
        """Returns when the connection is lost."""
        await self._client.lost.wait()

    def fail_questions(self, why: str) -> None:
        """Nobody waits for ever: the answers to these cannot come any more."""
        for question in self._answers.values():
            question.settle(NodeFailedError(f"{why} before node {question.node} had answered"))

    async def finish(self) -> None:
        """Sends what waits, then closes."""
        if not self.alive:
            return
        try:
            async with asyncio.timeout(END_S_MAX):
                await self._idle.wait()
                await self._client.flush(timeout=SETTLE_S_MAX)
        except (errors.Error, OSError, TimeoutError):
            pass  # what is lost with us was not the truth
        await self.drop()

    async def drop(self) -> None:
        await self._client.close()
        self._posted.set()

    # -- what comes in ----------------------------------------------------------------------

    async def _on_answer(self, message: Msg) -> None:
        question = self._answers.get(message.subject.rpartition(".")[2])
        if question is None:
            return  # nobody waits for it any more
        headers = message.headers
        if not message.data and headers and headers.get("Status") == _NO_RESPONDERS:
            question.settle(node_gone(question.node))
        else:
            question.settle(message.data)
