"""Gateways die under load; their stations go on at the other one, and all is booked."""

import asyncio
import logging
import random

import pytest

from tests.cluster.cluster import Cluster
from tests.system.crash.audit import differences
from tests.system.crash.fleet import LoadStation, a_seed, fleet_at, living
from tests.system.versions import a_name

KILLS = 5
LOAD_S = (0.2, 0.8)
SHOWN_MAX = 25

_log = logging.getLogger(__name__)


async def kill_gateways(cluster: Cluster, chance: random.Random) -> None:
    """The other one takes all; then the dead one comes back, and the next may be either."""
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(*LOAD_S))
        victim = chance.choice(cluster.gateways)
        await asyncio.to_thread(victim.kill)
        await asyncio.sleep(chance.uniform(*LOAD_S))
        await asyncio.to_thread(victim.start)


async def cut_the_power(cluster: Cluster) -> None:
    """Of everything at once."""
    for node in cluster.nodes:
        await asyncio.to_thread(node.kill)
    await asyncio.to_thread(cluster.postgres.stop, "immediate")
    await asyncio.to_thread(cluster.nats.kill)
    await asyncio.to_thread(cluster.mend)


@pytest.mark.timeout(150)
async def test_what_was_acknowledged_survives_every_kill_of_a_gateway_and_is_booked_once(
    cluster: Cluster,
) -> None:
    seed = a_seed()
    async with cluster.api() as api:
        fleet = await fleet_at(api, seed, cluster.urls, prefix=a_name())
        async with living(fleet):
            await kill_gateways(cluster, random.Random(seed))
            await cut_the_power(cluster)
            await asyncio.sleep(LOAD_S[1])
        async with cluster.tables() as tables:
            found = await differences(api, tables, [it.books for it in fleet])

    told = totals(fleet, seed)
    _log.warning(told)
    shown = "\n".join(found[:SHOWN_MAX])
    assert not found, f"{told}; {len(found)} differences:\n{shown}"
    assert all(station.connected > 1 for station in fleet), told
    assert any(station.books.resent for station in fleet), f"nothing was cut off: {told}"


def totals(fleet: list[LoadStation], seed: int) -> str:
    books = [station.books for station in fleet]
    return (
        f"seed {seed}: {sum(it.acknowledged.total() for it in books)} calls acknowledged, "
        f"{sum(len(it.stays) for it in books)} sessions, "
        f"{sum(it.resent for it in books)} messages sent again"
    )
