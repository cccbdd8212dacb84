"""Who may charge is one truth on all nodes: a card is blocked everywhere, and used once."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from tests.cluster.cluster import Cluster
from tests.system.station import Charging, Station, connected, now
from tests.system.station16 import Station16
from tests.system.station21 import Station21
from tests.system.station201 import Station201
from tests.system.versions import a_name, a_token

EVERYWHERE_WITHIN_S = 1.0
ROUNDS = 20


@pytest.mark.parametrize("bus", ["with a bus", "without a bus"])
async def test_a_card_blocked_at_a_web_node_is_refused_at_every_gateway_within_a_second(
    cluster: Cluster, bus: str
) -> None:
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(cluster.api())
        stations: list[Station] = []
        for kind, gateway in ((Station16, cluster.a), (Station201, cluster.b)):
            name = a_name()
            there = connected(kind, gateway.url(name), name)
            stations.append(await stack.enter_async_context(there))
        token = await api.token(a_token())
        before = [await station.authorize(token) for station in stations]
        if bus == "without a bus":
            await asyncio.to_thread(cluster.nats.kill)
        await api.put(f"/tokens/{token}", status="blocked")
        blocked_at = time.monotonic()
        took_s = [await until_refused(station, token) - blocked_at for station in stations]
        after = [await station.authorize(token) for station in stations]

    assert before == ["Accepted", "Accepted"]
    assert after == ["Blocked", "Blocked"]
    assert max(took_s) < EVERYWHERE_WITHIN_S


async def until_refused(station: Station, token: str) -> float:
    """The moment of the first refusal."""
    async with asyncio.timeout(10):
        while await station.authorize(token) == "Accepted":
            pass
    return time.monotonic()


async def test_a_card_that_is_free_again_may_be_used_at_another_node_at_once(
    cluster: Cluster,
) -> None:
    names = [a_name(), a_name()]
    async with (
        cluster.api() as api,
        connected(Station16, cluster.a.url(names[0]), names[0]) as first,
        connected(Station201, cluster.b.url(names[1]), names[1]) as second,
    ):
        token = await api.token(a_token())
        charging = await first.start(token, wh=0, at=now())
        meanwhile = await second.start(token, wh=0, at=now())
        await second.stop(meanwhile, wh=0, at=now(), reason="DeAuthorized")
        await first.stop(charging, wh=100, at=now())
        afterwards = await second.start(token, wh=0, at=now())

    assert (charging.verdict, meanwhile.verdict, afterwards.verdict) == (
        "Accepted",
        "ConcurrentTx",
        "Accepted",
    )


@pytest.mark.parametrize("kinds", [(Station16, Station16), (Station201, Station21)])
async def test_of_two_starts_with_one_card_on_two_nodes_at_one_moment_one_is_accepted(
    cluster: Cluster, kinds: tuple[type[Station], type[Station]]
) -> None:
    verdicts: list[list[str | None]] = []
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(cluster.api())
        stations: list[Station] = []
        for kind, gateway in zip(kinds, cluster.gateways, strict=True):
            name = a_name()
            there = connected(kind, gateway.url(name), name)
            stations.append(await stack.enter_async_context(there))
        for _ in range(ROUNDS):
            token, began = await api.token(a_token()), now()
            started: list[Charging] = await asyncio.gather(
                *(one.start(token, wh=0, at=began) for one in stations)
            )
            verdicts.append([it.verdict for it in started])
            await asyncio.gather(
                *(
                    one.stop(charging, wh=100, at=now())
                    for one, charging in zip(stations, started, strict=True)
                )
            )

    assert [sorted(map(str, it)) for it in verdicts] == [["Accepted", "ConcurrentTx"]] * ROUNDS
