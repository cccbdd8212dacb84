"""The power is cut at any moment, again and again, and the books of both sides agree."""

import asyncio
import logging
import random
from pathlib import Path

import pytest

from tests.system.crash.audit import differences
from tests.system.crash.fleet import a_fleet, a_seed, living
from tests.system.crash.tables import SqliteTables
from tests.system.server import Server, api_of

KILLS = 20
KILLS_WHILE_STARTING = 3  # of them
LOAD_S = (0.2, 1.5)
SHOWN_MAX = 25

_log = logging.getLogger(__name__)


async def cut_the_power(server: Server, chance: random.Random) -> None:
    for number in range(KILLS):
        await asyncio.sleep(chance.uniform(*LOAD_S))
        await asyncio.to_thread(server.kill)
        if number % (KILLS // KILLS_WHILE_STARTING) == 1:
            await asyncio.to_thread(server.launch)
            await asyncio.sleep(chance.uniform(0.3, 1.5))
            await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)


@pytest.mark.timeout(180)
async def test_what_was_acknowledged_survives_every_kill_and_is_booked_once(tmp_path: Path) -> None:
    seed = a_seed()
    server = Server(tmp_path / "data").on_fixed_ports()
    try:
        await asyncio.to_thread(server.start)
        fleet = await a_fleet(server, seed)
        async with living(fleet):
            await cut_the_power(server, random.Random(seed))
        books = [station.books for station in fleet]
        async with api_of(server) as api:
            found = await differences(api, SqliteTables(server.database), books)
        await asyncio.to_thread(server.stop)
    finally:
        server.kill()

    totals = (
        f"seed {seed}: {sum(it.acknowledged.total() for it in books)} calls acknowledged, "
        f"{sum(len(it.stays) for it in books)} sessions, "
        f"{sum(it.resent for it in books)} messages sent again"
    )
    _log.warning(totals)
    shown = "\n".join(found[:SHOWN_MAX])
    assert not found, f"{totals}; {len(found)} differences:\n{shown}"
    assert all(station.connected > KILLS / 2 for station in fleet), totals
    assert all(it.resent for it in books), f"no message was cut off, nothing was tried: {totals}"
