"""Drivers as an operator keeps them: what they may do, and the codes that they scan."""

import pytest

from tests.console.desk import BOTH, ENGLISH, PHONE, POLISH, Look, signed_in
from tests.system.server import Server, api_of


@pytest.mark.parametrize("look", [*BOTH, PHONE], ids=str)
async def test_guests_are_allowed_everywhere_and_forbidden_at_a_site(
    server: Server, look: Look
) -> None:
    async with api_of(server) as api:
        site = await api.post("/sites", {"name": f"Yard {look}", "time_zone": "Europe/Warsaw"})
        await api.patch("/driver-rules", guest_charging=False, helpline=None)
        async with signed_in(server.http, look, path="/driver-rules") as desk:
            await desk.page.get_by_label(desk.text("driver_rules.guests"), exact=True).check()
            phone = desk.page.get_by_label(desk.text("driver_rules.helpline"), exact=True)
            await phone.fill("+48 22 100 20 30")
            await desk.press("parts.save")
            await desk.sees(desk.text("parts.saved"))
            rules = await api.get("/driver-rules")
            assert (rules["guest_charging"], rules["helpline"]) == (True, "+48 22 100 20 30")

            await desk.press("driver_rules.add")
            dialog = desk.page.get_by_role("dialog")
            where = dialog.get_by_label(desk.text("driver_rules.place"), exact=True)
            await where.fill(f"Yard {look}")
            await dialog.get_by_role("option").first.click()
            rule = dialog.get_by_label(desk.text("driver_rules.rule"), exact=True)
            await rule.select_option("false")
            await dialog.get_by_role("button", name=desk.text("parts.save"), exact=True).click()
            label = desk.text("driver_rules.remove_label", name=f"Yard {look}")
            remove = desk.page.get_by_role("button", name=label, exact=True)
            await remove.wait_for()
            here = {"site_id": site["id"], "station_id": None, "guest_charging": False}
            assert here in (await api.get("/driver-rules"))["places"]

            await remove.click()
            await remove.wait_for(state="detached")
            assert here not in (await api.get("/driver-rules"))["places"]


async def test_a_place_that_is_not_there_gets_no_rule(server: Server) -> None:
    async with api_of(server) as api:
        path, body = "/driver-rules/sites/17", {"guest_charging": True}
        refused = await api.refused("PUT", path, body)
    assert refused == (404, "no_such_site")


async def test_a_code_is_shown_large_enough_for_a_phone(server: Server) -> None:
    async with api_of(server) as api:
        await api.post("/stations", {"id": "SCANNED-1"})
        codes = (await api.get("/stations/SCANNED-1/codes"))["items"]
        if not codes:
            await api.put("/stations/SCANNED-1/codes/1", code="PL*ABC*E00991*1")
        async with signed_in(server.http, ENGLISH, path="/codes?station=SCANNED-1") as desk:
            name = f"{desk.text('codes.show')}: 1"
            await desk.page.get_by_role("button", name=name, exact=True).click()
            picture = desk.page.get_by_role("img", name=desk.text("forms.qr"))
            # The finder pattern, behind the quiet zone.
            await picture.locator('path[d^="M4 4h7v1h-7z"]').wait_for(state="attached")
            box = await picture.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 240


async def test_a_refusal_is_said_in_the_readers_language_with_its_detail_below(
    server: Server,
) -> None:
    async with api_of(server) as api:
        site = await api.post("/sites", {"name": "In use", "time_zone": "Europe/Warsaw"})
        await api.post("/stations", {"id": "STANDS-1", "site_id": site["id"]})
    async with signed_in(server.http, POLISH, path=f"/sites/{site['id']}") as desk:
        desk.expected.add(409)
        await desk.press("sites.remove")
        dialog = desk.page.get_by_role("dialog")
        await dialog.get_by_role("button", name=desk.text("sites.remove"), exact=True).click()
        await desk.sees(desk.text("answers.site_in_use"))
        await desk.sees("move them to another site first")
