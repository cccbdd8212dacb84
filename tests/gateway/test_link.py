"""What becomes of a station's call when we ourselves fail."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from ogniwo.app.ingest import Exchange, Ingest
from ogniwo.app.mailbox import Mailbox, Mailboxes, MailboxFullError
from ogniwo.app.ports import RowRefusedError, WriterStoppedError
from ogniwo.app.token_use import LocalTokenUse
from ogniwo.app.tokens import TokenFile
from ogniwo.app.transaction_numbers import TransactionNumbers
from ogniwo.base.errors import InvariantError
from ogniwo.domain.facts import AnyFact, UnreadableReceived
from ogniwo.domain.quirks import USUAL
from ogniwo.gateway.link import Link, LinkCounts
from ogniwo.ocpp.catalogue import VERSIONS
from tests.app.desk import Desk, desk

START = {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


class FailingIngest(Ingest):
    """Fails at every fact it is given, except what is only to be kept."""

    failure: Exception = InvariantError("a bug of ours", {})

    async def receive(self, mailbox: Mailbox, fact: AnyFact, exchange: Exchange) -> bytes:
        if isinstance(fact, UnreadableReceived):
            return await super().receive(mailbox, fact, exchange)
        raise self.failure


class Wire:
    """The other end of the socket, in memory."""

    peer = "test"
    last_heard_ms = 0

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[bytes] = asyncio.Queue()
        self.sent: list[Any] = []
        self.closed: int | None = None

    async def receive(self) -> bytes:
        return await self.incoming.get()

    async def send(self, text: str | bytes) -> None:
        self.sent.append(json.loads(text))

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self.closed = code

    def abort(self) -> None: ...

    def ping(self) -> None: ...


class Station:
    def __init__(self, desk: Desk, mailbox: Mailbox) -> None:
        self.wire = Wire()
        mailboxes: Mailboxes = desk.mailboxes
        self.ingest = FailingIngest(
            mailboxes=mailboxes,
            records=desk.records,
            tokens=TokenFile(desk.records, desk.writer, desk.tasks),
            token_use=LocalTokenUse(),
            numbers=TransactionNumbers(desk.records),
            clock=desk.clock,
            ids=desk.ids,
        )
        self.link = Link(
            socket=self.wire,
            version=VERSIONS["ocpp1.6"],
            mailbox=mailbox,
            ingest=self.ingest,
            clock=desk.clock,
            counts=LinkCounts(),
            quirks=lambda _: USUAL,
        )

    async def ask(self, action: str, payload: dict[str, Any]) -> list[Any] | None:
        before = len(self.wire.sent)
        self.wire.incoming.put_nowait(json.dumps([2, "7", action, payload]).encode())
        await self.link.serve_one()
        return cast("list[Any]", self.wire.sent[-1]) if len(self.wire.sent) > before else None


@asynccontextmanager
async def station(directory: Path) -> AsyncIterator[Station]:
    async with desk(directory, "S") as it:
        yield Station(it, await it.mailboxes.hold("S"))


@pytest.mark.parametrize("failure", [InvariantError("ours", {}), KeyError("ours")])
async def test_a_bug_of_ours_never_answers_a_transaction_message_with_an_error(
    tmp_path: Path, failure: Exception
) -> None:
    async with station(tmp_path) as it:
        it.ingest.failure = failure
        answer = await it.ask("StartTransaction", START)
        assert answer is not None
        assert answer[0] == 3
        assert answer[2]["transactionId"] > 0
        assert (await it.ask("StatusNotification", STATUS) or [])[:3] == [4, "7", "InternalError"]


@pytest.mark.parametrize("failure", [WriterStoppedError("away"), MailboxFullError("S")])
async def test_what_cannot_be_stored_now_is_left_unanswered_so_that_it_comes_again(
    tmp_path: Path, failure: Exception
) -> None:
    async with station(tmp_path) as it:
        it.ingest.failure = failure
        assert await it.ask("StartTransaction", START) is None
        assert it.wire.closed == 1013


async def test_data_that_nothing_can_store_is_answered_with_an_error(tmp_path: Path) -> None:
    async with station(tmp_path) as it:
        it.ingest.failure = RowRefusedError("no")
        assert (await it.ask("StatusNotification", STATUS) or [])[:3] == [4, "7", "InternalError"]
