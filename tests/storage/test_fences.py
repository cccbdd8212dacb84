"""A unit counts only under the latest claim on its station, however the two meet."""

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path

import pytest

from ogniwo.app.ports import (
    Fence,
    FencedError,
    LastSeen,
    Row,
    RowRefusedError,
    TokenRemoved,
    Writer,
)
from ogniwo.domain.access import Token, TokenType
from tests.storage.engines import Engine, on_postgresql
from tests.storage.pg_world import A, B, Other, pg_world
from tests.storage.trade import a_command, a_message, a_session, an_event

STALE = Fence(1, 0)  # after A was claimed


async def test_a_unit_under_an_earlier_claim_leaves_nothing_and_the_others_go_on(
    database_url: str,
) -> None:
    async with pg_world(database_url) as here:
        await here.other.claim(1)
        token = Token(uid="04AB", type=TokenType.RFID)
        results = await asyncio.gather(
            here.writer.write([a_message(11, B)], fence=Fence(2, 0)),
            here.writer.write([a_message(12, A), an_event(7), token], fence=STALE),
            here.writer.write([a_message(13, A)], fence=Fence(1, 1)),
            here.writer.write([an_event(8)]),
            return_exceptions=True,
        )

        assert [type(it) for it in results if it is not None] == [FencedError]
        assert isinstance(results[1], FencedError)
        assert await here.other.messages() == [11, 13]
        assert await here.other.column("SELECT id FROM event") == [8]
        assert await here.other.column("SELECT uid FROM token") == []
        assert await here.other.column("SELECT key FROM change") == []
        heads = "SELECT message_head FROM station_head ORDER BY station_id"
        assert await here.other.column(heads) == [13, 11]
        assert here.writer.healthy


async def test_a_station_without_a_head_holds_no_fence(database_url: str) -> None:
    async with pg_world(database_url) as here:
        with pytest.raises(FencedError):
            await here.writer.write([an_event(7)], fence=Fence(99, 0))

        assert await here.other.column("SELECT id FROM event") == []


async def test_removals_under_an_earlier_claim_remove_nothing(database_url: str) -> None:
    async with pg_world(database_url) as here:
        await here.writer.write([Token(uid="04AB", type=TokenType.RFID)])
        await here.other.claim(1)
        with pytest.raises(FencedError):
            await here.writer.write([a_message(11, A), TokenRemoved("04AB")], fence=STALE)
        await here.writer.write([a_message(12, A), TokenRemoved("none")], fence=Fence(1, 1))

        assert await here.other.column("SELECT uid FROM token") == ["04AB"]
        assert await here.other.messages() == [12]


async def test_a_batch_waits_for_a_claim_under_way_and_is_lost_when_it_is_made(
    database_url: str,
) -> None:
    async with pg_world(database_url) as here, asyncio.TaskGroup() as group:
        await here.other.run("BEGIN")
        await here.other.claim(1)
        write = group.create_task(
            _quietly(here.writer.write([a_message(11, A)], fence=STALE)), name="write"
        )
        await here.other.until_waiting()
        assert not write.done()
        await here.other.run("COMMIT")

        assert isinstance(await write, FencedError)
        assert await here.other.messages() == []


async def test_a_batch_waits_for_a_claim_under_way_and_is_stored_when_it_is_given_up(
    database_url: str,
) -> None:
    async with pg_world(database_url) as here, asyncio.TaskGroup() as group:
        await here.other.run("BEGIN")
        await here.other.claim(1)
        write = group.create_task(
            _quietly(here.writer.write([a_message(11, A)], fence=STALE)), name="write"
        )
        await here.other.until_waiting()
        await here.other.run("ROLLBACK")

        assert await write is None
        assert await here.other.messages() == [11]


@on_postgresql
async def test_a_claim_waits_for_a_batch_under_way_and_then_sees_what_it_stored(
    engine: Engine, tmp_path: Path
) -> None:
    url = engine.url(tmp_path)
    async with engine.opened(tmp_path) as storage, pg_world(url) as here:
        session = a_session(6, A)
        (before,) = await storage.records.claim(["A"], node=1, seize=False)
        async with asyncio.TaskGroup() as group:
            async with here.obstacle():
                unit: list[Row] = [a_message(11, A), session, a_command(5, A)]
                write = group.create_task(
                    here.writer.write(unit, fence=Fence(1, before.epoch)), name="write"
                )
                await here.other.until_waiting()
                claim = group.create_task(
                    storage.records.claim(["A"], node=2, seize=True), name="claim"
                )
                await here.other.until_waiting(backends=2)
                assert not write.done()
            (after,) = await claim
            await write

        assert after.aggregate is not None
        assert after.epoch == before.epoch + 1
        assert after.aggregate.message_head == 11
        assert after.aggregate.open_sessions == (session,)
        with pytest.raises(FencedError):
            await here.writer.write([an_event(7)], fence=Fence(1, before.epoch))


async def test_a_poisonous_unit_and_a_lost_one_take_nobody_along(database_url: str) -> None:
    async with pg_world(database_url) as here:
        await here.writer.write([an_event(50)])
        await here.other.claim(1)
        results = await asyncio.gather(
            *(here.writer.write([a_message(it, B)], fence=Fence(2, 0)) for it in range(11, 21)),
            here.writer.write([a_message(21, A)], fence=STALE),
            here.writer.write([a_message(22, B), an_event(50)], fence=Fence(2, 0)),
            *(here.writer.write([a_message(it, B)]) for it in range(31, 41)),
            return_exceptions=True,
        )

        failed = {position: type(it) for position, it in enumerate(results) if it is not None}
        assert failed == {10: FencedError, 11: RowRefusedError}
        assert await here.other.messages() == [*range(11, 21), *range(31, 41)]


async def test_nodes_that_write_of_the_same_things_never_wait_in_a_circle(
    database_url: str,
) -> None:
    rounds, stations = 20, range(1, 401)
    async with pg_world(database_url) as one, pg_world(database_url) as two:
        async with asyncio.TaskGroup() as group:
            for here, order in ((one, [*stations]), (two, [*reversed(stations)])):
                group.create_task(_write_of_everything(here.writer, rounds, order))
            group.create_task(_claim_everything(one.other, rounds, stations))

        assert (one.writer.figures.holds, two.writer.figures.holds) == (0, 0)


async def _write_of_everything(writer: Writer, rounds: int, order: Sequence[int]) -> None:
    for number in range(rounds):
        tokens = [Token(uid=f"{it:04}", type=TokenType.RFID) for it in order]
        await writer.write([LastSeen(station_id=it, at=number) for it in order])
        await writer.write(tokens)
        await writer.write([LastSeen(station_id=order[0], at=number), *tokens])


async def _claim_everything(other: Other, rounds: int, stations: Sequence[int]) -> None:
    for _ in range(rounds):
        await other.run(
            "WITH locked AS (SELECT station_id FROM station_head"
            " WHERE station_id = ANY ($1::bigint[]) ORDER BY station_id FOR UPDATE)"
            " UPDATE station_head SET epoch = epoch + 1"
            " FROM locked WHERE station_head.station_id = locked.station_id",
            list(stations),
        )


async def _quietly(write: Awaitable[None]) -> FencedError | None:
    try:
        await write
    except FencedError as error:
        return error
    return None
