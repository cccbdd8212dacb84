import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from ogniwo.app.bus import OrderAsked
from ogniwo.app.dispatch import command_asked
from ogniwo.app.ports import RowRefusedError
from ogniwo.base.errors import RefusedError
from ogniwo.base.limits import CALLS_QUEUED_MAX, COMMAND_DEADLINE_S, EFFECT_DEADLINE_S
from ogniwo.domain.commands import CommandState
from ogniwo.domain.orders import ChangeAvailability, Report, ReportKeys, Reset, ResetKind, Unlock
from tests.app.desk import desk, until

SOFT = Reset(kind=ResetKind.SOFT, evse=1)  # of one EVSE: no effect to wait for


async def test_an_order_given_while_the_answer_before_is_being_stored_is_sent(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "S") as it:
        link = it.connect("S")
        first = await it.order(SOFT)
        await until(lambda: len(link.called) == 1)
        it.writer.gate.clear()
        link.accept()
        await until(lambda: it.writer.waiting == 1)
        later = asyncio.ensure_future(it.order(Unlock(evse=2)))  # noqa: TID251 - awaited below
        await asyncio.sleep(0.01)
        it.writer.gate.set()
        second = await later
        assert await it.ended(first) is CommandState.ACCEPTED
        await until(lambda: len(link.called) == 2)
        link.accept()
        assert await it.ended(second) is CommandState.ACCEPTED
        assert link.called == [SOFT, Unlock(evse=2)]


async def test_orders_with_one_key_at_one_moment_are_one_order(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        link = it.connect("S")
        given = await asyncio.gather(*(it.order(SOFT, key="k") for _ in range(5)))
        link.accept()
        assert len({command.id for command in given}) == 1
        assert await it.ended(given[0]) is CommandState.ACCEPTED
        again = await it.order(SOFT, key="k")
        assert again.id == given[0].id
        assert link.called == [SOFT]


async def test_a_key_does_not_stand_for_two_different_orders(tmp_path: Path) -> None:
    async with desk(tmp_path, "S", "T") as it:
        await it.order(SOFT, key="k")
        with pytest.raises(RefusedError, match="stands for another order") as refused:
            await it.order(Unlock(evse=1), key="k")
        assert refused.value.code == "key_reused"
        with pytest.raises(RefusedError, match="stands for another order"):
            await it.order(SOFT, key="k", to="T")


async def test_an_order_that_could_not_be_stored_does_not_stop_the_next(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        link = it.connect("S")
        it.writer.failures = [RowRefusedError("no")]
        with pytest.raises(RowRefusedError):
            await it.order(SOFT)
        second = await it.order(SOFT)
        link.accept()
        assert await it.ended(second) is CommandState.ACCEPTED


async def test_orders_being_stored_have_their_place_in_the_queue(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        given = await asyncio.gather(
            *(it.order(SOFT) for _ in range(CALLS_QUEUED_MAX + 10)), return_exceptions=True
        )
        refused = [one for one in given if isinstance(one, RefusedError)]
        assert [one.code for one in refused] == ["queue_full"] * 10


async def test_an_answer_that_cannot_be_stored_ends_its_order(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        link = it.connect("S")
        command = await it.order(SOFT)
        it.writer.failures = [RowRefusedError("a strange answer")]
        link.accept()
        assert await it.ended(command) is CommandState.FAILED


async def test_an_order_that_its_sender_lost_does_not_wait_for_ever(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        link = it.connect("S")
        command = await it.order(SOFT)
        it.writer.failures = [RowRefusedError("no"), RowRefusedError("still no")]
        link.accept()
        await until(lambda: not it.writer.failures)
        await asyncio.sleep(0)
        await it.dispatch.expire()
        assert await it.ended(command) is CommandState.NODE_LOST


async def test_an_order_to_an_absent_station_expires_and_one_under_way_does_not(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "S", "T") as it:
        link = it.connect("T")
        absent = await it.order(SOFT)
        present = await it.order(SOFT, to="T")
        it.clock.advance(COMMAND_DEADLINE_S + 1)
        await it.dispatch.expire()
        assert await it.state_of(absent) is CommandState.EXPIRED
        assert await it.state_of(present) is CommandState.SENT
        link.accept()
        assert await it.ended(present) is CommandState.ACCEPTED


async def test_an_effect_seen_at_the_last_moment_stands(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        link = it.connect("S")
        command = await it.order(ChangeAvailability(operative=False, evse=1))
        link.accept()
        mailbox = await it.mailboxes.hold("S")
        await until(lambda: command.id in mailbox.state.awaiting)
        it.clock.advance(EFFECT_DEADLINE_S + 1)
        async with mailbox as state:
            expiring = asyncio.ensure_future(it.dispatch.expire())  # noqa: TID251 - awaited below
            await asyncio.sleep(0.01)
            seen = replace(state.awaiting[command.id], state=CommandState.APPLIED, finished_at=1)
            await it.mailboxes.commit(mailbox, [seen])
        await expiring
        assert await it.state_of(command) is CommandState.APPLIED


async def test_an_effect_that_is_never_seen_is_told(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        link = it.connect("S")
        command = await it.order(ChangeAvailability(operative=False, evse=1))
        link.accept()
        await until(lambda: not link.answers.qsize())
        await asyncio.sleep(0.05)
        it.clock.advance(EFFECT_DEADLINE_S + 1)
        await it.dispatch.expire()
        assert await it.state_of(command) is CommandState.NOT_APPLIED


@pytest.mark.parametrize("by_s", [-5 * 3_600, 24 * 3_600])
async def test_a_clock_that_is_set_neither_ends_an_order_nor_keeps_it(
    tmp_path: Path, by_s: int
) -> None:
    async with desk(tmp_path, "S") as it:
        command = await it.order(Unlock(evse=1))
        it.clock.set(by_s)
        await it.dispatch.expire()
        assert await it.state_of(command) is CommandState.QUEUED
        it.clock.advance(COMMAND_DEADLINE_S + 1)
        await it.dispatch.expire()
        assert await it.state_of(command) is CommandState.EXPIRED


async def test_an_order_found_after_the_clock_was_set_back_waits_no_longer_than_it_was_given(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "S") as it:
        command = await it.order(Unlock(evse=1))
    async with desk(tmp_path) as it:
        it.clock.set(-5 * 3_600)
        await it.dispatch.take_up(node=0, unowned=True)
        it.clock.advance(COMMAND_DEADLINE_S + 1)
        await it.dispatch.expire()
        assert await it.state_of(command) is CommandState.EXPIRED


async def test_what_was_under_way_when_the_server_died_is_lost_and_what_waited_is_sent(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "S") as it:
        it.connect("S")
        sent = await it.order(SOFT)
        queued = await it.order(Unlock(evse=1))
    async with desk(tmp_path) as it:
        await it.dispatch.take_up(node=0, unowned=True)
        assert await it.ended(sent) is CommandState.NODE_LOST
        link = it.connect("S")
        link.accept()
        assert await it.ended(queued) is CommandState.ACCEPTED
        assert link.called == [Unlock(evse=1)]


async def test_what_may_be_done_twice_is_sent_again_when_its_node_died(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        it.connect("S")
        sent = await it.order(Unlock(evse=1))
    async with desk(tmp_path) as it:
        await it.dispatch.take_up(node=0, unowned=True)
        link = it.connect("S")
        link.accept()
        assert await it.ended(sent) is CommandState.ACCEPTED
        assert link.called == [Unlock(evse=1)]


async def test_an_order_left_in_the_database_is_taken_up_once(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        link = it.connect("S")
        mailbox = await it.mailboxes.hold("S")  # as a connected station's is
        left = command_asked(
            OrderAsked(identity="S", order=SOFT, author="test"),
            mailbox.state.station.id,
            command_id=it.ids.next(),
            now=it.clock.now_us(),
        )
        await it.storage.writer.write([left])
        link.accept()
        for _ in range(3):
            await it.dispatch.take_up(node=0, unowned=False)
        assert await it.ended(left) is CommandState.ACCEPTED
        await it.dispatch.take_up(node=0, unowned=True)
        assert link.called == [SOFT]


async def test_an_order_ended_by_another_node_is_not_sent_by_this_one(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        command = await it.order(SOFT)
        elsewhere = replace(command, state=CommandState.EXPIRED, finished_at=1)
        await it.storage.writer.write([elsewhere])
        link = it.connect("S")  # its orders are read again with the claim
        mailbox = await it.mailboxes.hold("S")
        link.accept()
        it.dispatch.link_ready(link)
        await asyncio.sleep(0.05)
        it.mailboxes.release(mailbox)
        assert await it.state_of(command) is CommandState.EXPIRED
        assert link.called == []


async def test_an_order_that_is_not_answered_goes_on_as_another(tmp_path: Path) -> None:
    async with desk(tmp_path, "S") as it:
        link = it.connect("S")
        link.silent = True
        asked = await it.order(Report())
        link.answers.put_nowait(None)
        await until(lambda: len(link.called) == 2)
        link.answers.put_nowait(None)
        assert await it.ended(asked) is CommandState.TIMED_OUT
    assert link.called == [Report(), ReportKeys()]
