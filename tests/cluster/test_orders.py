"""Orders given at a web node reach the station wherever it is, once, and end whatever dies."""

import asyncio
import random
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.cluster.cluster import Cluster, Node
from tests.system.crash.fleet import a_seed
from tests.system.server import Api, Json
from tests.system.station import Station, connected
from tests.system.station16 import Station16
from tests.system.station201 import Station201
from tests.system.versions import a_name
from tests.system.wire import status_of, wired

WAIT_S = 20
POLICY = 1008
HOPS = 25
KEY_RACES = 8
BLOCK_RACES = 20
BLOCK_STEP_S = 0.001


async def ended(api: Api, command: Json, *, within_s: float = 10.0) -> Json:
    return await api.until(
        lambda: api.get(f"/commands/{command['id']}"),
        lambda it: it["finished_at"] is not None,
        within_s=within_s,
    )


async def settled(api: Api, command: Json) -> Json:
    """Ended, or a reset that was accepted on the last link: no boot comes after it."""
    return await api.until(
        lambda: api.get(f"/commands/{command['id']}"),
        lambda it: it["state"] not in {"queued", "sent"},
        within_s=20,
    )


@pytest.mark.parametrize("where", [0, 1], ids=["gateway a", "gateway b"])
async def test_an_order_is_carried_out_on_the_node_that_has_the_station(
    cluster: Cluster, where: int
) -> None:
    name = a_name()
    url = cluster.urls(name)[where]
    async with (
        cluster.api() as api,
        cluster.api(cluster.other_web) as other,
        connected(Station201, url, name) as station,
    ):
        unlocked = await api.order(name, "unlock", evse=1, wait_s=WAIT_S)
        raw = await api.post(f"/stations/{name}/ocpp", {"action": "ClearCache", "payload": {}})
        await station.ordered("UnlockConnector")
        await station.ordered("ClearCache")
        shown = await api.station(name)
        at_the_other = await other.station(name)

    assert (unlocked["state"], unlocked["result"]) == ("accepted", "Unlocked")
    assert raw == {"state": "accepted", "payload": {"status": "Accepted"}}
    assert shown["connected"]
    assert shown["last_seen_at"] is not None
    assert at_the_other["connected_since"] == shown["connected_since"]


@pytest.mark.parametrize("where", [0, 1], ids=["gateway a", "gateway b"])
async def test_a_station_that_is_blocked_or_removed_loses_its_link_on_its_node(
    cluster: Cluster, where: int
) -> None:
    name = a_name()
    url = cluster.urls(name)[where]
    async with cluster.api() as api:
        async with wired(url, "ocpp1.6") as wire:
            await api.patch(f"/stations/{name}", blocked=True)
            blocked = await wire.closed_with()
        turned_away = [await status_of(it, "ocpp1.6") for it in cluster.urls(name)]
        await api.patch(f"/stations/{name}", blocked=False)
        async with wired(url, "ocpp1.6") as wire:
            answer = await api.client.delete(f"/stations/{name}")
            removed = await wire.closed_with()
        gone = await api.refused("GET", f"/stations/{name}")

    assert (blocked, removed) == (POLICY, POLICY)
    assert turned_away == [403, 403]
    assert answer.is_success
    assert gone[0] == 404


async def test_a_station_that_is_blocked_while_it_moves_is_nowhere_connected(
    cluster: Cluster,
) -> None:
    async def come(name: str, url: str) -> int | None:
        """The code with which it was sent away again; None: it was not let in."""
        try:
            async with wired(url, "ocpp1.6") as wire:
                return await wire.closed_with()
        except (InvalidStatus, ConnectionClosed):
            return None

    async with cluster.api() as api:
        for number in range(BLOCK_RACES):
            name = a_name()
            here, there = cluster.urls(name, first=number % 2)
            async with asyncio.TaskGroup() as group:
                group.create_task(come(name, here))
                await api.until(lambda: is_shown(api, name), bool)  # noqa: B023 - within the round
                group.create_task(come(name, there))
                await asyncio.sleep(number * BLOCK_STEP_S)
                await api.patch(f"/stations/{name}", blocked=True)
            await api.until(lambda: is_shown(api, name), lambda it: not it)  # noqa: B023 - as above


async def is_shown(api: Api, name: str) -> bool:
    answer = await api.client.get(f"/stations/{name}")
    return answer.is_success and bool(answer.json()["connected"])


async def test_an_order_to_an_absent_station_waits_for_whichever_gateway_it_comes_to(
    cluster: Cluster,
) -> None:
    name = a_name()
    async with cluster.api() as api:
        await api.post("/stations", {"id": name})
        for url in (*cluster.urls(name), *cluster.urls(name)):
            given = await api.order(name, "unlock", evse=1)
            async with connected(Station16, url, name) as station:
                await station.ordered("UnlockConnector")
                done = await ended(api, given)
            await api.has_left(name)
            assert (given["state"], done["state"]) == ("queued", "accepted")
            assert "not connected" in given["reason"]


@pytest.mark.parametrize("station", ["connected", "absent"])
async def test_one_key_given_at_several_nodes_at_one_moment_is_one_order(
    cluster: Cluster, station: str
) -> None:
    async with AsyncExitStack() as stack:
        apis = [
            await stack.enter_async_context(cluster.api(node))
            for node in (cluster.web, cluster.other_web)
        ]
        for number in range(KEY_RACES):
            name = a_name()
            await apis[0].post("/stations", {"id": name})
            async with AsyncExitStack() as there:
                if station == "connected":
                    url = cluster.urls(name)[number % 2]
                    await there.enter_async_context(connected(Station16, url, name))
                given = await asyncio.gather(
                    *(
                        api.order(name, "unlock", evse=1, idempotency_key=f"{name}-k")
                        for api in apis * 3
                    )
                )
                listed = await apis[0].all("/commands", station_id=name)
            assert {it["id"] for it in given} == {it["id"] for it in listed}
            assert len(listed) == 1


async def test_many_orders_given_at_several_nodes_to_an_absent_station_are_all_kept(
    cluster: Cluster,
) -> None:
    """Each node claims the station for its order, and the others' claims are past."""
    name = a_name()
    async with cluster.api() as api, cluster.api(cluster.other_web) as other:
        await api.post("/stations", {"id": name})
        given = await asyncio.gather(
            *(one.order(name, "unlock", evse=1) for one in (api, other) * 8)
        )
        async with connected(Station16, cluster.a.url(name), name) as station:
            done = [await ended(api, it) for it in given]
            received = [order.action for order in drained(station)]

    assert [it["state"] for it in done] == ["accepted"] * len(given)
    assert received == ["UnlockConnector"] * len(given)


@pytest.mark.parametrize("where", [0, 1], ids=["gateway a", "gateway b"])
async def test_an_order_whose_node_dies_before_the_answer_is_lost_or_sent_again(
    cluster: Cluster, where: int
) -> None:
    """A reset done twice may do harm; an unlocked connector is unlocked."""
    victim, heir = cluster.gateways[where], cluster.gateways[1 - where]
    reset, unlock = a_name(), a_name()
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(cluster.api())
        commands = {}
        for name, command, action in (
            (reset, "reset", "Reset"),
            (unlock, "unlock", "UnlockConnector"),
        ):
            there = connected(Station16, victim.url(name), name)
            station = await stack.enter_async_context(there)
            station.answers[action] = None
            fields = {"evse": 1} if command == "unlock" else {}
            commands[name] = await api.order(name, command, **fields)
            await station.ordered(action)
        assert {it["state"] for it in commands.values()} == {"sent"}
        await asyncio.to_thread(victim.kill)
        async with (
            connected(Station16, heir.url(reset), reset) as rebooted,
            connected(Station16, heir.url(unlock), unlock) as asked_again,
        ):
            await asked_again.ordered("UnlockConnector")
            done = {name: await ended(api, it) for name, it in commands.items()}
            await rebooted.heartbeat()
            nothing_more = rebooted.orders.empty()

    assert done[reset]["state"] == "node_lost"
    assert (done[unlock]["state"], done[unlock]["result"]) == ("accepted", "Unlocked")
    assert nothing_more


@pytest.mark.timeout(90)
async def test_orders_given_while_the_station_hops_from_node_to_node_end_and_are_done_once(
    cluster: Cluster,
) -> None:
    chance = random.Random(seed := a_seed())
    name = a_name()
    received: list[str] = []
    hopping = True

    async def hop(api: Api) -> None:
        nonlocal hopping
        for number in range(HOPS):
            node: Node = cluster.gateways[number % 2]
            async with connected(Station16, node.url(name), name) as station:
                await asyncio.sleep(chance.uniform(0, 0.15))
                received.extend(order.action for order in drained(station))
                if chance.random() < 0.5:
                    station.socket.transport.abort()
        hopping = False

    async def give(api: Api) -> list[Json]:
        given = []
        while hopping:
            kinds: list[dict[str, object]] = [
                {"command": "reset"},
                {"command": "unlock", "evse": 1},
            ]
            body = chance.choice(kinds)
            answer = await api.client.post(f"/stations/{name}/commands", json=body)
            if answer.is_success:
                given.append(answer.json())
            else:
                assert answer.json()["code"] == "queue_full", answer.text
            await asyncio.sleep(chance.uniform(0, 0.1))
        return given

    async with cluster.api() as api, cluster.api(cluster.other_web) as other:
        await api.post("/stations", {"id": name})
        async with asyncio.TaskGroup() as both:
            both.create_task(hop(api))
            givings = [both.create_task(give(one)) for one in (api, other)]
        given = [it for giving in givings for it in giving.result()]
        async with connected(Station16, cluster.a.url(name), name) as station:
            done = [await settled(api, it) for it in given]
            received.extend(order.action for order in drained(station))

    told = f"seed {seed}: {[(it['command'], it['state'], it['reason']) for it in done]}"
    resets = [it for it in done if it["command"] == "reset"]
    assert len(given) > HOPS, told
    assert received.count("Reset") <= len(resets), told
    assert {it["state"] for it in done} <= {"accepted", "applied", "failed", "node_lost"}, told


def drained(station: Station) -> list[Any]:
    found = []
    while not station.orders.empty():
        found.append(station.orders.get_nowait())
    return found
