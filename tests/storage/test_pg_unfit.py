"""What PostgreSQL cannot hold is refused alone, whoever finds it: the driver, or the server."""

import asyncio
import random

import pytest
from msgspec.structs import replace

from ogniwo.app.ports import Row, RowRefusedError
from ogniwo.domain.access import Token, TokenType
from ogniwo.domain.station_secret import StationSecret
from tests.storage.pg_world import A, pg_world
from tests.storage.trade import a_message, a_sample, a_station

# Too long for an index, and nothing that could be pressed into it.
LONG = "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=8_000))

UNFIT: dict[str, Row] = {
    "a NUL in a text": replace(a_message(50, A), action="a\0b"),
    "a text that is no Unicode": replace(a_message(50, A), notes="\ud800"),
    "a number beyond 64 bits": replace(a_message(50, A), latency_us=2**63),
    "a number below 64 bits": replace(a_sample(50, A), digest=-(2**63) - 1),
    "a key too long for its index": Token(uid=LONG, type=TokenType.RFID),
    "a second station of one identity": a_station(50, "A"),
}


@pytest.mark.parametrize("name", UNFIT)
async def test_a_row_that_cannot_be_held_is_refused_and_its_neighbours_are_stored(
    database_url: str, name: str
) -> None:
    async with pg_world(database_url) as here:
        results = await asyncio.gather(
            here.writer.write([a_message(11, A)]),
            here.writer.write([a_message(12, A), UNFIT[name]]),
            here.writer.write([a_message(13, A)]),
            return_exceptions=True,
        )

        assert [type(it) for it in results] == [type(None), RowRefusedError, type(None)]
        assert await here.other.messages() == [11, 13]
        assert (here.writer.figures.holds, here.writer.figures.refused) == (0, 1)


async def test_what_is_at_the_edge_of_what_can_be_held_is_held(database_url: str) -> None:
    edge = replace(a_message(2**63 - 1, A), prev=-(2**63), call=b"\0\xff", action="\x01🔌")
    secret = StationSecret(station_id=1, secret_hash=bytes(range(256)), blocked=True)
    async with pg_world(database_url) as here:
        await here.writer.write([edge, secret])

        assert await here.other.column("SELECT prev FROM message") == [-(2**63)]
        assert await here.other.column("SELECT call FROM message") == [b"\0\xff"]
        assert await here.other.column("SELECT action FROM message") == ["\x01🔌"]
        assert await here.other.column("SELECT secret_hash FROM station_secret") == [
            bytes(range(256))
        ]


async def test_a_refusal_does_not_show_the_data(database_url: str) -> None:
    async with pg_world(database_url) as here:
        await here.writer.write([a_message(11, A)])
        with pytest.raises(RowRefusedError) as refused:
            await here.writer.write([a_station(50, "A")])

    assert "UniqueViolation" in str(refused.value)
    assert "Key (" not in str(refused.value)
