"""The server is asked to stop while stations talk at full speed."""

import asyncio
import time
from pathlib import Path

from tests.system.crash.audit import differences
from tests.system.crash.fleet import a_fleet, a_seed, living
from tests.system.crash.tables import SqliteTables
from tests.system.server import Server, api_of

LOAD_S = 2.0
STOPPED_WITHIN_S = 10.0
GOING_AWAY = 1001


async def test_a_stop_under_load_is_quick_and_loses_nothing(tmp_path: Path) -> None:
    seed = a_seed()
    server = Server(tmp_path / "data").on_fixed_ports()
    try:
        await asyncio.to_thread(server.start)
        fleet = await a_fleet(server, seed)
        async with living(fleet):
            await asyncio.sleep(LOAD_S)
            began = time.monotonic()
            await asyncio.to_thread(server.stop)
            took_s = time.monotonic() - began
            codes = [dict(station.books.close_codes) for station in fleet]
            await asyncio.to_thread(server.start)
        books = [station.books for station in fleet]
        async with api_of(server) as api:
            found = await differences(api, SqliteTables(server.database), books)
        await asyncio.to_thread(server.stop)
    finally:
        server.kill()

    assert took_s < STOPPED_WITHIN_S
    assert codes == [{GOING_AWAY: 1}] * len(fleet)
    assert not found, f"seed {seed}:\n" + "\n".join(found[:20])
    assert all(it.acknowledged.total() > 10 for it in books)
