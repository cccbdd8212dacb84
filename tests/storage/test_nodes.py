"""Nodes and their numbers, by the database's clock."""

import asyncio
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Connection, select, update

from ogniwo.app.nodes import Node
from ogniwo.app.ports import Linked
from ogniwo.base.errors import UsageError
from ogniwo.storage import schema
from ogniwo.storage.nodes import LEASE_S
from ogniwo.storage.ownership import now_us
from tests.storage.engines import SQLITE, Engine, on_every_engine, on_postgresql
from tests.storage.trade import HOUR_US, a_station

LONG_AGO: Final = 1


def end_leases(engine: Engine, folder: Path, *numbers: int, at: int = LONG_AGO) -> None:
    statement = update(schema.node).where(schema.node.c.number.in_(numbers)).values(alive_until=at)
    engine.run(folder, lambda connection: connection.execute(statement))


@on_every_engine
async def test_a_node_is_listed_while_it_is_there(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        number = await storage.nodes.join("krakow-1", "gateway")
        (seen,) = await storage.nodes.nodes()
        assert await storage.nodes.beat(number)
        await storage.nodes.leave(number)
        left = list(await storage.nodes.nodes())

    assert (seen.number, seen.name, seen.role) == (number, "krakow-1", "gateway")
    assert seen.started_at < seen.alive_until
    assert left == []


async def test_sqlite_serves_one_process_and_that_is_number_0(tmp_path: Path) -> None:
    async with SQLITE.opened(tmp_path) as storage:
        assert await storage.nodes.join("only", "all") == 0
        assert await storage.nodes.take_job("any", 0, hold_s=5)


@on_postgresql
async def test_a_number_is_not_given_again_while_others_are_unused(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        first = await storage.nodes.join("a", "all")
        await storage.nodes.leave(first)
        second = await storage.nodes.join("b", "all")
        third = await storage.nodes.join("c", "all")

    assert [first, second, third] == [1, 2, 3]


@on_postgresql
async def test_when_all_were_used_the_one_out_of_use_for_longest_is_next(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {
            "number": number,
            "name": "n",
            "role": "all",
            "started_at": 1,
            "alive_until": 5_000 - number,
        }
        for number in range(1, 1_024)
    ]
    async with engine.opened(tmp_path) as storage:
        engine.run(tmp_path, lambda it: it.execute(schema.node.insert(), rows))
        numbers = [await storage.nodes.join("x", "all") for _ in range(2)]
        far_ahead = 2**60
        end_leases(engine, tmp_path, *range(1, 1_024), at=far_ahead)
        with pytest.raises(UsageError, match=r"1023 nodes run on database \w+ already"):
            await storage.nodes.join("one too many", "all")

    assert numbers == [1_023, 1_022]


@on_postgresql
async def test_many_that_join_at_once_get_different_numbers(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as one, engine.opened(tmp_path) as other:
        numbers = await asyncio.gather(
            *(by.nodes.join("n", "all") for _ in range(5) for by in (one, other))
        )

    assert sorted(numbers) == list(range(1, 11))


@on_postgresql
async def test_a_number_taken_over_has_no_stations_and_its_former_node_is_given_up(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as old, engine.opened(tmp_path) as new:
        await old.writer.write([a_station(1, "A")])
        number = await old.nodes.join("old", "all")
        await old.records.claim(["A"], node=number, seize=False)
        await old.writer.write([Linked(station_id=1, since=HOUR_US)])
        rows = [
            {"number": it, "name": "n", "role": "all", "started_at": 1, "alive_until": 2**60}
            for it in range(2, 1_024)
        ]
        engine.run(tmp_path, lambda it: it.execute(schema.node.insert(), rows))
        end_leases(engine, tmp_path, number)

        assert await new.nodes.join("new", "all") == number
        (head,) = engine.rows(tmp_path, schema.station_head)
        assert (head["owner"], head["connected_since"]) == (None, None)
        assert not await old.nodes.beat(number)
        assert await new.nodes.beat(number)
        await old.nodes.leave(number)  # is not the new one's end
        assert "new" in [it.name for it in await new.nodes.nodes()]


@on_postgresql
async def test_a_node_cut_off_for_longer_than_its_lease_comes_back(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        number = await storage.nodes.join("a", "all")
        end_leases(engine, tmp_path, number)
        assert list(await storage.nodes.nodes()) == []

        assert await storage.nodes.beat(number)
        (back,) = await storage.nodes.nodes()

    assert back.number == number


@on_postgresql
async def test_a_beat_lasts_for_the_lease(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        number = await storage.nodes.join("a", "all")
        await storage.nodes.beat(number)
        (node,) = await storage.nodes.nodes()
        now = engine.run(tmp_path, _now_us)

    assert abs(node.alive_until - now - LEASE_S * 1_000_000) < 5_000_000
    assert isinstance(node, Node)


def _now_us(connection: Connection) -> int:
    return connection.scalars(select(now_us())).one()


@on_postgresql
async def test_a_job_is_one_node_s_until_it_lets_it_fall(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        nodes = storage.nodes
        assert await nodes.take_job("prune", 1, hold_s=60)
        assert not await nodes.take_job("prune", 2, hold_s=60)
        assert await nodes.take_job("other", 2, hold_s=60)
        assert await nodes.take_job("prune", 1, hold_s=0)  # holds on, and lets go
        assert await nodes.take_job("prune", 2, hold_s=60)
        assert not await nodes.take_job("prune", 1, hold_s=60)


@on_postgresql
async def test_a_job_held_until_a_time_that_nobody_may_hold_it_to_is_free(
    engine: Engine, tmp_path: Path
) -> None:
    """The database's clock was set back while a node that then died held it."""
    async with engine.opened(tmp_path) as storage:
        nodes = storage.nodes
        assert await nodes.take_job("prune", 1, hold_s=7_200)  # as it looks after two hours back

        assert await nodes.take_job("prune", 2, hold_s=15)


@on_postgresql
async def test_of_many_that_want_a_job_one_gets_it(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as one, engine.opened(tmp_path) as other:
        took = await asyncio.gather(
            *(by.nodes.take_job("j", n, hold_s=60) for n, by in enumerate((one, other) * 4))
        )

    assert sorted(took) == [False] * 7 + [True]
