import asyncio

import pytest
from msgspec.structs import replace

from ogniwo.app.mailbox import (
    ElsewhereError,
    Mailbox,
    Mailboxes,
    MailboxFullError,
    MailboxSpoiltError,
)
from ogniwo.app.ports import Claim, Fence, FencedError
from ogniwo.base.errors import MissingError
from ogniwo.base.limits import MAILBOX_ITEMS_MAX
from ogniwo.domain.aggregate import StationState
from ogniwo.domain.decision import DomainRow
from ogniwo.domain.station import Connector, Station
from tests.app.ports_in_memory import MemoryRecords, MemoryWriter, Tasks


class Office:
    """Mailboxes over a database in memory."""

    def __init__(self, spawn: Tasks, *identities: str) -> None:
        self.records = MemoryRecords()
        self.records.add(*identities)
        self.writer = MemoryWriter(self.records)
        self.mailboxes = Mailboxes(self.records.as_records(), self.writer, spawn)


def renamed(state: StationState, name: str) -> Station:
    return replace(state.station, name=name)


async def test_items_of_one_station_have_their_turns_one_after_the_other_in_order() -> None:
    async with Tasks() as spawn:
        office = Office(spawn, "S")
        mailbox = await office.mailboxes.hold("S")
        told: list[str] = []

        async def item(number: int) -> None:
            async with mailbox:
                told.append(f"{number} begins")
                await asyncio.sleep(0)
                told.append(f"{number} ends")

        await asyncio.gather(*(item(number) for number in range(4)))
    assert told == [f"{n} {word}" for n in range(4) for word in ("begins", "ends")]


async def test_stations_do_not_wait_for_each_other() -> None:
    async with Tasks() as spawn:
        office = Office(spawn, "A", "B")
        first, second = [await office.mailboxes.hold(it) for it in ("A", "B")]
        async with first, asyncio.timeout(1), second:
            pass


async def test_a_station_with_too_many_items_is_refused_and_the_rest_goes_on() -> None:
    mailbox = Mailbox(StationState(Station(id=1, identity="S")))
    done = 0

    async def item() -> None:
        nonlocal done
        async with mailbox:
            await asyncio.sleep(0)
            done += 1

    outcomes = await asyncio.gather(
        *(item() for _ in range(MAILBOX_ITEMS_MAX + 3)), return_exceptions=True
    )
    refused = [it for it in outcomes if isinstance(it, MailboxFullError)]
    assert (done, len(refused)) == (MAILBOX_ITEMS_MAX + 1, 2)
    await item()


async def test_an_item_that_gives_up_waiting_leaves_its_place() -> None:
    mailbox = Mailbox(StationState(Station(id=1, identity="S")))
    async with mailbox:
        for _ in range(MAILBOX_ITEMS_MAX + 5):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0), mailbox:
                    pass
    async with asyncio.timeout(1), mailbox:
        pass


async def test_what_is_committed_is_durable_first_and_only_then_true_and_told() -> None:
    async with Tasks() as spawn, asyncio.TaskGroup() as committing:
        office = Office(spawn, "S")
        told: list[tuple[str | None, DomainRow]] = []
        office.mailboxes.watch(lambda state, row: told.append((state.station.name, row)), Station)
        mailbox = await office.mailboxes.hold("S")
        after = renamed(mailbox.state, "new")
        other = Connector(station_id=1, evse=1, connector=1)
        office.writer.gate.clear()

        async def commit() -> None:
            async with mailbox:
                await office.mailboxes.commit(mailbox, [after, other])

        committing.create_task(commit())
        await asyncio.sleep(0.01)
        assert (mailbox.state.station.name, told) == (None, [])
        office.writer.gate.set()
    assert office.writer.written == [after, other]
    assert (mailbox.state.station, mailbox.state.connectors[1, 1]) == (after, other)
    assert told == [("new", after)]


async def test_what_could_not_be_stored_did_not_happen() -> None:
    async with Tasks() as spawn:
        office = Office(spawn, "S")
        told: list[DomainRow] = []
        office.mailboxes.watch(lambda _, row: told.append(row), Station)
        mailbox = await office.mailboxes.hold("S")
        office.writer.failure = OSError("disk full")
        with pytest.raises(OSError, match="disk full"):
            async with mailbox as state:
                await office.mailboxes.commit(mailbox, [renamed(state, "new")])
        assert (mailbox.state.station.name, told) == (None, [])
        async with asyncio.timeout(1), mailbox:
            pass


async def test_all_who_hold_a_station_share_its_mailbox_and_the_last_one_puts_it_away() -> None:
    async with Tasks() as spawn:
        office = Office(spawn, "S")
        first, second = await asyncio.gather(*(office.mailboxes.hold("S") for _ in range(2)))
        assert first is second is office.mailboxes.resident("S")
        office.mailboxes.release(first)
        assert office.mailboxes.resident("S") is second
        office.mailboxes.release(second)
        assert office.mailboxes.resident("S") is None
        assert await office.mailboxes.hold("S") is not first


async def test_a_storm_of_stations_is_loaded_together_and_strangers_are_missing() -> None:
    names = [f"S{number}" for number in range(50)]
    async with Tasks() as spawn:
        office = Office(spawn, *names)
        held = await asyncio.gather(
            *(office.mailboxes.hold(it) for it in [*names, "stranger"]), return_exceptions=True
        )
    assert [it.identity for it in held if isinstance(it, Mailbox)] == names
    assert isinstance(held[-1], MissingError)
    assert len(office.records.reads) == 1


async def test_nothing_to_commit_writes_nothing() -> None:
    async with Tasks() as spawn:
        office = Office(spawn, "S")
        mailbox = await office.mailboxes.hold("S")
        async with mailbox:
            await office.mailboxes.commit(mailbox, [])
    assert office.writer.written == []


async def test_a_station_connected_to_another_node_is_not_held_here() -> None:
    async with Tasks() as spawn:
        office = Office(spawn, "S")
        office.records.claims["S"] = Claim(identity="S", epoch=4, owner=7, aggregate=None)
        with pytest.raises(ElsewhereError) as elsewhere:
            await office.mailboxes.hold("S")
        assert elsewhere.value.owner == 7
        del office.records.claims["S"]
        assert (await office.mailboxes.hold("S")).fence.epoch == 1


async def test_what_is_committed_carries_the_claim_it_was_decided_under() -> None:
    async with Tasks() as spawn:
        office = Office(spawn, "S")
        async with office.mailboxes.turn("S") as mailbox:
            await office.mailboxes.commit(mailbox, [renamed(mailbox.state, "new")])
    assert office.writer.fences == [Fence(1, 1)]


async def test_a_station_taken_by_another_node_is_let_go_and_whoever_watches_is_told() -> None:
    async with Tasks() as spawn:
        office = Office(spawn, "S")
        lost: list[str] = []
        office.mailboxes.watch_claims(lambda _mailbox, _aggregate: None, lost.append)
        mailbox = await office.mailboxes.hold("S")
        office.writer.failure = FencedError("epoch 2")
        with pytest.raises(MailboxSpoiltError):
            async with mailbox as state:
                await office.mailboxes.commit(mailbox, [renamed(state, "new")])
        assert mailbox.state.station.name is None, "what was not stored did not happen"
        with pytest.raises(MailboxSpoiltError):
            async with mailbox:
                pass
        assert lost == ["S"]
        office.writer.failure = None
        assert await office.mailboxes.hold("S") is not mailbox, "the next one claims it anew"


async def test_old_news_of_a_takeover_change_nothing() -> None:
    async with Tasks() as spawn:
        office = Office(spawn, "S")
        lost: list[str] = []
        office.mailboxes.watch_claims(lambda _mailbox, _aggregate: None, lost.append)
        mailbox = await office.mailboxes.hold("S")
        office.mailboxes.lose("S", epoch=1)
        async with mailbox:
            pass
        assert lost == []
        office.mailboxes.lose("S", epoch=2)
        assert (mailbox.spoilt, lost) == (True, ["S"])
