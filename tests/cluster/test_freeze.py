"""A gateway stands still at any moment under load, and goes on when its stations are elsewhere."""

import asyncio
import random

import pytest

from tests.cluster.cluster import Cluster
from tests.system.crash.audit import differences
from tests.system.crash.fleet import a_seed, fleet_at, living
from tests.system.versions import a_name

FREEZES = 5
LOAD_S = (0.2, 1.0)
FROZEN_S = (0.5, 2.0)


@pytest.mark.timeout(120)
async def test_a_gateway_that_stood_still_under_load_writes_nothing_twice(cluster: Cluster) -> None:
    seed = a_seed()
    chance = random.Random(seed)
    async with cluster.api() as api, cluster.tables() as tables:
        fleet = await fleet_at(api, seed, cluster.urls, prefix=a_name())
        async with living(fleet):
            for number in range(FREEZES):
                await asyncio.sleep(chance.uniform(*LOAD_S))
                frozen = cluster.gateways[number % 2]
                frozen.freeze()
                for station in fleet:
                    station.lose_link()
                await asyncio.sleep(chance.uniform(*FROZEN_S))
                frozen.thaw()
        found = await differences(api, tables, [it.books for it in fleet])

    shown = "\n".join(found[:25])
    assert not found, f"seed {seed}; {len(found)} differences:\n{shown}"
    assert all(station.connected > FREEZES / 2 for station in fleet)
