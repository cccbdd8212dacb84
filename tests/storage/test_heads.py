"""What the writer keeps of its own accord: heads of stations, and what was changed for others."""

from pathlib import Path

from ogniwo.app.ports import LastSeen, Linked, TokenRemoved
from ogniwo.domain.access import Token, TokenStatus, TokenType
from ogniwo.storage import schema
from tests.storage.engines import Engine, on_every_engine
from tests.storage.trade import a_message, a_sample, a_station

A, B = a_station(1, "A"), a_station(2, "B")
CARD = Token(uid="04AB", type=TokenType.RFID)


def heads(engine: Engine, folder: Path, column: str) -> dict[object, object]:
    return {it["station_id"]: it[column] for it in engine.rows(folder, schema.station_head)}


@on_every_engine
async def test_a_station_has_a_head_from_its_creation(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A])
        await storage.writer.write([B, a_message(10, B)])

    assert heads(engine, tmp_path, "epoch") == {1: 0, 2: 0}
    assert heads(engine, tmp_path, "message_head") == {1: None, 2: 10}


@on_every_engine
async def test_a_station_that_is_written_again_keeps_its_head(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, a_message(10, A), LastSeen(station_id=1, at=5)])
        await storage.writer.write([A])
        await storage.writer.write([A, a_sample(11, A)])

    (head,) = engine.rows(tmp_path, schema.station_head)
    assert (head["message_head"], head["sample_head"], head["last_seen_at"]) == (10, 11, 5)


@on_every_engine
async def test_each_part_of_a_head_changes_alone(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, B, a_message(10, A), a_sample(11, A)])
        await storage.writer.write([a_message(12, A), LastSeen(station_id=2, at=7)])
        await storage.writer.write([a_sample(13, A), Linked(station_id=2, since=9)])

    assert heads(engine, tmp_path, "message_head") == {1: 12, 2: None}
    assert heads(engine, tmp_path, "sample_head") == {1: 13, 2: None}
    assert heads(engine, tmp_path, "last_seen_at") == {1: None, 2: 7}
    assert heads(engine, tmp_path, "connected_since") == {1: None, 2: 9}


@on_every_engine
async def test_a_station_is_connected_until_it_is_not(engine: Engine, tmp_path: Path) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([A, B, Linked(station_id=1, since=5)])
        await storage.writer.write(
            [Linked(station_id=1, since=None), Linked(station_id=2, since=6)]
        )
        await storage.writer.write([LastSeen(station_id=1, at=7), LastSeen(station_id=2, at=7)])

        assert heads(engine, tmp_path, "connected_since") == {1: None, 2: 6}

        await storage.writer.write(
            [Linked(station_id=2, since=None), Linked(station_id=2, since=8)]
        )
        assert heads(engine, tmp_path, "connected_since") == {1: None, 2: 8}


@on_every_engine
async def test_every_change_of_a_token_is_told_once(engine: Engine, tmp_path: Path) -> None:
    blocked = Token(uid="04AB", type=TokenType.RFID, status=TokenStatus.BLOCKED)
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([CARD])
        await storage.writer.write([blocked, CARD, Token(uid="ÄÖ", type=TokenType.APP)])
        await storage.writer.write([TokenRemoved("04AB")])
        await storage.writer.write([A, a_message(10, A)])

    told = engine.rows(tmp_path, schema.change)
    assert [(it["kind"], it["key"]) for it in told] == [
        ("token", "04AB"),
        ("token", "04AB"),
        ("token", "ÄÖ"),
        ("token", "04AB"),
    ]
    assert all(isinstance(it["at"], int) and it["at"] > 1_700_000_000_000_000 for it in told)


@on_every_engine
async def test_a_change_carries_the_number_of_its_transaction(
    engine: Engine, tmp_path: Path
) -> None:
    async with engine.opened(tmp_path) as storage:
        await storage.writer.write([CARD])
        await storage.writer.write([CARD])

    first, second = (it["tx"] for it in engine.rows(tmp_path, schema.change))
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert first < second if engine.name == "postgresql" else first == second == 0
