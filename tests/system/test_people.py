"""People at the real server: each does what is his work, sees what is his, and is out when told."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from tests.system.people import PASSWORD, ROLES, a_person, browser, id_of, signed_in
from tests.system.server import Api, Server, api_of, serving
from tests.system.station import Hours, connected
from tests.system.station16 import Station16
from tests.system.test_live import stream
from tests.system.versions import a_name, a_token
from tests.web.test_rights import WORK, answered, operations

ENDS_WITHIN_S = 15.0


@pytest.mark.timeout(120)
@pytest.mark.parametrize("role", ROLES)
async def test_at_every_address_a_role_is_refused_what_is_not_its_work(
    server: Server, role: str
) -> None:
    async with api_of(server) as api, signed_in(api, server, role) as one:
        one.client.headers["x-ogniwo-csrf"] = one.csrf
        me = await one.get("/me")
        wrong = []
        for method, path, operation in await operations(one.client):
            status, code = await answered(one.client, method, path)
            refused = (status, code) == (403, "not_permitted")
            if refused == bool(WORK[role] & set(operation["x-rights"])) or status >= 500:
                wrong.append((method, path, status, code))

    assert wrong == []
    assert (me["role"], set(me["rights"])) == (role, WORK[role])


async def test_a_technician_resets_a_station_and_is_told_who_may_send_what_he_may_not(
    server: Server,
) -> None:
    name = a_name()
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name),
        signed_in(api, server, "technician") as one,
    ):
        path = f"/stations/{name}/commands"
        reset = await one.ask("POST", path, {"command": "reset"})
        limit = await one.ask("POST", path, {"command": "clear_limit"})
        raw = await one.ask("POST", f"/stations/{name}/ocpp", {"action": "Reset"})
        author = (await one.get("/me"))["login"]

    assert (reset.status_code, reset.json()["author"]) == (202, author)
    assert [it.status_code for it in (limit, raw)] == [403, 403]
    assert limit.json()["roles"] == ["energy_manager", "operator", "admin"]
    assert raw.json()["roles"] == ["operator", "admin"]


async def test_who_is_limited_to_sites_sees_stations_there_and_of_others_nothing(
    server: Server,
) -> None:
    mine, others, hours = a_name(), a_name(), Hours()
    async with api_of(server) as api:
        here, there = [await a_site(api) for _ in range(2)]
        await api.post("/stations", {"id": mine, "site_id": here})
        await api.post("/stations", {"id": others, "site_id": there})
        async with (
            connected(Station16, server.url(mine), mine) as one,
            connected(Station16, server.url(others), others) as two,
            signed_in(api, server, "operator", sites=[here]) as person,
        ):
            for station in (one, two):
                token = await api.token(a_token())
                await station.start(token, wh=0, at=hours.after(0))
            foreign = await api.only_session(others)
            order = await api.order(others, "reset")
            seen = {
                path: {it.get("station_id") or it["id"] for it in (await person.get(path))["items"]}
                for path in ("/stations", "/sessions", "/messages", "/event-log", "/commands")
            }
            hidden = [
                (await person.client.get(f"/api/v1{path}")).status_code
                for path in (
                    f"/stations/{others}",
                    f"/stations/{others}/holdings",
                    f"/stations/{others}/files",
                    f"/sessions/{foreign['id']}",
                    f"/sessions/{foreign['id']}/timeline",
                    f"/commands/{order['id']}",
                )
            ]
            touched = await person.ask("POST", f"/stations/{others}/commands", {"command": "reset"})
            kept_out = [
                await person.ask("GET", "/connection-attempts"),
                await person.ask("GET", "/users"),
                await person.ask("POST", "/tokens", {"uid": "04AA"}),
                await person.ask("PATCH", f"/stations/{mine}", {"site_id": there}),
            ]

    assert seen.pop("/commands") == set()
    assert seen == {path: {mine} for path in seen}
    assert hidden == [404] * 6
    assert (touched.status_code, touched.json()["code"]) == (404, "no_such_station")
    assert [it.status_code for it in kept_out] == [403] * 4


async def a_site(api: Api) -> str:
    """Somewhere of its own."""
    made = await api.post("/sites", {"name": a_name(), "time_zone": "Europe/Warsaw"})
    return str(made["id"])


async def test_the_live_stream_of_who_is_limited_tells_of_his_stations_alone(
    server: Server,
) -> None:
    mine, others = a_name(), a_name()
    async with api_of(server) as api:
        here = await a_site(api)
        await api.post("/stations", {"id": mine, "site_id": here})
        await api.post("/stations", {"id": others})
        async with (
            signed_in(api, server, "viewer", sites=[here]) as person,
            person.api() as his,
            stream(his) as told,
        ):
            for name in (others, mine):
                async with connected(Station16, server.url(name), name):
                    pass
            named = [str(data) for _, data in [await anext(told) for _ in range(3)]]

    assert all(mine in it and others not in it for it in named), named


async def test_a_change_by_cookie_takes_the_token_of_the_page(server: Server) -> None:
    async with api_of(server) as api, signed_in(api, server, "operator") as one:
        body = {"id": a_name()}
        one.csrf, right = "", one.csrf
        without = await one.ask("POST", "/stations", body)
        one.csrf = "guessed"
        guessed = await one.ask("POST", "/stations", body)
        one.csrf = right
        made = await one.ask("POST", "/stations", body)

    assert [(it.status_code, it.json()["code"]) for it in (without, guessed)] == [(403, "csrf")] * 2
    assert made.status_code == 201


async def test_the_cookie_is_for_this_server_s_pages_alone_and_lasts(server: Server) -> None:
    async with api_of(server) as api, browser(server) as one:
        login = await a_person(api, "viewer")
        invited = await api.post(f"/users/{await id_of(api, login)}/invitation")
        answer = await one.choose(invited["path"])
        again = await one.choose(invited["path"])

    (cookie,) = [it for it in answer.headers.get_list("set-cookie") if "ogniwo_session" in it]
    for part in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age="):
        assert part.lower() in cookie.lower(), cookie
    assert "ogniwo_session" not in str(again.headers)
    assert "This link was used before" in again.text


async def test_looking_at_an_invitation_does_not_use_it_up(server: Server) -> None:
    async with api_of(server) as api, browser(server) as one:
        login = await a_person(api, "finance")
        invited = await api.post(f"/users/{await id_of(api, login)}/invitation")
        pages = [(await one.client.get(invited["path"])).text for _ in range(2)]
        apart = await one.choose(invited["path"], again="something else")
        weak = await one.choose(invited["path"], password="short", again="short")
        chosen = await one.choose(invited["path"])

    assert all(login in page and "Choose your password" in page for page in pages)
    assert "not the same" in apart.text
    assert "at least 10 characters" in weak.text
    assert chosen.status_code == 303


async def test_who_is_blocked_or_removed_is_out_at_once_and_his_stream_ends(
    server: Server,
) -> None:
    async with api_of(server) as api, signed_in(api, server, "viewer") as one:
        me = await one.get("/me")
        number = await id_of(api, me["login"])
        async with one.api() as its, stream(its) as told, asyncio.timeout(ENDS_WITHIN_S):
            await api.patch(f"/users/{number}", blocked=True)
            blocked = await one.client.get("/api/v1/me")
            async for _ in told:
                pass
        await api.patch(f"/users/{number}", blocked=False)
        back = await one.sign_in(me["login"])
        await api.client.delete(f"/users/{number}")
        removed = await one.client.get("/api/v1/me")

    assert blocked.status_code == 401
    assert back.status_code == 303
    assert removed.status_code == 401


async def test_a_withdrawn_key_opens_nothing_any_more(server: Server) -> None:
    async with api_of(server) as api:
        made = await api.post("/api-tokens", {"label": "wall", "rights": ["read"]})
        listed = await api.all("/api-tokens")
        bearer = {"authorization": f"Bearer {made['token']}"}
        async with httpx.AsyncClient(
            base_url=f"http://{server.http}/api/v1", headers=bearer, trust_env=False
        ) as program:
            before = await program.get("/stations")
            refused = await program.post("/tokens", json={"uid": "04AA"})
            await api.client.delete(f"/api-tokens/{made['id']}")
            after = await program.get("/stations")

    assert (before.status_code, refused.status_code, after.status_code) == (200, 403, 401)
    assert [it["label"] for it in listed if it["id"] == made["id"]] == ["wall"]
    assert made["token"] not in str(listed)


async def test_wrong_tries_are_told_in_words_and_slowed(server: Server) -> None:
    async with api_of(server) as api, signed_in(api, server, "viewer") as known:
        login = (await known.get("/me"))["login"]
        async with browser(server) as stranger:  # who tries many at one moment
            tries = (stranger.sign_in(login, "a wrong password") for _ in range(12))
            told = [answer.text for answer in await asyncio.gather(*tries)]
        at_home = await known.sign_in(login)

    wrong = [it for it in told if "The login or the password is wrong" in it]
    slowed = [it for it in told if "too many wrong tries" in it]
    assert wrong
    assert slowed
    assert len(wrong) + len(slowed) == len(told)
    assert at_home.status_code == 303


async def test_one_changes_one_s_own_password_and_keeps_what_one_wants_to_find_again(
    server: Server,
) -> None:
    async with api_of(server) as api, signed_in(api, server, "viewer") as one:
        wrong = await one.ask("PUT", "/me/password", {"current": "no", "new": "another good one"})
        right = await one.ask(
            "PUT", "/me/password", {"current": PASSWORD, "new": "another good one"}
        )
        view = {"columns": ["id", "power"], "sort": "-power"}
        kept = await one.ask("PUT", "/me/preferences/stations.view", {"value": view})
        too_long = await one.ask("PUT", "/me/preferences/x", {"value": "x" * 20_000})
        found = await one.get("/me/preferences/stations.view")
        others = await api.get("/me/preferences")
        await one.ask("DELETE", "/me/preferences/stations.view")
        gone = await one.client.get("/api/v1/me/preferences/stations.view")

    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_password")
    assert right.status_code == 204
    assert (kept.status_code, found["value"]) == (200, view)
    assert too_long.status_code == 400
    assert "stations.view" not in str(others)
    assert gone.status_code == 404


async def test_the_first_start_leads_to_an_administrator_and_one_is_always_left(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path / "data") as (server, _):
        await asyncio.to_thread(server.stop)
        server.environment["OGNIWO_ADMIN_TOKEN"] = ""  # as nobody has set it
        await asyncio.to_thread(server.start)
        (link,) = re.findall(r"(/login\?code=\S+)", server.stdout)
        async with browser(server) as one:
            form = await one.client.get(link)
            bad = await one.choose(link, login="Ż!", name="")
            made = await one.choose(link, login="Ada", name="Ada Żak")
            me = await one.get("/me")
            number = (await one.get("/users"))["items"][0]["id"]
            refused = [
                await one.ask("PATCH", f"/users/{number}", {"role": "viewer"}),
                await one.ask("PATCH", f"/users/{number}", {"blocked": True}),
                await one.ask("DELETE", f"/users/{number}"),
            ]
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
        again = server.stdout

    assert "The first administrator" in form.text
    assert "A login begins with" in bad.text
    assert made.status_code == 303
    assert (me["login"], me["name"], me["role"]) == ("ada", "Ada Żak", "admin")
    assert [(it.status_code, it.json()["code"]) for it in refused] == [(409, "last_admin")] * 3
    assert "login?code" not in again
