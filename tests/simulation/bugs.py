"""Bugs planted into the server on purpose: what the referee is worth is what it catches.

Each is one that a system like this has had, or nearly. They are put in from outside, for the
length of one world; the product has no switch for them.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Final
from unittest.mock import patch

from msgspec.structs import replace
from sqlalchemy import bindparam, select

from ogniwo.app.mailbox import Mailbox, Mailboxes, MailboxSpoiltError
from ogniwo.app.ports import Fence, FencedError, Row
from ogniwo.base.units import Instant
from ogniwo.domain import metering, repairs, sequence, session, settling
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.meter import Reading
from ogniwo.domain.orders import AnyOrder
from ogniwo.domain.session import Session, SessionState
from ogniwo.gateway.link import Link
from ogniwo.ocpp.rpc.frame import Call, Send
from ogniwo.storage import orphans
from ogniwo.storage.batch import StoredRow
from ogniwo.storage.group_commit import GroupCommit, Unit
from ogniwo.storage.schema import event
from ogniwo.storage.writer import InlineWriter

Plant = Callable[[], AbstractContextManager[Any]]


def answer_before_commit() -> AbstractContextManager[Any]:
    """The writer says "stored" as soon as it has taken the rows."""

    async def write(
        self: InlineWriter, rows: Sequence[StoredRow], *, fence: Fence | None = None
    ) -> None:
        self._enqueue(Unit(rows, lambda _error: None, fence))

    return patch.object(InlineWriter, "write", write)


def dedupe_by_message_id() -> AbstractContextManager[Any]:
    """A call whose message id this station has used before gets the answer of that time."""
    answers: dict[tuple[str, str], bytes] = {}
    serve = Link._serve_call

    async def serve_once(self: Link, call: Call | Send, text: bytes, now: Instant) -> None:
        key = (self.identity, str(call.id))
        if key in answers:
            await self.socket.send(answers[key])
            return
        send = self.socket.send

        async def keep(said: str | bytes) -> None:
            answers[key] = said if isinstance(said, bytes) else said.encode()
            await send(said)

        with patch.object(self.socket, "send", keep):
            await serve(self, call, text, now)

    return patch.object(Link, "_serve_call", serve_once)


def no_fencing() -> AbstractContextManager[Any]:
    """What was decided under a claim is stored even when another node has the station now."""
    write = InlineWriter.write

    async def write_anyway(
        self: InlineWriter, rows: Sequence[StoredRow], *, fence: Fence | None = None
    ) -> None:
        del fence
        await write(self, rows)

    return patch.object(InlineWriter, "write", write_anyway)


def apply_before_commit() -> AbstractContextManager[Any]:
    """The aggregate in memory takes rows over before they are durable."""

    async def commit(
        self: Mailboxes, mailbox: Mailbox, rows: Sequence[DomainRow], others: Sequence[Row] = ()
    ) -> None:
        mailbox.state.absorb(rows)
        try:
            await self._writer.write((*rows, *others), fence=mailbox.fence)
        except FencedError as fenced:
            self.forget(mailbox)
            raise MailboxSpoiltError(mailbox.identity) from fenced
        for row in rows:
            for observer in self._observers.get(type(row), ()):
                observer(mailbox.state, row)

    return patch.object(Mailboxes, "commit", commit)


def lost_reply_on_reconnect() -> AbstractContextManager[Any]:
    """What a station says again on its next link is known already, and not answered."""
    said: dict[tuple[str, str, bytes], Link] = {}
    serve = Link._serve_call

    async def serve_first(self: Link, call: Call | Send, text: bytes, now: Instant) -> None:
        key = (self.identity, call.action, bytes(call.payload))
        known = said.setdefault(key, self) is not self
        if not (known and self._version.is_money(call.action)):
            await serve(self, call, text, now)

    return patch.object(Link, "_serve_call", serve_first)


def seq_no_off_by_one() -> AbstractContextManager[Any]:
    """A transaction counts as complete when all but the event before its last have come."""
    complete = sequence.complete

    def nearly(ranges: sequence.Ranges, *, first: int | None, last: int | None) -> bool:
        if last is not None:
            ranges = sequence.add(ranges, last - 1)
        return complete(ranges, first=first, last=last)

    return patch.object(sequence, "complete", nearly)


def late_data_revives() -> AbstractContextManager[Any]:
    """A reading that comes after the end makes its session charge again."""
    with_reading = session.with_reading

    def revived(one: Session, reading: Reading, *, sample_id: int) -> Session:
        after = with_reading(one, reading, sample_id=sample_id)
        return replace(after, state=SessionState.CHARGING) if one.final else after

    return patch.object(metering, "with_reading", revived)


def command_twice() -> AbstractContextManager[Any]:
    """After a crash every order that was under way is sent again, also those that may do harm."""
    planted = ExitStack()
    for order in AnyOrder.__args__:
        planted.enter_context(patch.object(order, "repeatable", new=True))
    return planted


def accepted_is_forgotten() -> AbstractContextManager[Any]:
    """That a station accepted an order is noted, and not what it holds since then."""
    return patch.object(settling, "held_after", lambda *_given: ())


def unknown_is_lost() -> AbstractContextManager[Any]:
    """A commit whose answer was lost is done again without a look whether it happened."""
    return patch.object(GroupCommit, "_store_part", _store_blindly)


def _store_blindly(self: GroupCommit, part: Any) -> None:
    part.tried = False
    with patch.object(self._store, "has_stored", lambda _number: False):
        _store_part(self, part)


_store_part: Final = GroupCommit._store_part


def closed_is_repaired() -> AbstractContextManager[Any]:
    """A person may decide about a session that is closed already."""
    return patch.object(repairs, "_check_may_be_repaired", lambda *_given: None)


def echo_is_another_stop() -> AbstractContextManager[Any]:
    """A stop of no session that came twice may be decided about twice."""
    named = select(event).where(event.c.kind == "orphan_stored", event.c.id == bindparam("id"))
    return patch.object(orphans, "STOP", named)


BUGS: Final[dict[str, Plant]] = {
    it.__name__: it
    for it in (
        answer_before_commit,
        dedupe_by_message_id,
        no_fencing,
        apply_before_commit,
        lost_reply_on_reconnect,
        seq_no_off_by_one,
        late_data_revives,
        command_twice,
        accepted_is_forgotten,
        unknown_is_lost,
        closed_is_repaired,
        echo_is_another_stop,
    )
}
