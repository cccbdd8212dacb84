"""What an order was given is told with its units, as the reader's language writes numbers."""

import pytest
from playwright.async_api import expect

from tests.console.desk import BOTH, POLISH, Look, signed_in
from tests.system.server import Server, api_of
from tests.system.versions import a_name

LIMIT = {"command": "set_limit", "limit_w": 12_500, "duration_s": 5_400}


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_a_command_shows_its_values_with_units_in_lists_and_by_itself(
    server: Server, look: Look
) -> None:
    name = a_name()
    power = "12,5 kW" if look == POLISH else "12.5 kW"
    async with api_of(server) as api, signed_in(server.http, look) as desk:
        await api.post("/stations", {"id": name})
        given = await api.post(f"/stations/{name}/commands", LIMIT)
        line = f"{desk.text('orders.fields.limit_w')}: {power}"

        await desk.go(f"/commands?station={name}")
        await desk.sees(line)
        await desk.go(f"/commands?id={given['id']}")
        dialog = desk.page.get_by_role("dialog")
        await expect(dialog).to_contain_text(power)
        await expect(dialog).to_contain_text("1 h 30 min")
        await desk.go(f"/stations/{name}?tab=commands")
        await desk.sees(line)


async def test_the_look_at_a_job_says_what_would_be_ordered(server: Server) -> None:
    name = a_name()
    async with api_of(server) as api, signed_in(server.http, POLISH) as desk:
        await api.post("/stations", {"id": name})
        await desk.go(f"/jobs/new?command=set_limit&stations={name}")
        await desk.page.get_by_label(f"{desk.text('orders.fields.limit_w')} (W)").fill("50000")
        await desk.press("jobs.look")

        await desk.sees(f"{desk.text('orders.fields.limit_w')}: 50 kW")
