"""The page of one thing, for each kind: nobody stumbles, nothing is too wide.

Those of a station are looked at in ``test_stations``.
"""

from datetime import timedelta

import pytest

from tests.console.desk import ALL, Look, signed_in
from tests.system.server import Api, Server, api_of
from tests.system.station import connected, now
from tests.system.station16 import Station16
from tests.system.versions import a_name, a_token


async def charged(api: Api, server: Server, name: str) -> None:
    """One session that ended and one that runs."""
    token = await api.token(a_token())
    await api.post("/stations", {"id": name, "name": "Poznań, ulica Maltańska, przy jeziorze"})
    async with connected(Station16, server.url(name), name) as station:
        for began, ends in ((now() - timedelta(hours=2), True), (now(), False)):
            charging = await station.start(token, wh=1_000, at=began)
            await station.measure(charging, wh=9_000, w=11_000, at=began + timedelta(minutes=30))
            if ends:
                await station.stop(charging, wh=12_000, at=began + timedelta(hours=1))


async def details(api: Api, server: Server) -> list[str]:
    """The addresses of one of each."""
    name = a_name(Station16)
    await charged(api, server, name)
    sessions = await api.all("/sessions", station_id=name)
    message = (await api.get("/messages", station_id=name))["items"][0]
    site = await api.post("/sites", {"name": f"Malta {name}", "latitude": 52.4, "longitude": 17.0})
    await api.patch(f"/stations/{name}", site_id=site["id"])
    driver = await api.post("/drivers", {"email": f"{name}@example.com".lower(), "name": "Anna"})
    order = {"order": {"command": "clear_cache"}, "stations": [name], "dry_run": False}
    job = await api.post("/jobs", order)
    assert [it["state"] for it in sessions] == ["started", "closed"]
    return [
        *(f"/sessions/{it['id']}" for it in sessions),
        f"/messages/{message['id']}",
        f"/sites/{site['id']}",
        f"/drivers/{driver['id']}",
        f"/tokens/{driver['tokens'][0]}",
        f"/jobs/{job['job']['id']}",
        "/jobs/new",
    ]


@pytest.mark.parametrize("look", ALL, ids=str)
async def test_nobody_stumbles_over_the_page_of_one_thing(server: Server, look: Look) -> None:
    async with api_of(server) as api:
        paths = await details(api, server)
        async with signed_in(server.http, look) as desk:
            assert await desk.stumbles(paths) == {}
