"""At the stations: found, arranged, exported, ordered, and watched until the order's real end."""

import asyncio
import io
import json
import re
import zipfile

import pytest
from playwright.async_api import Locator, expect

from tests.console.desk import ALL, BOTH, ENGLISH, PHONE, POLISH, Desk, Look, signed_in
from tests.system.server import Api, Server, api_of
from tests.system.station import connected, now
from tests.system.station16 import Station16

PARTS = (
    "connectors",
    "sessions",
    "messages",
    "configuration",
    "commands",
    "files",
    "notes",
    "capabilities",
)


async def registered(api: Api, *identities: str) -> None:
    for identity in identities:
        await api.post("/stations", {"id": identity})


def dialog_of(desk: Desk) -> Locator:
    return desk.page.get_by_role("dialog")


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_charging_is_started_and_stopped_and_the_page_says_when_it_really_was(
    server: Server, look: Look
) -> None:
    name = f"start-{look}"
    async with api_of(server) as api, signed_in(server.http, look) as desk:
        await registered(api, name)
        card = await api.token("C0FFEE01")
        async with connected(Station16, server.url(name), name) as station:
            await station.available()
            await desk.go(f"/stations/{name}")
            await desk.press("station.start")
            dialog = dialog_of(desk)
            await dialog.get_by_role("combobox", name=desk.text("orders.fields.token")).fill("c0ff")
            await dialog.get_by_role("option", name=card).click()
            await dialog.locator("button[type=submit]").click()

            await station.ordered("RemoteStartTransaction")
            await desk.sees(desk.text("orders.effect_awaited"))  # it said yes: no more is known
            charging = await station.start(card, wh=1_000, at=now())
            await station.energy_flows(charging, at=now())
            await expect(dialog).to_contain_text(desk.text("command_states.applied"))
            await dialog.get_by_text(desk.text("parts.close"), exact=True).click()

            await station.measure(charging, wh=3_500, w=7_400, at=now())
            await desk.sees("2.50\u00a0kWh" if look is ENGLISH else "2,50\u00a0kWh")
            await desk.press("station.stop")
            await expect(dialog).to_contain_text(card)  # whose session ends
            await dialog.locator("button[type=submit]").click()
            await station.ordered("RemoteStopTransaction")
            await station.stop(charging, wh=3_600, at=now(), reason="Remote")
            await expect(dialog).to_contain_text(desk.text("command_states.applied"))

        orders = await api.all("/commands", station_id=name)
        assert {it["command"]: it["state"] for it in orders} == {
            "remote_start": "applied",
            "remote_stop": "applied",
        }


@pytest.mark.parametrize(("kind", "look"), [("soft", ENGLISH), ("hard", POLISH)], ids=str)
async def test_a_reset_is_followed_until_the_station_has_booted_again(
    server: Server, kind: str, look: Look
) -> None:
    name = f"reset-{kind}"
    async with api_of(server) as api, signed_in(server.http, look) as desk:
        await registered(api, name)
        dialog = dialog_of(desk)
        async with connected(Station16, server.url(name), name) as station:
            await station.available()
            await desk.go(f"/stations/{name}")
            await desk.press("commands.reset")
            await dialog.get_by_role("radio", name=desk.text(f"orders.choices.{kind}")).check()
            await dialog.locator("button[type=submit]").click()
            assert await station.ordered("Reset") == {"type": kind.capitalize()}
            await expect(dialog).to_contain_text(desk.text("orders.effect_awaited"))
        async with connected(Station16, server.url(name), name):  # which boots
            await expect(dialog).to_contain_text(desk.text("command_states.applied"))

        (order,) = await api.all("/commands", station_id=name)
        assert (order["command"], order["state"]) == ("reset", "applied")


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_a_cable_is_unlocked_from_afar(server: Server, look: Look) -> None:
    name = f"unlock-{look}"
    async with api_of(server) as api, signed_in(server.http, look) as desk:
        await registered(api, name)
        async with connected(Station16, server.url(name), name) as station:
            await station.available()
            await desk.go(f"/stations/{name}")
            await desk.press("station.unlock")
            await dialog_of(desk).locator("button[type=submit]").click()
            assert await station.ordered("UnlockConnector") == {"connector_id": 1}
            await desk.sees(desk.text("orders.station_said", result="Unlocked"))

        (order,) = await api.all("/commands", station_id=name)
        assert (order["command"], order["state"]) == ("unlock", "accepted")


async def test_what_a_station_refuses_is_told_with_what_to_do_next(server: Server) -> None:
    name = "refuses"
    async with api_of(server) as api, signed_in(server.http, PHONE) as desk:
        await registered(api, name)
        async with connected(Station16, server.url(name), name) as station:
            station.answers["UnlockConnector"] = {"status": "UnlockFailed"}
            await station.fault()
            await desk.go(f"/stations/{name}")
            await desk.sees(desk.text("meanings.error.GroundFailure")[:40])
            await desk.sees("E42")
            await desk.press("station.unlock")
            await dialog_of(desk).locator("button[type=submit]").click()
            await desk.sees("UnlockFailed")

        (order,) = await api.all("/commands", station_id=name)
        assert order["state"] in {"failed", "rejected"}
        told = await dialog_of(desk).inner_text()
        assert desk.text(f"orders.next.{order['state']}") in told
        await expect(dialog_of(desk).get_by_role("button")).not_to_have_count(0)


async def test_a_form_made_from_the_description_sends_what_was_typed(server: Server) -> None:
    name = "typed"
    async with api_of(server) as api, signed_in(server.http, ENGLISH) as desk:
        await registered(api, name)
        async with connected(Station16, server.url(name), name) as station:
            await station.available()
            await desk.go(f"/stations/{name}")
            await desk.press("station.order")
            dialog = dialog_of(desk)
            await dialog.get_by_role("button", name=desk.text("commands.data_transfer")).click()
            send = dialog.locator("button[type=submit]")
            await send.click()
            await expect(dialog).to_contain_text(desk.text("orders.needed"))
            await dialog.get_by_label(desk.text("orders.fields.vendor")).fill("org.example")
            await send.click()

            assert (await station.ordered("DataTransfer"))["vendor_id"] == "org.example"


@pytest.mark.parametrize("look", ALL, ids=str)
async def test_every_part_of_a_station_s_page_is_fit_for_everybody(
    server: Server, look: Look
) -> None:
    name = f"parts-{look}"
    async with api_of(server) as api, signed_in(server.http, look) as desk:
        await registered(api, name)
        async with connected(Station16, server.url(name), name) as station:
            await station.fault()
            await station.available(2)
            charging = await station.start(await api.token("C0FFEE02"), wh=0, at=now(), evse=2)
            await station.measure(charging, wh=500, w=11_000, at=now())
            await api.post(f"/stations/{name}/notes", {"text": "the gate's code is at the desk"})
            await api.order(name, "clear_cache")
            paths = [f"/stations/{name}?tab={part}" for part in PARTS]
            assert await desk.stumbles(paths) == {}


async def test_a_note_is_there_for_the_next_one(server: Server) -> None:
    async with api_of(server) as api, signed_in(server.http, PHONE) as desk:
        await registered(api, "noted")
        await desk.go("/stations/noted?tab=notes")
        await desk.page.get_by_label(desk.text("station.note_new")).fill("Zamek wymieniony")
        await desk.press("station.note_add")
        await desk.page.get_by_role("listitem").filter(has_text="Zamek wymieniony").wait_for()

        (note,) = await api.all("/stations/noted/notes")
        assert note["text"] == "Zamek wymieniony"


async def test_filters_stand_in_the_address_and_a_saved_view_brings_them_back(
    server: Server,
) -> None:
    async with api_of(server) as api, signed_in(server.http, ENGLISH) as desk:
        await registered(api, "view-one", "view-two")
        async with connected(Station16, server.url("view-one"), "view-one") as station:
            await station.available()
            await desk.go("/stations?q=view-")
            rows = desk.page.locator("[data-row]")
            await expect(rows).to_have_count(2)
            await desk.page.get_by_role("button", name=desk.text("stations.offline")).click()
            await expect(rows).to_have_count(1)
            await expect(rows).to_contain_text("view-two")
            assert "state=offline" in desk.page.url

            await desk.page.locator("summary", has_text=desk.text("stations.views")).click()
            await desk.page.get_by_label(desk.text("stations.view_name")).fill("Away")
            await desk.press("parts.save")
            await api.until(lambda: saved_view(api), lambda found: found)
            await desk.go("/stations")
            await desk.page.locator("summary", has_text=desk.text("stations.views")).click()
            await desk.page.get_by_role("button", name="Away", exact=True).click()
            await expect(rows).to_have_count(1)
            assert "q=view-" in desk.page.url


async def saved_view(api: Api) -> bool:
    kept = {it["key"]: it["value"] for it in await api.all("/me/preferences")}
    return any(it["name"] == "Away" for it in kept.get("stations.views", []))


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_an_export_holds_what_is_shown_and_no_formula(server: Server, look: Look) -> None:
    of = f"file-{look.language}"
    async with api_of(server) as api, signed_in(server.http, look) as desk:
        await api.post("/stations", {"id": f"{of}-1", "name": "=HYPERLINK(1)"})
        await api.post("/stations", {"id": f"{of}-2", "name": "B & <C>"})
        await desk.go(f"/stations?q={of}-")
        await expect(desk.page.locator("[data-row]")).to_have_count(2)

        csv = (await downloaded(desk, "CSV")).decode()
        lines = csv.splitlines()
        assert len(lines) == 3
        assert re.search(rf"{of}-1[,;]'=HYPERLINK\(1\)[,;]", csv)
        with zipfile.ZipFile(io.BytesIO(await downloaded(desk, "Excel (XLSX)"))) as book:
            assert book.testzip() is None
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert len(re.findall("<row>", sheet)) == 3
        assert "B &amp; &lt;C&gt;" in sheet
        assert "<f>" not in sheet


async def downloaded(desk: Desk, kind: str) -> bytes:
    await desk.page.locator("summary", has_text=desk.text("parts.export")).click()
    async with desk.page.expect_download() as waiting:
        await desk.page.get_by_role("button", name=kind, exact=True).click()
    path = await (await waiting.value).path()
    return await asyncio.to_thread(path.read_bytes)


async def test_an_order_for_many_is_looked_at_first_and_each_station_has_its_outcome(
    server: Server,
) -> None:
    names = ("bulk-1", "bulk-2")
    async with api_of(server) as api, signed_in(server.http, ENGLISH) as desk:
        await registered(api, *names)
        async with (
            connected(Station16, server.url(names[0]), names[0]) as one,
            connected(Station16, server.url(names[1]), names[1]) as two,
        ):
            two.answers["ClearCache"] = {"status": "Rejected"}
            await desk.go("/stations?q=bulk-")
            await expect(desk.page.locator("[data-row]")).to_have_count(2)
            await desk.page.get_by_role("checkbox", name=desk.text("parts.pick_all")).check()
            await desk.press("stations.order")
            dialog = dialog_of(desk)
            await dialog.get_by_role("button", name=desk.text("commands.clear_cache")).click()
            await dialog.get_by_role("button", name=desk.text("orders.look")).click()
            await expect(dialog).to_contain_text("2 stations can do it.")
            await dialog.get_by_role("button", name="Give it to 2 stations").click()
            await one.ordered("ClearCache")
            await two.ordered("ClearCache")

            lines = dialog.get_by_role("listitem")
            await expect(lines.filter(has_text=names[0])).to_contain_text(
                desk.text("job_states.done")
            )
            await expect(lines.filter(has_text=names[1])).to_contain_text(
                desk.text("job_states.failed")
            )
        ordered = [await api.all("/commands", station_id=name) for name in names]
        assert [json.dumps(it[0]["state"]) for it in ordered] == ['"accepted"', '"rejected"']


async def test_while_the_list_is_paused_nothing_moves(server: Server) -> None:
    async with api_of(server) as api, signed_in(server.http, ENGLISH) as desk:
        await registered(api, "held")
        await desk.go("/stations?q=held")
        row = desk.page.locator("[data-row]")
        await expect(row).to_contain_text(desk.text("stations.offline"))
        await desk.press("stations.pause")
        async with connected(Station16, server.url("held"), "held") as station:
            await station.available()
            await api.until(lambda: api.station("held"), lambda it: it["connected"])
            await expect(row).to_contain_text(desk.text("stations.offline"))
            await desk.press("stations.resume")
            await expect(row).to_contain_text(desk.text("status.available"))
