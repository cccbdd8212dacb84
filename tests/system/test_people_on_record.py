"""Who let whom in, and what was changed: on record at the real server, without any secret."""

import json
import secrets
from pathlib import Path
from typing import Any

from tests.system.people import PASSWORD, a_person, browser, id_of, signed_in
from tests.system.server import TOKEN, Api, Server, api_of
from tests.system.test_command_line import run
from tests.system.versions import a_name

Told = list[dict[str, Any]]


async def newest(api: Api) -> str:
    items = (await api.get("/event-log", limit=1))["items"]
    return str(items[0]["id"]) if items else "0"


async def since(api: Api, after: str, **wanted: str) -> Told:
    items: Told = (await api.get("/event-log", after=after, limit=1000))["items"]
    return [it for it in items if wanted.items() <= it["data"].items()]


async def test_all_that_becomes_of_a_person_is_on_record(server: Server) -> None:
    async with api_of(server) as api, signed_in(api, server, "admin") as ada:
        after = await newest(api)
        author = (await ada.get("/me"))["login"]
        site = (await api.post("/sites", {"name": "Yard"}))["id"]
        login = f"eva-{secrets.token_hex(4)}"
        made = await ada.ask("POST", "/users", {"login": login, "role": "viewer"})
        path = f"/users/{made.json()['id']}"
        invited = await ada.ask("POST", f"{path}/invitation")
        async with browser(server) as eva:
            await eva.choose(invited.json()["path"])
        wanted = {"role": "technician", "sites": [site], "name": "Eva Nowak", "language": None}
        await ada.ask("PATCH", path, wanted)
        await ada.ask("PATCH", path, {"role": "technician"})
        await ada.ask("PATCH", path, {"blocked": True, "password": "another long password"})
        await ada.ask("DELETE", path)
        told = await since(api, after, login=login)

    assert [(it["kind"], it["data"]["author"]) for it in told] == [
        ("user_added", author),
        ("user_invited", author),
        ("password_chosen", login),
        ("user_changed", author),  # once: the same role again changes nothing
        ("user_changed", author),
        ("user_removed", author),
    ]
    added, _, _, moved, blocked, _ = (it["data"] for it in told)
    assert (added["role"], added["sites"]) == ("viewer", None)
    assert (moved["changed"], moved["role_before"], moved["role"], moved["sites"]) == (
        "name,role,sites", "viewer", "technician", site,
    )  # fmt: skip
    assert (blocked["changed"], blocked["blocked"]) == ("blocked,password", True)
    text = json.dumps(told)
    code = invited.json()["path"].partition("code=")[2]
    for secret in (PASSWORD, "another long password", code, "argon2", "scrypt", "hash"):
        assert secret not in text


async def test_keys_of_programs_are_on_record_when_made_and_withdrawn(
    server: Server, tmp_path: Path
) -> None:
    label = f"bills-{secrets.token_hex(4)}"
    async with api_of(server) as api:
        after = await newest(api)
        made = await api.post("/api-tokens", {"label": label, "rights": ["settle", "read"]})
        await api.client.delete(f"/api-tokens/{made['id']}")
        told = await since(api, after, label=label)
        author = (await api.get("/me"))["login"] or told[0]["data"]["author"]

    where = ("--url", f"http://{server.http}", "--token", TOKEN)
    listed = run(tmp_path, "event", "list", "--limit", "1000", *where).out
    assert [(it["kind"], it["data"]["author"]) for it in told] == [
        ("api_token_made", author),
        ("api_token_withdrawn", author),
    ]
    assert told[0]["data"]["rights"] == "read,settle"
    assert made["token"] not in json.dumps(told)
    assert f"API key {label} withdrawn" in listed


async def test_what_drivers_may_do_is_on_record_when_it_changes(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api:
        after = await newest(api)
        site = (await api.post("/sites", {"name": f"Yard of {name}"}))["id"]
        await api.post("/stations", {"id": name, "site_id": site})
        put = api.client.put
        await put(f"/driver-rules/stations/{name}", json={"guest_charging": True})
        await put(f"/driver-rules/sites/{site}", json={"guest_charging": False})
        await put(f"/driver-rules/sites/{site}", json={"guest_charging": None})
        before = await api.get("/driver-rules")
        helpline = f"+48 {secrets.randbelow(10**9)}"
        await api.patch("/driver-rules", helpline=helpline)
        await api.patch("/driver-rules", helpline=helpline)
        await api.patch("/driver-rules", helpline=before["helpline"])
        told = await since(api, after)

    ours = [it for it in told if it["kind"] == "driver_rules_changed"]
    assert all(it["data"]["author"] for it in ours)
    at_station = [it for it in ours if it["station_id"] == name]
    at_site = [it["data"] for it in ours if it["data"].get("site_id") == site]
    assert [it["data"]["guest_charging"] for it in at_station] == [True]
    assert [(it["name"], it["guest_charging"]) for it in at_site] == [
        (f"Yard of {name}", False),
        (f"Yard of {name}", None),
    ]
    everywhere = [it["data"] for it in ours if it["data"].get("helpline") == helpline]
    assert [it["changed"] for it in everywhere] == ["helpline"]


async def test_a_viewer_is_not_told_who_is_let_in(server: Server) -> None:
    async with api_of(server) as api:
        site = (await api.post("/sites", {"name": "Yard"}))["id"]
        async with (
            signed_in(api, server, "viewer") as one,
            signed_in(api, server, "admin", sites=[site]) as limited,
        ):
            after = await newest(api)
            login = await a_person(api, "operator")
            await id_of(api, login)
            other = (await api.post("/sites", {"name": "There"}))["id"]
            seen = (await one.get(f"/event-log?after={after}&limit=1000"))["items"]
            seen_there = (await limited.get(f"/event-log?after={after}&limit=1000"))["items"]
            told = await since(api, after, login=login)

    assert [it["kind"] for it in told] == ["user_added"]
    assert other in {it["data"].get("site_id") for it in seen}
    assert not {it["kind"] for it in seen} & {"user_added"}
    assert seen_there == []
