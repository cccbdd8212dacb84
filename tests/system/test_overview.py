"""The network in figures from a real server, with a car that charges."""

from tests.system.server import Server, api_of
from tests.system.station import Hours, connected, now
from tests.system.station16 import Station16
from tests.system.versions import a_name, a_token


async def test_what_a_site_delivers_stands_in_its_figures(server: Server) -> None:
    name, hours = a_name(), Hours(now())
    async with api_of(server) as api:
        site = (await api.post("/sites", {"name": "Yard"}))["id"]
        await api.post("/stations", {"id": name, "site_id": site})
        async with connected(Station16, server.url(name), name) as station:
            charging = await station.start(await api.token(a_token()), wh=0, at=hours.begin)
            await station.energy_flows(charging, at=hours.begin)
            await station.measure(charging, wh=2_500, w=7_400, at=hours.begin)
            found = await api.get("/overview", time_zone="Europe/Warsaw", site_id=site)
            whole = await api.get("/overview")
            sites = (await api.get("/overview/sites"))["items"]
        unknown = await api.refused("GET", "/overview?site_id=17")
        nowhere = await api.refused("GET", "/overview?time_zone=Europe/Poznan")

    assert (found["stations"], found["connected"], found["active_sessions"]) == (1, 1, 1)
    assert (found["power_w"], found["energy_today_wh"]) == (7_400, 2_500)
    assert whole["stations"] >= 1
    (mine,) = [it for it in sites if it["site_id"] == site]
    assert (mine["power_w"], mine["sessions_today"]) == (7_400, 1)
    assert unknown == (404, "no_such_site")
    assert nowhere[0] == 400
