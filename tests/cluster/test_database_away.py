"""PostgreSQL is stopped and started under load: briefly, and for longer than anybody waits."""

import asyncio
import time

import pytest

from tests.cluster.cluster import Cluster
from tests.services.postgres import How
from tests.system.crash.audit import differences
from tests.system.crash.fleet import a_seed, fleet_at, heard_anew, living
from tests.system.versions import a_name
from tests.system.wire import status_of, wired

LOAD_S = 1.0
BLINK_S = 3.0
AWAY_S = 15.0
BACK_WITHIN_S = 10.0
ENDS_WITHIN_S = 12.0
GOING_AWAY = 1001
TRY_AGAIN_LATER = 1013


@pytest.mark.timeout(120)
async def test_a_database_that_is_away_for_a_moment_costs_waiting_and_nothing_else(
    cluster: Cluster,
) -> None:
    seed = a_seed()
    ways: list[How] = ["fast", "immediate"]
    async with cluster.api() as api:
        fleet = await fleet_at(api, seed, cluster.urls, prefix=a_name())
        async with living(fleet):
            for how in ways:
                await heard_anew(fleet, within_s=BACK_WITHIN_S)
                await asyncio.to_thread(cluster.postgres.stop, how)
                await asyncio.sleep(BLINK_S)
                await asyncio.to_thread(cluster.postgres.start)
                await heard_anew(fleet, within_s=BACK_WITHIN_S)
            cut = {it.books.identity: it.connected for it in fleet if it.connected > 1}
        async with cluster.tables() as tables:
            found = await differences(api, tables, [it.books for it in fleet])

    assert not found, f"seed {seed}:\n" + "\n".join(found[:25])
    assert cut == {}, f"links were lost: {cut}"


async def test_nodes_asked_to_stop_while_the_database_is_away_end_soon(cluster: Cluster) -> None:
    name = a_name()
    async with wired(cluster.a.url(name), "ocpp1.6") as wire:
        await asyncio.to_thread(cluster.postgres.stop, "immediate")
        began = time.monotonic()
        async with asyncio.TaskGroup() as ending:
            for node in (cluster.a, cluster.web, cluster.worker):
                ending.create_task(asyncio.to_thread(node.stop))
        took_s = time.monotonic() - began
        code = await wire.closed_with()

    assert took_s < ENDS_WITHIN_S
    assert code == GOING_AWAY


@pytest.mark.timeout(120)
async def test_while_the_database_is_away_for_long_stations_keep_what_they_have_to_say(
    cluster: Cluster,
) -> None:
    seed = a_seed()
    async with cluster.api() as api:
        fleet = await fleet_at(api, seed, cluster.urls, prefix=a_name())
        async with living(fleet):
            await asyncio.sleep(LOAD_S)
            await asyncio.to_thread(cluster.postgres.stop, "immediate")
            await asyncio.sleep(AWAY_S)
            turned_away = [await status_of(it, "ocpp1.6") for it in cluster.urls("ANY")]
            codes = [dict(it.books.close_codes) for it in fleet]
            await asyncio.to_thread(cluster.postgres.start)
            await heard_anew(fleet, within_s=BACK_WITHIN_S)
            # Also the gateway that all stations have left, and that has nothing to write.
            await asyncio.to_thread(cluster.wait_until_open)
        async with cluster.tables() as tables:
            found = await differences(api, tables, [it.books for it in fleet])

    assert turned_away == [503, 503]
    assert all(TRY_AGAIN_LATER in it for it in codes), codes
    assert not found, f"seed {seed}:\n" + "\n".join(found[:25])
    assert all(node.alive for node in cluster.nodes)
