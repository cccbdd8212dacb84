"""Why something is so or did not happen is told in the reader's language."""

from contextlib import AsyncExitStack

from playwright.async_api import expect

from tests.console.desk import POLISH, signed_in
from tests.system.server import Api, Server, api_of
from tests.system.station import connected
from tests.system.station16 import Station16
from tests.system.versions import a_name


async def stopped_job(api: Api, server: Server) -> str:
    """Its first station refuses, which is one failure too many."""
    name, next_one = a_name(Station16), a_name()
    async with AsyncExitStack() as stack:
        for it in (name, next_one):
            await api.post("/stations", {"id": it})
            station = await stack.enter_async_context(connected(Station16, server.url(it), it))
            station.answers["ClearCache"] = {"status": "Rejected"}
        started = await api.post(
            "/jobs",
            {
                "order": {"command": "clear_cache"},
                "stations": [name, next_one],
                "stop_after_failures": 1,
                "pace_per_minute": 1,
                "dry_run": False,
            },
        )
        address = f"/jobs/{started['job']['id']}"
        await api.until(lambda: api.get(address), lambda it: it["state"] == "stopped", within_s=30)
    return address


async def test_a_stopped_and_a_cancelled_job_say_why_in_polish(server: Server) -> None:
    async with api_of(server) as api, signed_in(server.http, POLISH) as desk:
        address = await stopped_job(api, server)
        await desk.go(address)
        await desk.sees(desk.text("jobs.stopped_because.one", n="1"))

        await api.post(f"{address}/cancel", {})
        by = (await api.get(address))["cancelled_by"]
        await desk.go(address)
        await desk.sees(desk.text("jobs.cancelled_by", name=by))


async def test_a_stored_reason_is_told_in_polish_and_a_station_s_own_words_as_it_said_them(
    server: Server,
) -> None:
    waiting, refusing = a_name(), a_name(Station16)
    own = "Brak klucza w szafce 7"
    async with api_of(server) as api, signed_in(server.http, POLISH) as desk:
        for it in (waiting, refusing):
            await api.post("/stations", {"id": it})
        await api.post(f"/stations/{waiting}/commands", {"command": "clear_cache"})
        async with connected(Station16, server.url(refusing), refusing) as station:
            station.answers["DataTransfer"] = {"status": "Rejected", "data": own}
            station.answers["ClearCache"] = {"status": "Rejected"}
            transfer = {"command": "data_transfer", "vendor": "acme"}
            for order in (transfer, {"command": "clear_cache"}):
                await api.post(f"/stations/{refusing}/commands", order)
            await api.until(
                lambda: api.get("/commands", station_id=refusing),
                lambda page: all(it["state"] == "rejected" for it in page["items"]),
                within_s=30,
            )

        await desk.go(f"/commands?station={waiting}")
        await desk.sees(desk.text("reasons.waiting"))
        await desk.go(f"/commands?station={refusing}")
        await desk.sees(desk.text("reasons.answered_data", what=own))
        await desk.sees(desk.text("reasons.answered", what="Rejected"))


async def test_a_station_that_a_job_passes_over_says_why_in_polish(server: Server) -> None:
    able, never_seen = a_name(Station16), a_name()
    async with api_of(server) as api, signed_in(server.http, POLISH) as desk:
        for it in (able, never_seen):
            await api.post("/stations", {"id": it})
        async with connected(Station16, server.url(able), able):
            started = await api.post(
                "/jobs",
                {
                    "order": {"command": "clear_cache"},
                    "stations": [able, never_seen],
                    "dry_run": False,
                },
            )
            await desk.go(f"/jobs/{started['job']['id']}")
            await desk.sees(desk.text("reasons.version_unknown"))


async def test_a_built_in_quirk_says_why_in_polish_and_one_s_own_as_it_was_written(
    server: Server,
) -> None:
    name = a_name(Station16)
    async with api_of(server) as api, signed_in(server.http, POLISH) as desk:
        await api.post("/stations", {"id": name})
        async with connected(Station16, server.url(name), name) as station:
            make = {"charge_point_vendor": "Free2move", "charge_point_model": "eProWallbox"}
            await station.call("BootNotification", **make)
            await desk.go(f"/stations/{name}?tab=capabilities")
            await desk.sees(desk.text("quirk_reasons.free2move-start"))
        await desk.go("/quirks")
        await desk.sees(desk.text("quirk_reasons.free2move-start"))

        await api.put(
            "/quirk-profiles/wallbox-copper",
            name="wallbox-copper",
            why="we know better",
            vendor="wall*box*",
            changes={"calls_after_s": 20},
        )
        try:
            await desk.go("/quirks")
            await desk.sees("we know better")
        finally:
            await api.client.delete("/quirk-profiles/wallbox-copper")


async def test_a_built_in_quirk_is_not_removed_but_replaced_for_a_reason_of_ones_own(
    server: Server,
) -> None:
    built_in = "free2move-start"
    async with api_of(server) as api, signed_in(server.http, POLISH, path="/quirks") as desk:
        row = desk.page.get_by_role("row").filter(has_text=built_in)
        remove = row.get_by_label(desk.text("quirks.remove_title", name=built_in))
        await expect(row.get_by_text(desk.text("quirks.built_in"))).to_be_visible()
        await expect(remove).to_have_count(0)

        await row.get_by_role("button", name=desk.text("quirks.instead")).click()
        dialog = desk.page.get_by_role("dialog")
        await expect(dialog).to_contain_text(desk.text("quirks.instead_title", name=built_in))
        reason = dialog.get_by_label(desk.text("quirks.why"), exact=True)
        await expect(reason).to_have_value("")
        await reason.fill("our own measurements")
        try:
            await dialog.get_by_role("button", name=desk.text("parts.save")).click()
            await expect(row).to_contain_text("our own measurements")
            await expect(remove).to_be_visible()
        finally:
            await api.client.delete(f"/quirk-profiles/{built_in}")


async def test_an_order_that_a_station_cannot_carry_out_says_why_in_polish(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api, signed_in(server.http, POLISH) as desk:
        await api.post("/stations", {"id": name})
        await desk.go(f"/stations/{name}?tab=capabilities")
        await desk.sees(desk.text("why_not.version_unknown"))
