"""One connection of PostgreSQL's writer: what it keeps there, and how long it waits."""

import asyncio

import pytest

from ogniwo.storage import acts, pg_session
from ogniwo.storage.pg_faults import FAILURES
from ogniwo.storage.pg_session import open_session
from ogniwo.storage.pg_statements import Shape
from tests.storage.wire import wire_to

SHAPES = tuple(
    Shape(acts=(act,), numbered=False)
    for act in (acts.REMOVE_TOKEN, acts.REMOVE_SECRET, acts.REMOVE_CONNECTORS, acts.PRUNE_ATTEMPTS)
)
NOBODY: dict[Shape, list[object]] = {shape: [[]] for shape in SHAPES}


async def test_only_so_many_statements_stay_prepared(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pg_session, "STATEMENTS_MAX", 2)
    session = await open_session(database_url, "test")
    try:
        for shape, nothing in [*NOBODY.items()] * 2:
            assert await session.run(shape, nothing) == (0, 0)
        ((kept,),) = await session.rows("SELECT count(*) FROM pg_prepared_statements")
    finally:
        await session.close()

    assert kept <= 3  # the one that goes is told of with the next that comes


async def test_a_statement_does_the_same_after_others_were_prepared(database_url: str) -> None:
    session = await open_session(database_url, "test")
    try:
        await session.execute(
            "INSERT INTO token SELECT it, 1, 'RFID', 'accepted', NULL, NULL, NULL, false, 0"
            " FROM unnest(ARRAY ['a', 'b', 'c']) AS it"
        )
        await session.run(SHAPES[0], [["a"]])
        await session.run(SHAPES[1], [[1]])
        await session.run(SHAPES[0], [["c"]])
        left = await session.rows("SELECT uid FROM token")
    finally:
        await session.close()

    assert [row[0] for row in left] == ["b"]


async def test_a_statement_is_prepared_once(database_url: str) -> None:
    session = await open_session(database_url, "test")
    try:
        await session.run(SHAPES[0], NOBODY[SHAPES[0]])
        ((before,),) = await session.rows("SELECT array_agg(name) FROM pg_prepared_statements")
        await session.run(SHAPES[0], NOBODY[SHAPES[0]])
        ((after,),) = await session.rows("SELECT array_agg(name) FROM pg_prepared_statements")
    finally:
        await session.close()

    assert before == after
    assert len(before) == 1


@pytest.mark.parametrize("word", [b"", b"set_config", b"pg_attribute"])
async def test_a_server_that_falls_silent_while_a_connection_is_set_up_is_given_up(
    database_url: str, monkeypatch: pytest.MonkeyPatch, word: bytes
) -> None:
    monkeypatch.setattr(pg_session, "ANSWER_S_MAX", 1.0)
    monkeypatch.setattr(pg_session, "CONNECT_S_MAX", 1.0)
    async with wire_to(database_url) as wire:
        wire.last_word = word
        async with asyncio.timeout(20):
            with pytest.raises(FAILURES):
                await open_session(wire.url, "test")
