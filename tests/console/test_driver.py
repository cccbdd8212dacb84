"""A driver at a charging point: from the scan of its code to the unplugging, on a phone."""

from datetime import timedelta
from typing import Final

import pytest
from playwright.async_api import Locator, expect

from ogniwo.web.texts import Language
from tests.console.desk import PHONE, PHONE_DARK, Desk, Look, visitor
from tests.system.phone import PASSWORD
from tests.system.server import Server, api_of
from tests.system.station import Charging, connected, now
from tests.system.station16 import Station16
from tests.system.versions import a_name

BEGAN: Final = timedelta(seconds=50)  # ago: the time that is shown turns soon while one looks
COMPLAINTS = dict[str, list[str]]


def figure(desk: Desk, name: str) -> Locator:
    return desk.page.locator(f'[data-figure="{name}"]')


def amount(text: str, look: Look) -> str:
    return text.replace(".", ",") if look.language is Language.PL else text


async def judged(desk: Desk, found: COMPLAINTS, name: str, look: Look) -> None:
    """By axe, and nothing is wider than the phone."""
    found[name] = await desk.complaints_of_axe()
    if (wide := await desk.page.evaluate("document.documentElement.scrollWidth")) > look.width:
        found[name].append(f"{wide} px wide")


async def fill_in(desk: Desk, email: str, submit: str) -> None:
    await desk.page.fill("#email", email)
    await desk.page.fill("#password", PASSWORD)
    await desk.page.locator("main form").get_by_role("button", name=desk.text(submit)).click()


async def register(desk: Desk, found: COMPLAINTS, email: str, look: Look) -> None:
    """From the point's page, and back to it signed in."""
    await desk.press("driver.sign_in_to_start")
    await judged(desk, found, "sign in", look)
    await desk.press("driver.register.link")
    await judged(desk, found, "register", look)
    await fill_in(desk, email, "driver.register.submit")
    await desk.sees(desk.text("driver.told.registered"))
    await fill_in(desk, email, "driver.sign_in")


async def wish_for(desk: Desk, found: COMPLAINTS, look: Look) -> None:
    await desk.press("driver.wish.link")
    await judged(desk, found, "wish", look)
    await desk.page.fill("#departure", "17:30")
    await desk.page.fill("#energy", amount("12.5", look))
    await desk.press("driver.wish.keep")
    await expect(figure(desk, "wish")).to_contain_text("17:30")


async def report(desk: Desk, found: COMPLAINTS, look: Look) -> None:
    await desk.press("driver.report.link")
    await judged(desk, found, "report", look)
    await desk.page.get_by_label(desk.text("problems.cable_stuck")).check()
    await desk.page.fill("#text", "It does not move")
    await desk.press("driver.report.send")
    await desk.sees(desk.text("driver.told.reported"))


async def look_back(desk: Desk, found: COMPLAINTS, look: Look) -> None:
    """At one's own account, and the charge that is kept there."""
    for path in ("", "/cards", "/settings", "/offline", "/sessions"):
        await desk.go(f"/driver{path}")
        await judged(desk, found, f"account{path}", look)
    await desk.page.locator(".rows a").filter(has_text=amount("2.60", look)).click()
    await judged(desk, found, "session", look)


async def order_start(desk: Desk, found: COMPLAINTS, look: Look) -> None:
    """To where the driver is told to plug in, and how long there is for it."""
    await desk.press("driver.start")
    await now_says(desk, "driver.phase.plug_in.title")
    await judged(desk, found, "plug in", look)
    left = int(await desk.page.locator("[data-left] b").inner_text())
    await desk.page.wait_for_function(
        "left => Number(document.querySelector('[data-left] b').textContent) < left", arg=left
    )


async def watch(desk: Desk, station: Station16, found: COMPLAINTS, look: Look) -> Charging:
    """The car charges, and the page that was open all the time shows it."""
    await desk.page.evaluate("window.sameAllTheTime = true")
    charging = await begin(station)
    await now_says(desk, "driver.phase.charging.title")
    time_first = await figure(desk, "time").inner_text()
    await station.measure(charging, wh=3_500, w=7_400, at=now())
    await expect(figure(desk, "energy")).to_contain_text(amount("2.50", look))
    await expect(figure(desk, "power")).to_contain_text(amount("7.4", look))
    await expect(figure(desk, "time")).not_to_have_text(time_first)
    assert await desk.page.evaluate("window.sameAllTheTime")
    await judged(desk, found, "charging", look)
    return charging


async def now_says(desk: Desk, key: str) -> None:
    await desk.page.locator("#now").get_by_text(desk.text(key)).first.wait_for()


async def begin(station: Station16) -> Charging:
    """As the station does it that was told to start, and the driver who plugs in."""
    order = await station.ordered("RemoteStartTransaction")
    assert order["connector_id"] == 1
    await station.plug_in()
    charging = await station.start(order["id_tag"], wh=1_000, at=now() - BEGAN)
    await station.energy_flows(charging, at=now())
    return charging


@pytest.mark.parametrize("look", [PHONE, PHONE_DARK], ids=str)
async def test_a_driver_registers_charges_sees_it_live_stops_and_reports(
    server: Server, look: Look
) -> None:
    name = a_name(Station16)
    email, here = f"{name}@example.com".lower(), f"/c/{name}*1"
    found: COMPLAINTS = {}
    async with api_of(server) as api, visitor(server.http, look) as desk:
        await api.patch("/driver-rules", self_registration=True)
        await api.post("/stations", {"id": name})
        async with connected(Station16, server.url(name), name) as station:
            await station.available()
            await desk.go(here)
            await now_says(desk, "driver.place.available")
            await judged(desk, found, "point", look)
            await register(desk, found, email, look)

            await order_start(desk, found, look)
            await wish_for(desk, found, look)

            charging = await watch(desk, station, found, look)
            session = await api.only_session(name)
            wanted = await api.get(f"/sessions/{session['id']}/wish")

            await desk.press("driver.stop")
            await station.ordered("RemoteStopTransaction")
            await station.stop(charging, wh=3_600, at=now(), reason="Remote")
            await now_says(desk, "driver.phase.unplug.title")
            await judged(desk, found, "unplug", look)

            await report(desk, found, look)
        await look_back(desk, found, look)

        session = await api.only_session(name)
        (driver,) = await api.all("/drivers", q=email)
        token = await api.get(f"/tokens/{session['token']['uid']}")
        (reported,) = [it for it in await api.all("/problem-reports") if it["station_id"] == name]
    assert {page: it for page, it in found.items() if it} == {}
    assert (session["state"], session["energy_wh"], session["stop_reason"]) == (
        "closed",
        2_600,
        "Remote",
    )
    assert token["driver_id"] == driver["id"]
    assert wanted["energy_wh"] == 12_500
    assert wanted["departure_at"] is not None
    assert (reported["kind"], reported["text"]) == ("cable_stuck", "It does not move")


async def test_without_javascript_a_driver_charges_by_the_same_pages(server: Server) -> None:
    look = PHONE
    name = a_name(Station16)
    email, here = f"{name}@example.com".lower(), f"/c/{name}*1"
    async with api_of(server) as api, visitor(server.http, look, javascript=False) as desk:
        await api.post("/stations", {"id": name})
        made = await api.post("/drivers", {"email": email})
        async with connected(Station16, server.url(name), name) as station:
            await station.available()
            await desk.go("/driver/invite?code=" + made["invite_url"].partition("code=")[2])
            await desk.page.fill("#password", PASSWORD)
            await desk.press("driver.invite.submit")
            await desk.go(here)
            await desk.press("driver.start")
            charging = await begin(station)
            await now_says(desk, "driver.phase.charging.title")
            await station.measure(charging, wh=3_500, w=7_400, at=now())
            await expect(figure(desk, "energy")).to_contain_text(amount("2.50", look))
            await desk.press("driver.stop")
            await station.ordered("RemoteStopTransaction")
            await station.stop(charging, wh=3_600, at=now(), reason="Remote")
            await now_says(desk, "driver.phase.unplug.title")
        session = await api.only_session(name)
    assert (session["state"], session["energy_wh"]) == ("closed", 2_600)
