"""A gateway that is asked to stop lets its stations go in order, and leaves nothing behind."""

import asyncio
import time

import pytest

from tests.cluster.cluster import Cluster
from tests.system.crash.audit import differences
from tests.system.crash.fleet import a_seed, fleet_at, living
from tests.system.versions import a_name
from tests.system.wire import wired

ENDS_WITHIN_S = 10.0
STATIONS = 40
GOING_AWAY = 1001
SPREAD_S = 1.0  # of the three that the closing takes


async def test_a_gateway_that_stops_sends_its_stations_away_a_few_at_a_time(
    cluster: Cluster,
) -> None:
    async def stay(name: str) -> tuple[float, int | None]:
        async with wired(cluster.a.url(name), "ocpp1.6") as wire:
            there.release()
            code = await wire.closed_with()
            return time.monotonic(), code

    there = asyncio.Semaphore(0)
    async with cluster.tables() as tables:
        number = await cluster.number_of(cluster.a)
        async with asyncio.TaskGroup() as group:
            stays = [group.create_task(stay(a_name())) for _ in range(STATIONS)]
            for _ in stays:
                await there.acquire()
            owned = await tables.one("SELECT count(*) FROM station_head WHERE owner = $1", number)
            began = time.monotonic()
            await asyncio.to_thread(cluster.a.stop)
            took_s = time.monotonic() - began
        owned_after = await tables.one("SELECT count(*) FROM station_head WHERE owner = $1", number)
        alive = await tables.one(
            "SELECT count(*) FROM node WHERE number = $1"
            " AND alive_until > extract(epoch FROM clock_timestamp()) * 1000000",
            number,
        )

    closed_at = sorted(it.result()[0] for it in stays)
    assert {it.result()[1] for it in stays} == {GOING_AWAY}
    assert took_s < ENDS_WITHIN_S
    assert closed_at[-1] - closed_at[0] > SPREAD_S
    assert owned >= STATIONS
    assert (owned_after, alive) == (0, 0)


@pytest.mark.timeout(120)
async def test_a_rolling_restart_under_load_loses_nothing(cluster: Cluster) -> None:
    seed = a_seed()
    async with cluster.api() as api, cluster.tables() as tables:
        fleet = await fleet_at(api, seed, cluster.urls, prefix=a_name())
        async with living(fleet):
            for gateway in cluster.gateways:
                await asyncio.sleep(1)
                await asyncio.to_thread(gateway.stop)
                await asyncio.to_thread(gateway.start)
        found = await differences(api, tables, [it.books for it in fleet])

    assert not found, f"seed {seed}:\n" + "\n".join(found[:25])
    assert {it.connected for it in fleet} == {3}
    for station in fleet:
        assert station.books.close_codes == {GOING_AWAY: 2, 1000: 1}
