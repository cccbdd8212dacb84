"""NATS is stopped and started under load: sessions go on, orders take the way of the database."""

import asyncio
import time

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.tables import events_of
from tests.system.crash.audit import differences
from tests.system.crash.fleet import a_seed, fleet_at, living
from tests.system.server import Api, Json
from tests.system.station import connected
from tests.system.station16 import Station16
from tests.system.test_live import events_until, stream
from tests.system.versions import a_name

TAKEN_UP_WITHIN_S = 6.0
IMMEDIATE_S = 1.0
BACK_WITHIN_S = 10.0


async def unlocked(api: Api, name: str, *, within_s: float) -> Json:
    """An order that its station answers at once, as it was given and as it ended."""
    given = await api.order(name, "unlock", evse=1)
    ended = await api.until(
        lambda: api.get(f"/commands/{given['id']}"),
        lambda it: it["finished_at"] is not None,
        within_s=within_s,
    )
    assert (ended["state"], ended["result"]) == ("accepted", "Unlocked")
    return given


async def immediate_again(api: Api, name: str) -> None:
    """Until an order reaches its station over the bus."""

    async def took_s() -> float:
        began = time.monotonic()
        await unlocked(api, name, within_s=TAKEN_UP_WITHIN_S)
        return time.monotonic() - began

    await api.until(took_s, lambda it: it < IMMEDIATE_S, within_s=BACK_WITHIN_S)


@pytest.mark.timeout(90)
async def test_a_node_that_starts_without_its_bus_joins_it_later(cluster: Cluster) -> None:
    name = a_name()
    await asyncio.to_thread(cluster.nats.kill)
    await asyncio.to_thread(cluster.b.stop)
    await asyncio.to_thread(cluster.b.start)
    async with cluster.api() as api, connected(Station16, cluster.b.url(name), name):
        await unlocked(api, name, within_s=TAKEN_UP_WITHIN_S)
        await asyncio.to_thread(cluster.nats.start)
        await immediate_again(api, name)


@pytest.mark.timeout(90)
async def test_without_its_bus_the_cluster_goes_on_and_orders_arrive_a_little_later(
    cluster: Cluster,
) -> None:
    seed, name = a_seed(), a_name()
    async with cluster.api() as api, cluster.tables() as tables:
        fleet = await fleet_at(api, seed, cluster.urls, prefix=a_name())
        async with living(fleet), connected(Station16, cluster.b.url(name), name) as station:
            await unlocked(api, name, within_s=TAKEN_UP_WITHIN_S)
            async with stream(api) as frames:
                await asyncio.to_thread(cluster.nats.kill)
                given = await unlocked(api, name, within_s=TAKEN_UP_WITHIN_S)
                await station.fault()
                heard = await events_until(frames, name, "status_changed")
                await asyncio.to_thread(cluster.nats.start)
                await immediate_again(api, name)
                await station.available()
                heard += await events_until(frames, name, "status_changed")
        found = await differences(api, tables, [it.books for it in fleet])
        written = [number for number, _ in await events_of(tables, name)]

    assert given["state"] == "queued"
    assert "bus" in given["reason"], given
    assert not found, f"seed {seed}:\n" + "\n".join(found[:25])
    assert {it.connected for it in fleet} == {1}
    ids = [int(it["id"]) for it in heard]
    assert ids == written[written.index(ids[0]) :][: len(ids)]
