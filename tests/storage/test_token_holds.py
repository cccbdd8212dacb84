"""Of two starts with one token at one moment, one sees the other."""

import asyncio
from pathlib import Path

from msgspec.structs import replace

from ogniwo.domain.access import IdToken, Verdict
from ogniwo.domain.session import SessionState
from tests.storage.engines import Engine, on_every_engine, on_postgresql
from tests.storage.trade import a_session, a_station, ended


@on_every_engine
async def test_running_sessions_of_a_token_are_told(engine: Engine, tmp_path: Path) -> None:
    station = a_station(1, "A")
    running = a_session(7, station)
    over = ended(a_session(8, station), at=9)
    refused = replace(a_session(9, station), verdict=Verdict.BLOCKED)
    other = replace(a_session(10, station), token=IdToken("05"))
    waiting = replace(a_session(11, station), state=SessionState.WAITING_FOR_DATA)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([station, running, over, refused, other, waiting])

        assert await storage.records.tokens_used(["04AB", "none"]) == [("04AB", 7)]
        assert sorted(await storage.records.tokens_used(["04AB", "05"])) == [
            ("04AB", 7),
            ("05", 10),
        ]
        assert await storage.records.hold_tokens([("04AB", 1)], hold_s=5) == [("04AB", 7)]


@on_postgresql
async def test_a_token_is_held_for_one_station(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        hold = storage.records.hold_tokens
        assert await hold([("A", 1), ("B", 1)], hold_s=60) == []
        assert await hold([("A", 1), ("B", 2), ("C", 2)], hold_s=60) == [("B", 0)]
        assert await hold([("C", 1), ("A", 1)], hold_s=60) == [("C", 0)]


@on_postgresql
async def test_a_hold_ends_by_itself(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        assert await storage.records.hold_tokens([("A", 1)], hold_s=0) == []
        assert await storage.records.hold_tokens([("A", 2)], hold_s=60) == []
        assert await storage.records.hold_tokens([("A", 1)], hold_s=60) == [("A", 0)]


@on_postgresql
async def test_of_nodes_that_race_for_tokens_each_token_goes_to_one(
    engine: Engine, tmp_path: Path
) -> None:
    uids = [f"T{number:02}" for number in range(20)]
    async with engine.opened(tmp_path) as one, engine.opened(tmp_path) as other:
        answers = await asyncio.gather(
            *(
                by.records.hold_tokens([(uid, station) for uid in order], hold_s=60)
                for station, (by, order) in enumerate(
                    [(one, uids), (other, uids[::-1]), (one, uids[::-1]), (other, uids)], start=1
                )
            )
        )

    got = [uid for answer in answers for uid in uids if (uid, 0) not in answer]
    assert sorted(got) == uids


@on_postgresql
async def test_whoever_gets_a_token_late_sees_the_session_that_was_started_before(
    engine: Engine, tmp_path: Path
) -> None:
    """The first holds, and its start is stored before its hold ends: no gap between."""
    station = a_station(1, "A")
    async with engine.opened(tmp_path) as one, engine.opened(tmp_path) as other:
        await one.writer.write([station])
        assert await one.records.hold_tokens([("04AB", 1)], hold_s=0) == []
        await one.writer.write([a_session(7, station)])

        assert await other.records.hold_tokens([("04AB", 2)], hold_s=60) == [("04AB", 7)]
