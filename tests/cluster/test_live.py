"""The live stream of a web node tells of every gateway, and who comes back has missed nothing."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest

from ogniwo.base.clock import SystemClock
from ogniwo.base.ids import NODE_MAX, SEQUENCE_BITS, first_id_at
from tests.cluster.cluster import Cluster
from tests.system.crash.fleet import a_seed, fleet_at, living
from tests.system.server import Api
from tests.system.station import Hours, connected
from tests.system.station16 import Station16
from tests.system.test_live import events_until, moving_session, stream
from tests.system.versions import a_name, a_token

BREAKS = 6
LISTENS_S = (0.2, 1.0)
AWAY_S = (0.0, 0.5)
LISTEN_LAST_S = 3.0
TOLD_WITHIN_S = 1.0  # usually: what is not told for so long was passed over


async def test_sessions_and_events_of_every_gateway_are_followed_live(cluster: Cluster) -> None:
    async with cluster.api() as api, cluster.api(cluster.other_web) as other:
        for node in (api, other):
            for gateway in cluster.gateways:
                name, hours = a_name(), Hours()
                async with (
                    stream(node) as frames,
                    connected(Station16, gateway.url(name), name) as station,
                ):
                    charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
                    await station.measure(charging, wh=2_500, w=7_400, at=hours.after(20))
                    moved = await moving_session(frames, name)
                    await station.stop(charging, wh=2_600, at=hours.after(30))
                    heard = await events_until(frames, name, "session_closed")
                assert (moved["power_w"], moved["energy_wh"]) == (7_400, 2_500)
                assert heard[-1]["session_id"] == moved["id"]


async def test_an_event_that_becomes_durable_late_is_told_all_the_same(cluster: Cluster) -> None:
    """As that of a node that stood still before its commit, while others wrote on."""
    name, late, event_id = a_name(), a_name(), first_id_at(SystemClock().now_us())
    async with cluster.api() as api, cluster.tables() as tables:
        await api.post("/stations", {"id": late})
        async with stream(api) as frames:
            async with tables.transaction():
                await tables.change(
                    "INSERT INTO event (id, org_id, kind, at, station_id, data)"
                    " SELECT $1, 1, 'station_notice', 0, id, '{}' FROM station WHERE identity = $2",
                    event_id,
                    late,
                )
                async with connected(Station16, cluster.a.url(name), name) as station:
                    await station.fault()
                    await asyncio.sleep(TOLD_WITHIN_S)
            heard = await events_until(frames, late, "station_notice")
            others = await events_until(frames, name, "status_changed")

    assert heard[-1]["id"] == str(event_id)
    assert others[-1]["kind"] == "status_changed"


@pytest.mark.timeout(90)
async def test_who_comes_back_again_and_again_while_all_nodes_write_misses_nothing(
    cluster: Cluster,
) -> None:
    seed = a_seed()
    chance = random.Random(seed)
    heard: list[int] = []
    async with cluster.api() as api, cluster.api(cluster.other_web) as other:
        fleet = await fleet_at(api, seed, partial(half_of_them, cluster), prefix=a_name())
        async with living(fleet):
            for number in range(BREAKS):
                web = (api, other)[number % 2]
                async with ids_from(web, heard[-1] if heard else None) as ids:
                    await listen(ids, heard, for_s=chance.uniform(*LISTENS_S))
                await asyncio.sleep(chance.uniform(*AWAY_S))
        async with ids_from(api, heard[-1]) as ids:
            await listen(ids, heard, for_s=LISTEN_LAST_S)
        async with cluster.tables() as tables:
            written = await tables.column("SELECT id FROM event ORDER BY tx, id")

    assert len(heard) > 200
    assert heard == written[written.index(heard[0]) :][: len(heard)], f"seed {seed}"
    assert heard[-1] == written[-1], f"seed {seed}"
    writers = {number >> SEQUENCE_BITS & NODE_MAX for number in heard}
    assert len(writers) >= 2, "only one node wrote"


def half_of_them(cluster: Cluster, identity: str) -> list[str]:
    """Every second station begins at the other gateway."""
    return cluster.urls(identity, first=int(identity[-1]) % 2)


@asynccontextmanager
async def ids_from(api: Api, last: int | None) -> AsyncIterator[AsyncIterator[int]]:
    """Of the durable events, as they are told."""
    headers = {} if last is None else {"last-event-id": str(last)}
    async with api.client.stream("GET", "/events", headers=headers) as answer:
        yield _ids(answer.aiter_lines())


async def _ids(lines: AsyncIterator[str]) -> AsyncIterator[int]:
    async for line in lines:
        if line.startswith("id: "):
            yield int(line.removeprefix("id: "))


async def listen(ids: AsyncIterator[int], heard: list[int], *, for_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(for_s):
            async for number in ids:
                heard.append(number)  # noqa: PERF401 - what was heard until then counts
