"""Sites through the doors of programs: the HTTP interface and the command line."""

import json
from pathlib import Path

from tests.system.server import TOKEN, Server, api_of
from tests.system.test_command_line import run
from tests.system.versions import a_name

YARD = {
    "name": "Poznań Malta",
    "address": "ul. Maltańska 1",
    "postal_code": "61-131",
    "city": "Poznań",
    "country": "PL",
    "latitude": 52.403,
    "longitude": 16.957,
    "limit_w": 220_000,
    "note": "brama od strony jeziora",
}


async def test_a_site_is_made_changed_and_removed(server: Server) -> None:
    async with api_of(server) as api:
        made = await api.post("/sites", YARD)
        shown = await api.get(f"/sites/{made['id']}")
        changed = await api.patch(f"/sites/{made['id']}", note=None, time_zone="Europe/Lisbon")
        listed = await api.all("/sites")
        await api.client.delete(f"/sites/{made['id']}")
        gone = await api.refused("GET", f"/sites/{made['id']}")
        again = await api.refused("DELETE", f"/sites/{made['id']}")
        told = [it for it in (await api.get("/event-log"))["items"] if "site" in it["kind"]]

    assert made.items() >= YARD.items()
    assert (made["time_zone"], made["stations"]) == ("Europe/Warsaw", 0)
    assert shown == made
    assert changed == {**made, "note": None, "time_zone": "Europe/Lisbon"}
    assert changed in listed
    assert gone == again == (404, "no_such_site")
    ours = [it for it in told[::-1] if it["data"]["site_id"] == made["id"]]
    assert [it["kind"] for it in ours] == ["site_created", "site_changed", "site_removed"]
    assert ours[1]["data"]["changed"] == "note,time_zone"
    assert all("Poznań Malta" in it["words"] for it in ours)


async def test_what_cannot_be_a_site_is_refused(server: Server) -> None:
    async with api_of(server) as api:
        for wrong in (
            {"time_zone": "Europe/Poznan"},
            {"time_zone": "../../etc/passwd"},
            {"latitude": 52.4},
            {"latitude": 91, "longitude": 0},
            {"country": "Polska"},
            {"limit_w": 0},
            {"name": ""},
        ):
            status, _ = await api.refused("POST", "/sites", {"name": "Yard", **wrong})
            assert status == 400, wrong
        assert await api.refused("PATCH", "/sites/1", {"name": "Yard"}) == (404, "no_such_site")


async def test_stations_stand_on_sites_that_exist_and_hold_them_there(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api:
        site, other = [(await api.post("/sites", {"name": it}))["id"] for it in ("Here", "There")]
        unknown = await api.refused("POST", "/stations", {"id": name, "site_id": "17"})
        await api.post("/stations", {"id": name, "site_id": site})
        in_use = await api.refused("DELETE", f"/sites/{site}")
        nowhere = await api.refused("PATCH", f"/stations/{name}", {"site_id": "Here"})
        moved = await api.patch(f"/stations/{name}", site_id=other)
        await api.client.delete(f"/sites/{site}")
        counted = await api.get(f"/sites/{other}")
        taken_off = await api.patch(f"/stations/{name}", site_id=None)

    assert unknown == nowhere == (409, "site_unknown")
    assert in_use == (409, "site_in_use")
    assert moved["site_id"] == other
    assert counted["stations"] == 1
    assert taken_off["site_id"] is None


def test_sites_are_kept_from_a_terminal(server: Server, tmp_path: Path) -> None:
    def told(*arguments: str) -> str:
        where = ("--url", f"http://{server.http}", "--token", TOKEN)
        ended = run(tmp_path, *arguments, *where)
        assert ended.code == 0, ended
        return ended.out

    station = a_name()
    made = json.loads(told("site", "add", "Yard", "--city", "Hel", "--note", "x", "--json"))
    told("station", "add", station, "--site", made["id"])
    changed = json.loads(
        told("site", "change", made["id"], "--limit-w", "80000", "--forget", "note", "--json")
    )
    listed = told("site", "list")
    told("station", "change", station, "--site", "")
    removed = told("site", "remove", made["id"])

    assert (changed["limit_w"], changed["note"], changed["stations"]) == (80_000, None, 1)
    assert "Yard" in listed
    assert "Hel" in listed
    assert removed == f"Site {made['id']} is removed.\n"
