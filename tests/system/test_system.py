"""What a server tells of itself."""

from ogniwo.storage.schema import SCHEMA_VERSION
from tests.system.server import Server, api_of
from tests.system.station import connected
from tests.system.station16 import Station16
from tests.system.versions import a_name


async def test_a_server_tells_how_it_is(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api, connected(Station16, server.url(name), name):
        found = await api.get("/system")

    assert (found["database"]["kind"], found["database"]["schema"]) == ("sqlite", SCHEMA_VERSION)
    assert found["database"]["size_bytes"] > 100_000
    assert [it["this"] for it in found["nodes"]] == [True]
    assert found["nodes"][0]["role"] == "all"
    assert found["writer"]["healthy"]
    assert found["writer"]["commits"] > 0
    assert found["links"] >= 1
    assert found["bus_connected"]
    assert found["disk_free_bytes"] > 0
