"""The server is asked to stop while stations talk at full speed, or people wait for an answer."""

import asyncio
import time
from pathlib import Path

from tests.system.crash.audit import differences
from tests.system.crash.fleet import a_fleet, a_seed, living
from tests.system.crash.tables import SqliteTables
from tests.system.server import Server, api_of, serving
from tests.system.versions import a_name

LOAD_S = 2.0
STOPPED_WITHIN_S = 10.0
LONG_S = 25
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


async def test_who_waits_for_an_order_to_end_is_told_how_far_it_is(tmp_path: Path) -> None:
    name = a_name()
    async with serving(tmp_path / "data") as (server, api):
        await api.post("/stations", {"id": name})
        loop = asyncio.get_running_loop()
        order = api.order(name, "unlock", wait_s=LONG_S, evse=1)
        waiting = loop.create_task(order, name="waiting")
        await api.until(lambda: api.all("/commands", station_id=name), bool)
        await asyncio.to_thread(server.stop)  # quickly, and without a word on what went wrong
        told = await waiting

    assert told["state"] == "queued"
