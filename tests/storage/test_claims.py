"""Who may take a station from whom, and who is told what there is to do."""

import asyncio
from pathlib import Path
from typing import Final

from sqlalchemy import update

from ogniwo.app.filters import Cut, StationFilter
from ogniwo.app.ports import Claim, LastSeen, Linked, StationRemoved
from ogniwo.base.units import from_instant
from ogniwo.storage import schema
from ogniwo.storage.opening import Storage
from tests.storage.engines import POSTGRESQL, Engine, on_every_engine, on_postgresql
from tests.storage.pg_world import other_on
from tests.storage.trade import HOUR_US, a_command, a_station

STATIONS: Final = 40


async def two_nodes(storage: Storage) -> tuple[int, int]:
    return await storage.nodes.join("first", "all"), await storage.nodes.join("second", "all")


async def claimed(
    storage: Storage, node: int, identity: str = "A", *, seize: bool = False
) -> Claim:
    (claim,) = await storage.records.claim([identity], node=node, seize=seize)
    return claim


def kill(engine: Engine, folder: Path, node: int) -> None:
    """The node does not say that it lives any more."""
    dead = update(schema.node).where(schema.node.c.number == node).values(alive_until=1)
    engine.run(folder, lambda connection: connection.execute(dead))


@on_every_engine
async def test_a_claim_tells_all_that_is_on_file(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A")])
        node = await storage.nodes.join("only", "all")

        claims = await storage.records.claim(["A", "nobody"], node=node, seize=False)

    (claim,) = claims
    assert (claim.identity, claim.owner) == ("A", node)
    assert claim.aggregate is not None
    assert claim.aggregate.station == a_station(1, "A")


@on_postgresql
async def test_each_claim_raises_the_epoch_also_the_owner_s_own(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A")])
        first, second = await two_nodes(storage)

        owners = [await claimed(storage, node) for node in (first, first, second, second, first)]

    assert [it.epoch for it in owners] == [1, 2, 3, 4, 5]
    assert [it.owner for it in owners] == [first, first, second, second, first]
    assert None not in [it.aggregate for it in owners]


@on_postgresql
async def test_a_station_connected_elsewhere_is_left_there_and_told_so(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A")])
        first, second = await two_nodes(storage)
        has = await claimed(storage, first)
        await storage.writer.write([Linked(station_id=1, since=HOUR_US)])

        refused = await claimed(storage, second)
        again = await claimed(storage, first)

    assert refused == Claim(identity="A", epoch=has.epoch, owner=first, aggregate=None)
    assert again.epoch == has.epoch + 1


@on_postgresql
async def test_a_station_is_seized_with_its_socket_and_connected_from_then_on(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A")])
        first, second = await two_nodes(storage)
        await claimed(storage, first)
        await storage.writer.write([Linked(station_id=1, since=HOUR_US)])

        taken = await claimed(storage, second, seize=True)
        (head,) = engine.rows(tmp_path, schema.station_head)

    assert (taken.owner, taken.epoch) == (second, 2)
    assert taken.aggregate is not None
    assert (head["owner"], head["epoch"]) == (second, 2)
    assert isinstance(since := head["connected_since"], int)
    assert since > HOUR_US, "when it came to this node, not when it came to the one before"


@on_postgresql
async def test_a_station_of_a_dead_node_is_free(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A")])
        first, second = await two_nodes(storage)
        await claimed(storage, first)
        await storage.writer.write([Linked(station_id=1, since=HOUR_US)])
        assert await storage.records.stranded_stations(10) == []

        kill(engine, tmp_path, first)
        stranded = await storage.records.stranded_stations(10)
        taken = await claimed(storage, second)

        assert stranded == ["A"]
        assert (taken.owner, taken.epoch) == (second, 2)
        assert await storage.records.stranded_stations(10) == []


@on_postgresql
async def test_one_that_only_reconnects_to_its_node_stays_connected(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A")])
        node = await storage.nodes.join("only", "all")
        await claimed(storage, node)
        await storage.writer.write([Linked(station_id=1, since=HOUR_US)])
        await claimed(storage, node)
        (head,) = engine.rows(tmp_path, schema.station_head)

    assert head["connected_since"] == HOUR_US


@on_postgresql
async def test_claims_and_batches_of_the_same_stations_never_wait_in_a_circle(
    engine: Engine, tmp_path: Path
) -> None:
    many = [a_station(number) for number in range(1, STATIONS + 1)]
    names = [it.identity for it in many]
    async with engine.opened(tmp_path) as storage, engine.opened(tmp_path) as elsewhere:
        await storage.writer.write(many)
        first, second = await two_nodes(storage)

        async def seen(by: Storage, rounds: int) -> None:
            for number in range(rounds):
                await by.writer.write(
                    [LastSeen(station_id=it.id, at=number) for it in reversed(many)]
                )

        async def claim(by: Storage, node: int, rounds: int) -> None:
            for number in range(rounds):
                wanted = names[number:] + names[:number]
                claims = await by.records.claim(wanted, node=node, seize=True)
                assert len(claims) == STATIONS

        async with asyncio.TaskGroup() as group:
            for by, node in ((storage, first), (elsewhere, second)):
                group.create_task(seen(by, 10), name="seen")
                group.create_task(claim(by, node, 10), name="claim")
                group.create_task(claim(by, node, 10), name="claim")
    async with other_on(engine.url(tmp_path)) as other:  # a process that ended has told its figures
        deadlocks = await other.column(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        epochs = await other.column("SELECT DISTINCT epoch FROM station_head")

    assert deadlocks == [0]
    assert epochs == [40]


@on_postgresql
async def test_a_removed_station_and_one_without_a_claim_are_told_apart(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A"), a_station(2, "B"), StationRemoved(1)])
        first, second = await two_nodes(storage)
        await claimed(storage, first, "B")
        await storage.writer.write([Linked(station_id=2, since=HOUR_US)])

        claims = await storage.records.claim(["A", "B", "B"], node=second, seize=False)

    assert [(it.identity, it.aggregate) for it in claims] == [("B", None)]


@on_postgresql
async def test_work_of_stations_is_told_to_who_answers_for_them(
    engine: Engine, tmp_path: Path
) -> None:
    stations = [a_station(number) for number in (1, 2, 3, 4)]
    orders = [a_command(it.id * 100, it) for it in stations]
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([*stations, *orders])
        first, second = await two_nodes(storage)
        third = await storage.nodes.join("third", "all")
        for node, identity in ((first, "CP0001"), (second, "CP0002"), (third, "CP0003")):
            await claimed(storage, node, identity)
        kill(engine, tmp_path, third)

        async def told(node: int, *, unowned: bool) -> list[str]:
            found = await storage.records.open_commands(node=node, unowned=unowned)
            return sorted(identity for identity, _ in found)

        assert await told(first, unowned=False) == ["CP0001"]
        assert await told(second, unowned=False) == ["CP0002"]
        assert await told(first, unowned=True) == ["CP0001", "CP0003", "CP0004"]


@on_every_engine
async def test_stations_are_shown_as_connected_while_their_node_lives(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A"), a_station(2, "B")])
        node = await storage.nodes.join("only", "all")
        await claimed(storage, node)
        await storage.writer.write([Linked(station_id=1, since=HOUR_US)])

        page = await storage.read_models.stations(StationFilter(), Cut())
        shown = await storage.read_models.station("A")
        if engine.name == POSTGRESQL:
            kill(engine, tmp_path, node)
            later = await storage.read_models.station("A")
            assert later is not None
            assert not later.connected

    assert [it.connected for it in page.items] == [True, False]
    assert shown is not None
    assert shown.connected_since == from_instant(HOUR_US)


@on_every_engine
async def test_nobody_is_connected_after_a_restart(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A")])
        node = await storage.nodes.join("only", "all")
        await claimed(storage, node)
        await storage.writer.write([Linked(station_id=1, since=HOUR_US)])
        await storage.nodes.leave(node)
    async with engine.opened(tmp_path) as storage:
        shown = await storage.read_models.station("A")

    assert shown is not None
    assert not shown.connected


@on_postgresql
async def test_who_has_seized_a_station_keeps_it_from_that_moment(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([a_station(1, "A")])
        gateway, web = await two_nodes(storage)
        await claimed(storage, gateway, seize=True)
        refused = await claimed(storage, web)
    assert (refused.owner, refused.aggregate) == (gateway, None)
