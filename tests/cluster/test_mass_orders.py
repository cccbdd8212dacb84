"""One order for many stations on many nodes: whoever works on it dies, another goes on."""

from contextlib import AsyncExitStack

import pytest

from tests.cluster.cluster import Cluster
from tests.system.station import connected
from tests.system.station16 import Station16
from tests.system.versions import a_name

TAKEN_OVER_WITHIN_S = 60.0
TAKE = (
    "INSERT INTO job_lease (name, owner, until) VALUES ('mass orders', $1,"
    " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + 10000000)"
    " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until"
)


@pytest.mark.timeout(150)
async def test_a_job_goes_on_at_another_node_when_the_one_that_worked_on_it_dies(
    cluster: Cluster,
) -> None:
    names = [a_name(Station16) for _ in range(4)]
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(cluster.api())
        tables = await stack.enter_async_context(cluster.tables())
        gateways = [cluster.a, cluster.b]
        await tables.change(TAKE, await cluster.number_of(cluster.worker))
        stations = [
            await stack.enter_async_context(
                connected(Station16, gateways[place % 2].url(name), name)
            )
            for place, name in enumerate(names)
        ]
        body = {
            "order": {"command": "clear_cache"},
            "stations": names,
            "pace_per_minute": 12,
            "dry_run": False,
        }
        job = (await api.post("/jobs", body))["job"]["id"]
        await stations[0].ordered("ClearCache")
        working = await tables.one("SELECT owner FROM job_lease WHERE name = 'mass orders'")
        assert working == await cluster.number_of(cluster.worker)
        cluster.worker.kill()

        async def ended() -> int:
            return int((await api.get(f"/jobs/{job}"))["done"])

        await api.until(ended, lambda it: it == len(names), within_s=TAKEN_OVER_WITHIN_S)
        given = await tables.rows(
            "SELECT station_id, count(*) FROM command WHERE job_id = $1 GROUP BY station_id",
            int(job),
        )

    assert sorted(count for _, count in given) == [1, 1, 1, 1]
