"""Drivers' accounts, codes, and what the pages weigh: through the pages and the API."""

import gzip
import json
import re

import pytest

from tests.system.phone import PASSWORD, Phone, a_driver, a_phone
from tests.system.server import Server, api_of
from tests.system.station import connected, now
from tests.system.station16 import Station16
from tests.system.versions import a_name, a_token

PAGE_BYTES_MAX = 50_000
FETCHED = re.compile(r'(?:src|href)="(/static/[^"#]+|/driver/manifest[^"]*)')


@pytest.mark.parametrize("language", ["en", "pl"])
async def test_a_page_with_all_that_it_fetches_is_light(server: Server, language: str) -> None:
    name = a_name()
    async with (
        connected(Station16, server.url(name), name) as station,
        a_phone(server, language) as phone,
    ):
        await station.available()
        await phone.sees(f"/c/{name}*1", "Wolne" if language == "pl" else "Available")
        fetched = {it: (await phone.client.get(it)) for it in set(FETCHED.findall(phone.page))}
        policy = (await phone.client.get(f"/c/{name}*1")).headers["content-security-policy"]

    whole = len(phone.page.encode()) + sum(len(it.content) for it in fetched.values())
    assert {it.status_code for it in fetched.values()} == {200}
    assert len(fetched) == 5
    assert whole < PAGE_BYTES_MAX
    assert len(gzip.compress(phone.page.encode())) < 3_000
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|style=|\son\w+=|<script>", phone.page)


async def test_the_language_follows_the_browser_and_its_switch_is_kept(server: Server) -> None:
    name = a_name()
    async with (
        connected(Station16, server.url(name), name) as station,
        a_phone(server, "pl,en;q=0.5") as phone,
    ):
        await station.available()
        at_first = await phone.sees(f"/c/{name}*1", "Wolne")
        switched = await phone.open(f"/c/{name}*1?lang=en")
        later = await phone.open(f"/c/{name}*1")

    assert "Punkt ładowania 1" in at_first
    assert "Available" in switched
    assert "Available" in later


async def test_what_a_phone_keeps_of_a_page_is_only_the_page_without_network(
    server: Server,
) -> None:
    async with a_phone(server) as phone:
        manifest = (await phone.client.get("/driver/manifest.webmanifest")).json()
        worker = await phone.client.get("/driver/worker.js")
        kept = re.findall(r'"([^"]*)"\.split', worker.text)[0].split(",")
        answers = [await phone.client.get(it) for it in kept]

    assert manifest["start_url"] == "/driver"
    assert worker.headers["service-worker-allowed"] == "/"
    assert [it.status_code for it in answers] == [200, 200]
    assert "No connection" in answers[0].text


async def test_a_link_sets_a_password_once(server: Server) -> None:
    email = f"{a_token()}@example.com".lower()
    async with api_of(server) as api, a_phone(server) as first, a_phone(server) as second:
        made = await api.post("/drivers", {"email": email, "name": "Anna"})
        code = made["invite_url"].partition("code=")[2]
        short = await first.send("/driver/invite", code=code, password="short")
        await first.send("/driver/invite", code=code, password=PASSWORD)
        again = await second.send("/driver/invite", code=code, password="another password")
        wrong = await second.send("/driver/sign-in", email=email, password="another password")
        await second.send("/driver/sign-in", email=email.upper(), password=PASSWORD)
        active = await api.get(f"/drivers/{made['id']}")

    assert "Choose another password" in short
    assert "Hello, Anna" in first.text
    assert "This link is not valid any more" in again
    assert "do not fit" in wrong
    assert "Hello, Anna" in second.text
    assert (made["state"], active["state"]) == ("invited", "active")


async def test_nobody_learns_who_has_an_account(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api, a_driver(server, api, f"{name}@example.com".lower()):
        await api.patch("/driver-rules", self_registration=True)
        answers = []
        for email in (f"{name}@example.com".lower(), f"{name}-new@example.com".lower()):
            async with a_phone(server) as phone:
                wrong = await phone.send("/driver/sign-in", email=email, password="not the one")
                register = await phone.send("/driver/register", email=email, password=PASSWORD)
                answers.append((wrong, register))
        await api.patch("/driver-rules", self_registration=False)
        async with a_phone(server) as late:
            await late.send("/driver/register", email="late@example.com", password=PASSWORD)
        registered = await api.all("/drivers", q=f"{name}-new")
        late_ones = await api.all("/drivers", q="late@example.com")

    assert answers[0] == answers[1]
    assert "You can sign in now" in answers[0][1]
    assert [it["self_registered"] for it in registered] == [True]
    assert late_ones == []


async def test_a_blocked_driver_is_out_at_once(server: Server) -> None:
    name = a_name()
    email = f"{name}@example.com".lower()
    async with api_of(server) as api, a_driver(server, api, email) as phone:
        (driver,) = await api.all("/drivers", q=email)
        changed = await api.patch(f"/drivers/{driver['id']}", blocked=True)
        out = await phone.open("/driver")
        back = await phone.send("/driver/sign-in", email=email, password=PASSWORD)
        token = await api.get(f"/tokens/{driver['tokens'][0]}")

    assert changed["state"] == "blocked"
    assert token["status"] == "blocked"
    for seen in (out, back):
        assert "E-mail address" in seen
        assert "Hello" not in seen


async def test_an_account_that_ends_leaves_its_sessions_as_nobody_s(server: Server) -> None:
    name = a_name()
    email = f"{name}@example.com".lower()
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        a_driver(server, api, email) as phone,
    ):
        (driver,) = await api.all("/drivers", q=email)
        card = await api.token(a_token())
        await api.put(f"/tokens/{card}", driver_id=driver["id"])
        charging = await station.start(card, wh=0, at=now())
        await station.stop(charging, wh=4_000, at=now())
        exported = json.loads((await phone.client.get("/driver/export")).text)
        refused = await phone.send("/driver/end", password="not the one")
        await phone.send("/driver/end", password=PASSWORD)
        signed_out = await phone.open("/driver")
        session = await api.only_session(name)
        token = await api.get(f"/tokens/{card}")
        status, _ = await api.refused("GET", f"/drivers/{driver['id']}")

    assert exported["email"] == email
    assert [it["energy_wh"] for it in exported["sessions"]] == [4_000]
    assert card not in json.dumps(exported)
    assert "The password is not right" in refused
    assert "E-mail address" in signed_out
    assert session["energy_wh"] == 4_000
    assert (token["driver_id"], token["status"], status) == (None, "blocked", 404)


async def test_another_driver_s_session_is_like_none(server: Server) -> None:
    name = a_name()
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        a_driver(server, api, f"{name}-a@example.com".lower()) as owner,
        a_driver(server, api, f"{name}-b@example.com".lower()) as other,
    ):
        (driver,) = await api.all("/drivers", q=f"{name}-a@example.com".lower())
        card = await api.token(a_token(), driver_id=driver["id"])
        charging = await station.start(card, wh=0, at=now())
        await station.stop(charging, wh=4_000, at=now())
        session = await api.only_session(name)
        path = f"/driver/sessions/{session['id']}"
        seen, hidden = await owner.open(path), await other.open(path)

    assert "4.00 kWh" in seen
    assert other.status == 404
    assert "kWh" not in hidden


async def test_a_code_of_its_own_leads_to_the_page_beside_the_default(server: Server) -> None:
    name, other = a_name(), a_name()
    own = f"PL*{a_token()[-6:]}*E1"
    async with (
        api_of(server) as api,
        connected(Station16, server.url(name), name) as station,
        connected(Station16, server.url(other), other) as neighbour,
        a_phone(server) as phone,
    ):
        await station.available()
        await neighbour.available()
        await phone.sees(f"/c/{name}*1", "Available")
        given = await api.put(f"/stations/{name}/codes/1", code=own)
        by_own = await phone.open(f"/c/{own.lower()}")
        by_default = await phone.open(f"/c/{name}*1")
        taken = await api.refused("PUT", f"/stations/{other}/codes/1", {"code": own.lower()})
        steals = await api.refused("PUT", f"/stations/{other}/codes/1", {"code": f"{name}*1"})
        back = await api.put(f"/stations/{name}/codes/1", code=None)
        nobodys = await phone.open(f"/c/{own}")

    assert given["url"].endswith(f"/c/{own}")
    assert "Available" in by_own
    assert "Available" in by_default
    assert taken == steals == (409, "code_taken")
    assert (back["code"], back["own"]) == (f"{name}*1", False)
    assert "No charging point has this code" in nobodys


async def test_the_code_of_a_removed_station_is_free_again(server: Server) -> None:
    name, other = a_name(), a_name()
    own = f"PL*{a_token()[-6:]}*E2"
    async with api_of(server) as api:
        for it in (name, other):
            await api.post("/stations", {"id": it})
        await api.put(f"/stations/{name}/codes/1", code=own)
        await api.client.delete(f"/stations/{name}")
        given = await api.put(f"/stations/{other}/codes/1", code=own)

    assert (given["station_id"], given["code"]) == (other, own)


async def test_a_sheet_of_codes_is_a_pdf(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api, connected(Station16, server.url(name), name) as station:
        for evse in range(1, 9):
            await station.available(evse)
        answer = await api.client.get("/codes/sheet.pdf", params={"station_id": name, "lang": "pl"})
        neither = await api.refused("GET", "/codes/sheet.pdf")

    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer.content.count(b"/Type /Page\n") == 2  # eight codes, six on a page
    assert neither == (400, "usage")


async def test_starts_are_limited_by_where_they_come_from(server: Server) -> None:
    name = a_name()
    here = f"/c/{name}*1"

    async def tries(phone: Phone, address: str) -> str:
        phone.client.headers["x-forwarded-for"] = address
        seen = ""
        for _ in range(7):
            seen = await phone.send(f"{here}/start", guest="1")
        return seen

    async with (
        connected(Station16, server.url(name), name) as station,
        a_phone(server) as phone,
    ):
        await station.available()
        await phone.sees(here, "Available")
        first = await tries(phone, "192.0.2.77")
        phone.client.headers["x-forwarded-for"] = "192.0.2.78"
        other = await phone.send(f"{here}/start", guest="1")

    assert "Too many tries" in first
    assert "Guests may not charge here" in other
