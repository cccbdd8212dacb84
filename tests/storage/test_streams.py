"""A follower misses nothing, whatever order transactions end in."""

from pathlib import Path
from typing import Final

import pytest

from ogniwo.domain.access import Token, TokenType
from ogniwo.storage import schema
from ogniwo.storage.opening import Storage
from tests.storage.engines import Engine, on_every_engine, on_postgresql
from tests.storage.pg_world import Other, other_on
from tests.storage.trade import an_event

EVENT: Final = "INSERT INTO event (id, org_id, kind, at, data) VALUES ($1, 1, 'boot', 0, '{}')"
CHANGE: Final = "INSERT INTO change (kind, key, at) VALUES ('token', $1, 0)"


async def events(storage: Storage, after: int = 0) -> list[int]:
    return [int(it.id) for it in await storage.read_models.events(after=after, limit=10)]


async def recent(storage: Storage) -> list[int]:
    return [int(it.id) for it in await storage.read_models.recent_events(10)]


@on_postgresql
async def test_an_event_with_a_lower_id_that_is_committed_later_is_not_missed(
    engine: Engine, tmp_path: Path
) -> None:
    url = engine.url(tmp_path)
    async with engine.opened(tmp_path) as storage, other_on(url) as slow, other_on(url) as quick:
        await quick.run(EVENT, 5)
        await slow.run("BEGIN")
        await slow.run(EVENT, 10)
        await quick.run(EVENT, 11)
        while_open = await events(storage), await recent(storage)
        latest = await storage.read_models.latest_event_id()
        await slow.run("COMMIT")

        assert while_open == ([5], [5])  # 11 waits for 10
        assert latest == 5
        assert await events(storage) == [5, 10, 11]
        assert await events(storage, after=10) == [11]
        assert await recent(storage) == [11, 10, 5]


@on_postgresql
async def test_the_order_is_that_of_transactions_where_identifiers_say_otherwise(
    engine: Engine, tmp_path: Path
) -> None:
    """A node whose clock is behind writes later, with lower identifiers."""
    url = engine.url(tmp_path)
    async with engine.opened(tmp_path) as storage, other_on(url) as other:
        await other.run(EVENT, 20)
        read = await events(storage)
        await other.run(EVENT, 15)

        assert read == [20]
        assert await events(storage, after=20) == [15]
        assert await events(storage, after=15) == []
        assert await storage.read_models.latest_event_id() == 15
        assert await recent(storage) == [15, 20]


@on_every_engine
async def test_a_follower_goes_on_after_an_event_that_nobody_knows(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([an_event(10)])
        await storage.writer.write([an_event(20)])

        assert await events(storage, after=15) == [20]
        assert await events(storage, after=99) == []
        assert await events(storage, after=3) == [10, 20]


@on_postgresql
async def test_a_change_that_is_committed_later_is_not_missed(
    engine: Engine, tmp_path: Path
) -> None:
    url = engine.url(tmp_path)
    async with engine.opened(tmp_path) as storage, other_on(url) as slow, other_on(url) as quick:
        await slow.run("BEGIN")
        await slow.run(CHANGE, "A")  # draws the lower number
        await quick.run(CHANGE, "B")
        latest = await storage.records.latest_change()
        assert (await storage.records.changes(latest, 10), latest) == ([], 0)
        await slow.run("COMMIT")

        first, second = await storage.records.changes(latest, 10)
        assert [first.key, second.key] == ["A", "B"]
        assert await storage.records.changes(first.id, 10) == [second]
        assert await storage.records.latest_change() == second.id


@on_every_engine
async def test_tokens_that_were_written_are_told_as_changes(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        start = await storage.records.latest_change()
        for uid in ("A", "B", "A"):
            await storage.writer.write([Token(uid=uid, type=TokenType.RFID)])
        changes = await storage.records.changes(start, 2)
        rest = await storage.records.changes(changes[-1].id, 10)

    assert [(it.kind, it.key) for it in [*changes, *rest]] == [
        ("token", "A"),
        ("token", "B"),
        ("token", "A"),
    ]


@on_every_engine
async def test_a_follower_whose_place_was_pruned_reads_all_that_is_left(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        for uid in ("A", "B"):
            await storage.writer.write([Token(uid=uid, type=TokenType.RFID)])
        place = await storage.records.latest_change()
        engine.run(tmp_path, lambda it: it.execute(schema.change.delete()))
        await storage.writer.write([Token(uid="C", type=TokenType.RFID)])

        assert [it.key for it in await storage.records.changes(place, 10)] == ["C"]


@pytest.mark.parametrize("beyond", [10**9, 10**15])
@on_postgresql
async def test_a_database_restored_into_another_server_goes_on_with_its_stream(
    engine: Engine, tmp_path: Path, beyond: int
) -> None:
    url = engine.url(tmp_path)
    async with engine.opened(tmp_path), other_on(url) as other:
        for number in (5, 7):
            await other.run(EVENT, number)
        await other.run(f"UPDATE event SET tx = {beyond} - id")
        await other.run(CHANGE, "A")
        await other.run(f"UPDATE change SET tx = {beyond}")

    async with engine.opened(tmp_path) as storage, other_on(url) as other:
        assert await events(storage) == [5, 7]
        await other.run(EVENT, 6)
        assert await events(storage, after=7) == [6]
        assert [it.key for it in await storage.records.changes(0, 10)] == ["A"]


@on_postgresql
async def test_opening_leaves_numbers_alone_that_this_server_gave(
    engine: Engine, tmp_path: Path
) -> None:
    url = engine.url(tmp_path)
    async with engine.opened(tmp_path), other_on(url) as other:
        await other.run(EVENT, 5)
        before = await numbers(other)
    async with engine.opened(tmp_path), other_on(url) as other:
        assert await numbers(other) == before != [0]


async def numbers(other: Other) -> list[int]:
    return await other.column("SELECT tx FROM event")
