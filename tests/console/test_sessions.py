"""Sessions as people see them: watched live, stopped, explained, repaired; and their messages."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from ogniwo.web.texts import Language
from tests.console.desk import BOTH, ENGLISH, PATIENCE_MS, PHONE, Desk, Look, signed_in
from tests.system.server import Api, Server, api_of
from tests.system.station import Charging, connected, now, text_of
from tests.system.station16 import Station16
from tests.system.test_repairs import orphan_stop
from tests.system.versions import a_name, a_token


def energy(wh: int, look: Look) -> str:
    text = f"{wh / 1000:.2f}\u00a0kWh"
    return text.replace(".", ",") if look.language is Language.PL else text


@asynccontextmanager
async def a_station(server: Server) -> AsyncIterator[tuple[Api, Station16, str]]:
    """On file, connected, and a card that may charge there."""
    name = a_name(Station16)
    async with api_of(server) as api:
        await api.post("/stations", {"id": name})
        token = await api.token(a_token())
        async with connected(Station16, server.url(name), name) as station:
            yield api, station, token


async def charges(station: Station16, token: str, *, wh: int = 1_000) -> Charging:
    began = now() - timedelta(minutes=30)
    await station.status(1, "Preparing", timestamp=text_of(began - timedelta(minutes=1)))
    await station.authorize(token)
    charging = await station.start(token, wh=wh, at=began)
    await station.energy_flows(charging, at=now())
    return charging


async def held(api: Api, station: Station16, token: str) -> str:
    """A session whose meter went back: nobody can say what its energy is."""
    charging = await charges(station, token, wh=10_000)
    for minutes, wh in ((20, 10_400), (10, 12_500)):
        await station.measure(charging, wh=wh, w=7_000, at=now() - timedelta(minutes=minutes))
    await station.stop(charging, wh=9_000, at=now())
    await station.available()
    session = await api.only_session(station.identity)
    assert session["state"] == "ended"
    return str(session["id"])


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_a_session_is_watched_while_it_runs_and_stopped_from_afar(
    server: Server, look: Look
) -> None:
    async with a_station(server) as (api, station, token):
        charging = await charges(station, token)
        path = f"/sessions?station={station.identity}"
        async with signed_in(server.http, look, path=path) as desk:
            row = desk.page.get_by_role("row").filter(has_text=token)
            await row.wait_for()
            await station.measure(charging, wh=3_500, w=11_000, at=now())
            await row.get_by_text(energy(2_500, look)).wait_for()  # by itself

            await row.get_by_role("link").click()
            await desk.page.wait_for_url(re.compile(r"/sessions/\d+$"))
            await desk.press("session.stop")
            await desk.page.locator('dialog button[type="submit"]').click()
            await station.ordered("RemoteStopTransaction")
            await station.stop(charging, wh=3_600, at=now(), reason="Remote")
            await desk.page.keyboard.press("Escape")
            await desk.page.locator('header [data-status="closed"]').wait_for()
            await desk.page.get_by_text(energy(2_600, look)).first.wait_for()

        session = await api.only_session(station.identity)
    assert (session["state"], session["energy_wh"]) == ("closed", 2_600)


async def test_the_story_of_a_session_goes_from_plug_to_unplug(server: Server) -> None:
    async with a_station(server) as (api, station, token):
        charging = await charges(station, token)
        await station.measure(charging, wh=2_500, w=7_000, at=now() - timedelta(minutes=10))
        await station.car_pauses(charging, at=now())
        await station.stop(charging, wh=3_000, at=now())
        await station.available()
        session = await api.only_session(station.identity)
    async with signed_in(server.http, ENGLISH, path=f"/sessions/{session['id']}") as desk:
        steps = desk.page.locator("ol.steps")
        for step in ("plug", "authorise", "start", "first_kwh", "paused", "stop", "unplug"):
            await steps.get_by_text(desk.text(f"session.step_{step}"), exact=True).first.wait_for()

        diagram = desk.page.locator("svg[role=group]")
        drawn = await diagram.locator("text.action").all_text_contents()
        assert drawn[0] == "StartTransaction"
        assert drawn[-1] == "StopTransaction"
        await (
            diagram.locator("xpath=../..")
            .get_by_role("button", name=desk.text("parts.as_table"))
            .click()
        )
        table = desk.page.get_by_role("table").filter(has_text="StartTransaction")
        assert await table.get_by_role("row").count() >= len(drawn)
        assert await desk.complaints_of_axe() == []


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_what_a_station_told_late_stands_at_its_own_time_and_says_when_it_came(
    server: Server, look: Look
) -> None:
    began = now() - timedelta(hours=3)
    async with a_station(server) as (api, station, token):
        charging = await station.start(token, wh=1_000, at=began)
        await station.measure(charging, wh=3_000, w=7_000, at=began + timedelta(minutes=30))
        await station.stop(charging, wh=5_000, at=began + timedelta(hours=1))
        session = await api.only_session(station.identity)
        story = (await api.get(f"/sessions/{session['id']}/timeline"))["items"]
    assert [it["at"] for it in story] == sorted(it["at"] for it in story)
    assert story[0]["at"][:19] == began.isoformat()[:19]

    async with signed_in(server.http, look, path=f"/sessions/{session['id']}") as desk:
        steps = desk.page.locator("ol.steps li")
        word = desk.text("session.received", when="#").removesuffix("#").strip()
        for step, at in (("start", began), ("stop", began + timedelta(hours=1))):
            name = desk.text(f"session.step_{step}")
            one = steps.filter(has=desk.page.get_by_text(name, exact=True)).first
            await one.get_by_text(word).wait_for()
            told = await one.locator("time").get_attribute("datetime")
            assert told is not None
            assert told[:16] == at.isoformat()[:16]


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_a_held_session_is_repaired_with_the_evidence_in_sight(
    server: Server, look: Look
) -> None:
    note = "the readings in between are right"
    async with a_station(server) as (api, station, token):
        session_id = await held(api, station, token)
        async with signed_in(server.http, look, path="/sessions/exceptions") as desk:
            await desk.page.get_by_role("row").filter(has_text=station.identity).click()
            evidence = desk.page.get_by_role("region", name=desk.text("exceptions.title_one"))
            await (
                evidence.get_by_role("row")
                .filter(has_text="9,000 kWh")
                .or_(evidence.get_by_role("row").filter(has_text="9.000\u00a0kWh"))
                .or_(evidence.get_by_role("row").filter(has_text="9,000\u00a0kWh"))
                .first.wait_for()
            )
            await evidence.get_by_role("radio").first.check()
            await evidence.get_by_text(
                energy(2_500, look)
            ).first.wait_for()  # what would come of it
            assert (await api.only_session(station.identity))["state"] == "ended"

            await evidence.get_by_role("textbox").fill(note)
            await evidence.locator('button[type="submit"]').click()
            await desk.sees(desk.text("exceptions.done"))
            row = desk.page.get_by_role("row").filter(has_text=station.identity)
            await row.wait_for(state="detached")

        session = await api.only_session(station.identity)
        (repair,) = (await api.get(f"/sessions/{session_id}/repairs"))["items"]
    assert (session["state"], session["energy_wh"]) == ("closed", 2_100)
    assert repair["note"] == note


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_a_stop_of_no_session_is_seen_in_the_queue_and_joined_to_the_one_that_it_ended(
    server: Server, look: Look
) -> None:
    began = now() - timedelta(hours=2)
    async with a_station(server) as (api, station, token):
        await station.start(token, wh=1_000, at=began)
        for number, wh in ((901, 4_500), (902, 99)):
            await orphan_stop(station, number, token, wh, began + timedelta(hours=1))
        await station.available()
        async with signed_in(server.http, look, path="/sessions/exceptions") as desk:
            tabs = desk.page.get_by_role("navigation", name=desk.text("exceptions.title"))
            await tabs.get_by_role("link", name=desk.text("orphans.stops")).click()
            rows = desk.page.get_by_role("row").filter(has_text=station.identity)
            await rows.filter(has_text=energy(4_500, look)).click()
            stop = desk.page.get_by_role("region", name=desk.text("orphans.title_one"))
            await stop.get_by_text(desk.text("orphans.why.unknown_transaction")).wait_for()
            await stop.get_by_text(desk.text("evidence.token_fits.yes")).wait_for()
            assert await stop.get_by_role("radio").first.is_checked()  # all speaks for it
            assert await desk.complaints_of_axe() == []
            await stop.get_by_role("textbox").fill("the same card, the same hour")
            await stop.locator('button[type="submit"]').click()
            await desk.sees(desk.text("orphans.done"))
            await rows.filter(has_text=energy(4_500, look)).wait_for(state="detached")

            await rows.filter(has_text=energy(99, look)).click()
            await stop.get_by_role("radio").last.check()
            await stop.get_by_role("textbox").fill("a test of the technician")
            await stop.locator('button[type="submit"]').click()
            await rows.first.wait_for(state="detached")

        session = await api.only_session(station.identity)
        settled = await api.all("/orphan-stops", station_id=station.identity, settled=True)
    assert (session["state"], session["energy_wh"]) == ("closed", 3_500)
    assert [it["meter_stop_wh"] for it in settled] == [99, 4_500]


async def test_the_overview_counts_what_waits_for_a_person_as_the_menu_does(server: Server) -> None:
    async with a_station(server) as (api, station, token):
        await held(api, station, token)
        await orphan_stop(station, 903, token, 500, now() - timedelta(hours=1))
        async with signed_in(server.http, ENGLISH, path="/") as desk:
            heading = desk.page.locator('[data-kind="held"] h3')
            menu = desk.page.locator('nav a[href="/sessions/exceptions"] b')
            await menu.wait_for()
            await heading.wait_for()
            sessions = await api.all("/sessions", exception=True)
            stops = [it for it in await api.all("/orphan-stops") if it["session_id"] is None]
            told = re.match(r"\d+", (await heading.inner_text()).strip())
            in_menu = await menu.inner_text()

    assert station.identity in {it["station_id"] for it in sessions}
    assert station.identity in {it["station_id"] for it in stops}
    assert told is not None
    assert (told.group(), in_menu) == (str(len(sessions) + len(stops)),) * 2


async def found_message(desk: Desk, station: str) -> str:
    """By station and action, as a technician does it; its permanent address."""
    await desk.page.get_by_role("searchbox", name=desk.text("trace.station")).fill(station)
    await desk.page.keyboard.press("Enter")
    await desk.page.locator("summary").filter(has_text=desk.text("trace.action")).click()
    await desk.page.get_by_role("checkbox", name="StopTransaction", exact=True).check()
    await desk.page.keyboard.press("Escape")
    await desk.page.locator("main").get_by_role("link").filter(has_text=":").first.click()
    await desk.page.get_by_role("link", name=desk.text("trace.permalink")).click()
    await desk.page.wait_for_url(re.compile(r"/messages/\d+$"))
    return urlsplit(desk.page.url).path


@pytest.mark.parametrize("look", [*BOTH, PHONE], ids=str)
async def test_a_message_is_found_and_has_an_address_of_its_own(server: Server, look: Look) -> None:
    async with a_station(server) as (_, station, token):
        charging = await charges(station, token)
        await station.stop(charging, wh=2_000, at=now())
    async with signed_in(server.http, look, path="/messages") as desk:
        address = await found_message(desk, station.identity)
        await desk.go(address)
        await desk.page.get_by_role("heading", name="StopTransaction").wait_for()
        await desk.sees('"meterStop"')
        await desk.page.get_by_role("link").filter(has_text="StartTransaction").first.wait_for()
        assert await desk.complaints_of_axe() == []


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_what_the_filters_found_is_taken_away_as_a_file(server: Server, look: Look) -> None:
    async with a_station(server) as (_, station, token):
        charging = await charges(station, token)
        await station.stop(charging, wh=2_000, at=now())
    path = f"/messages?station={station.identity}&action=StartTransaction,StopTransaction"
    async with signed_in(server.http, look, path=path) as desk:
        await desk.page.locator("summary").filter(has_text=desk.text("parts.export")).click()
        async with desk.page.expect_download() as told:
            await desk.press("trace.redacted_jsonl")
        lines = (await (await told.value).path()).read_text().splitlines()
    assert {json.loads(line)["action"] for line in lines} == {"StartTransaction", "StopTransaction"}
    assert not any(token in line for line in lines)


async def test_new_messages_come_by_themselves_while_they_are_followed(server: Server) -> None:
    async with a_station(server) as (_, station, _token):
        path = f"/messages?station={station.identity}&action=StatusNotification"
        async with signed_in(server.http, ENGLISH, path=path) as desk:
            await desk.sees(desk.text("trace.none"))
            await desk.press("trace.follow")
            row = desk.page.get_by_role("row").filter(has_text="StatusNotification").first
            async with asyncio.timeout(PATIENCE_MS / 1000):
                while not await row.is_visible():  # the server begins to listen a moment later
                    await station.fault()
                    await station.available()
