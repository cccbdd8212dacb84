"""From an empty network to stations on a map: the first pages that an operator meets."""

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.console.desk import BOTH, ENGLISH, PHONE, POLISH, Desk, Look, signed_in
from tests.system.people import a_person
from tests.system.server import Api, Server, api_of
from tests.system.station import connected
from tests.system.station16 import Station16


async def is_refused(url: str, **options: Any) -> int:
    """The HTTP status with which a station is turned away."""
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, subprotocols=[Subprotocol("ocpp1.6")], **options)
    return refused.value.response.status_code


def basic(identity: str, password: str) -> dict[str, str]:
    token = base64.b64encode(f"{identity}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def counter(desk: Desk, key: str) -> Any:
    """The figure of the overview with this name."""
    return desk.page.locator(".counter", has_text=desk.text(f"overview.{key}")).locator("b")


@pytest.fixture
def empty(tmp_path: Path, built: None, shared_loop: asyncio.Runner) -> Iterator[Server]:
    """A server to which no station has ever come; its address is known beforehand."""
    one = Server(tmp_path / "data", unknown_stations="quarantine").on_fixed_ports()
    one.start()
    try:
        yield one
        one.stop()
    finally:
        one.kill()


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_the_first_station_is_let_in_from_the_empty_overview_and_then_counted(
    empty: Server, look: Look
) -> None:
    server = empty
    async with api_of(server) as api, signed_in(server.http, look) as desk:
        await desk.sees(desk.text("overview.first_title"))
        await desk.page.get_by_text(f"ws://{server.ocpp}/ocpp/", exact=True).wait_for()
        assert await is_refused(server.url("PL-1")) == 404
        await desk.press("connect.accept_named", name="PL-1")
        await api.until(lambda: known(api), lambda ids: ids == ["PL-1"])

        async with connected(Station16, server.url("PL-1"), "PL-1") as station:
            await station.available()
            await counter(desk, "available").get_by_text("1", exact=True).wait_for()
            await station.fault()
            await counter(desk, "faulted").get_by_text("1", exact=True).wait_for()
            line = desk.page.locator("section[data-kind=faulted] li a")
            await line.get_by_text(desk.text("wire.error.GroundFailure")).wait_for()
            assert await line.get_attribute("href") == "/stations/PL-1"

            await desk.page.locator(".counter", has_text=desk.text("overview.faulted")).click()
            await desk.page.wait_for_url("**/stations?state=faulted")


async def known(api: Api) -> list[str]:
    return [it["id"] for it in await api.all("/stations")]


async def test_last_events_wait_while_somebody_points_at_them(server: Server) -> None:
    async with api_of(server) as api, signed_in(server.http, ENGLISH) as desk:
        await api.post("/stations", {"id": "EVENTS-1"})
        first = desk.page.locator("ol li").first
        await first.get_by_text("EVENTS-1").wait_for()
        await first.hover()

        await api.post("/stations", {"id": "EVENTS-2"})
        await desk.page.get_by_role("button", name="1 new event").wait_for()
        assert await first.get_by_text("EVENTS-1").count() == 1

        await desk.page.get_by_role("button", name="1 new event").click()
        await first.get_by_text("EVENTS-2").wait_for()


async def test_the_wall_shows_figures_and_nothing_else(server: Server) -> None:
    async with signed_in(server.http, POLISH, path="/?wall") as desk:
        await desk.page.locator(".wall dd").first.wait_for()
        covered = await desk.page.evaluate("document.elementFromPoint(100, 300).closest('.wall')")
        assert covered is not None
        await desk.press("overview.wall_leave")
        await desk.page.get_by_role("heading", name=desk.text("overview.title")).wait_for()


@pytest.mark.parametrize("look", [ENGLISH, PHONE], ids=str)
async def test_a_registered_station_is_followed_step_by_step_with_the_password_it_was_given(
    server: Server, look: Look
) -> None:
    identity = f"STEP-{look}"
    async with api_of(server) as api, signed_in(server.http, look, path="/connect") as desk:
        await desk.page.get_by_label(desk.text("connect.identity"), exact=True).fill(identity)
        await desk.press("connect.register")
        password = await desk.page.get_by_label(
            desk.text("connect.password"), exact=True
        ).input_value()
        assert len(password) >= 16
        await desk.sees(desk.text("connect.wait_connected"))

        wrong = basic(identity, "not-the-password")
        assert await is_refused(server.url(identity), additional_headers=wrong) == 401
        await desk.sees(desk.text("refusals.wrong_secret.do"))

        right = basic(identity, password)
        url = server.url(identity)
        async with connected(
            Station16, url, identity, accepted=False, additional_headers=right
        ) as station:
            await desk.sees(desk.text("connect.wait_booted"))
            await station.boot()
            await desk.sees(desk.text("connect.wait_status"))
            await desk.press("connect.ask_status")
            assert (await station.ordered("TriggerMessage"))["requested_message"] == (
                "StatusNotification"
            )
            await station.available()
            await desk.sees(desk.text("connect.all_done"))
        assert (await api.station(identity))["model"] == "One"

        await desk.page.reload()  # the password is not to be had again
        await desk.page.locator("main h1").first.wait_for()
        shown = desk.page.get_by_label(desk.text("connect.password"), exact=True)
        assert await shown.count() == 0


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_a_site_is_made_by_a_click_on_the_map_and_its_stations_are_seen_there(
    server: Server, look: Look
) -> None:
    name, stations = f"Site {look}", [f"ON-{look}-1", f"ON-{look}-2"]
    async with api_of(server) as api, signed_in(server.http, look, path="/sites") as desk:
        for identity in stations:
            await api.post("/stations", {"id": identity})
        await desk.press("sites.new")
        await desk.page.get_by_label(desk.text("sites.name"), exact=True).fill(name)
        await desk.page.get_by_label(desk.text("sites.limit_kw"), exact=True).fill("110.5")
        await desk.page.locator("dialog div.ground").click()  # its middle
        await desk.page.locator("dialog .pin").wait_for()
        await desk.press("sites.create")
        await desk.page.get_by_role("link", name=name).click()
        (made,) = [it for it in await api.all("/sites") if it["name"] == name]
        assert made["limit_w"] == 110_500
        assert made["latitude"] == pytest.approx(52, abs=0.6)
        assert made["longitude"] == pytest.approx(19.15, abs=0.6)

        await desk.press("sites.assign")
        for identity in stations:
            await desk.page.get_by_role("checkbox", name=identity).check()
        await desk.page.locator("dialog button[type=submit]").click()
        await desk.page.locator("dialog").wait_for(state="detached")
        assert {(await api.station(it))["site_id"] for it in stations} == {made["id"]}

        await desk.go(f"/map?site={made['id']}")
        await desk.page.locator("aside").get_by_text(stations[0]).wait_for()


async def test_the_map_is_moved_by_keys_and_its_list_says_the_same(server: Server) -> None:
    async with api_of(server) as api, signed_in(server.http, ENGLISH, path="/map") as desk:
        place = {
            "name": "Moved",
            "latitude": 50.06,
            "longitude": 19.94,
            "time_zone": "Europe/Warsaw",
        }
        await api.post("/sites", place)
        await desk.page.reload()
        ground = desk.page.get_by_role("group", name=desk.text("map.label"))
        await desk.page.locator("aside").get_by_text("Moved").click()
        marker = ground.locator(".current")
        await marker.wait_for()
        await ground.focus()
        before = await marker.bounding_box()
        await ground.press("ArrowRight")
        await desk.page.wait_for_function(
            "x => document.querySelector('.map .current').getBoundingClientRect().x < x - 40",
            arg=before["x"] if before else 0,
        )


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_help_is_found_by_words_and_by_a_link_to_an_entry(server: Server, look: Look) -> None:
    async with signed_in(server.http, look, path="/help#status-finishing") as desk:
        entry = desk.page.locator("#status-finishing.aimed")
        await entry.get_by_text(desk.text("meanings.status.finishing")).wait_for()
        await desk.page.wait_for_function(
            "() => document.querySelector('.aimed').getBoundingClientRect().top < innerHeight"
        )

        search = desk.page.get_by_role("searchbox")
        await search.fill("zlacze" if look.language == "pl" else "GROUNDfailure")
        wanted = "term-connector" if look.language == "pl" else "error-GroundFailure"
        await desk.page.locator(f"#{wanted}").wait_for()
        await desk.page.locator("#keys-tab").wait_for(state="detached")

        await search.fill("no such word at all")
        await desk.press("help.show_all")
        await desk.page.locator("#keys-tab").wait_for()


async def test_the_last_events_tell_who_was_let_in(server: Server) -> None:
    async with api_of(server) as api:
        await api.post("/stations", {"id": "LET-IN-1"})
        login = await a_person(api, "viewer")
    async with signed_in(server.http, ENGLISH, path="/") as desk:
        await desk.sees(f"user {login} let in: Viewer, everywhere")
