"""Tokens, people, keys, orders to many: what is done at the console is what the server has."""

from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Route

from tests.console.desk import BOTH, ENGLISH, PHONE, POLISH, Desk, Look, signed_in
from tests.system.server import Server, api_of
from tests.system.station import connected
from tests.system.station16 import Station16
from tests.system.versions import a_name


@pytest.mark.parametrize("look", [*BOTH, PHONE], ids=str)
async def test_a_token_is_added_blocked_and_removed(server: Server, look: Look) -> None:
    uid = f"04A1B2C3{('AA', 'BB', 'CC')[(*BOTH, PHONE).index(look)]}"
    async with api_of(server) as api, signed_in(server.http, look, path="/tokens") as desk:
        await desk.press("tokens.add")
        dialog = desk.page.get_by_role("dialog")
        await dialog.get_by_label(desk.text("tokens.uid"), exact=True).fill(uid.lower())
        assert await dialog.get_by_text(desk.text("tokens.odd_length")).count() == 1  # 5 bytes
        await dialog.get_by_label(desk.text("tokens.group"), exact=True).fill("fleet")
        await dialog.get_by_role("button", name=desk.text("tokens.add"), exact=True).click()
        await desk.page.get_by_role("heading", name=uid).wait_for()
        added = await api.get(f"/tokens/{uid}")
        assert (added["status"], added["group"], added["type"]) == ("accepted", "fleet", "rfid")

        await desk.press("tokens.block")
        await desk.sees(desk.text("tokens.block_text"))  # the consequence is named first
        await dialog.get_by_role("button", name=desk.text("tokens.block"), exact=True).click()
        await desk.sees(desk.text("tokens.blocked", name=uid))
        blocked = await api.get(f"/tokens/{uid}")
        assert (blocked["status"], blocked["group"]) == ("blocked", "fleet")

        await desk.press("tokens.remove")
        await dialog.get_by_role("button", name=desk.text("tokens.remove"), exact=True).click()
        await desk.page.wait_for_url(f"{desk.url}/tokens")
        assert await api.refused("GET", f"/tokens/{uid}") == (404, "no_such_token")


async def test_what_the_server_refuses_stands_beside_its_field(server: Server) -> None:
    async with signed_in(server.http, ENGLISH, path="/users") as desk:
        desk.expected.add(409)
        await desk.press("users.add")
        dialog = desk.page.get_by_role("dialog")
        login = dialog.get_by_label(desk.text("users.login"), exact=True)
        add = dialog.get_by_role("button", name=desk.text("users.add"), exact=True)
        await login.fill("twice@example")
        await add.click()
        await dialog.get_by_role("button", name=desk.text("parts.close")).last.click()
        await desk.press("users.add")
        await login.fill("twice@example")  # which is taken now
        await add.click()
        await dialog.get_by_role("alert").first.wait_for()
        assert await login.input_value() == "twice@example"


async def test_tokens_come_from_a_file_and_bad_rows_are_told(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "cards.csv"
    file.write_text(
        "uid;type;status;group\r\n04:DD:EE:01;rfid;accepted;\r\n"
        '04DDEE02;rfid;stolen;\r\n04DDEE03;app;blocked;"a;b"\r\n'
    )
    async with api_of(server) as api, signed_in(server.http, ENGLISH, path="/tokens") as desk:
        await desk.press("tokens.import")
        await desk.page.locator("input[type=file]").set_input_files(file)
        await desk.sees(desk.text("tokens.wrong_status", value="stolen"))
        await desk.page.get_by_role("button", name="Import 2 tokens").click()
        await desk.sees("2 tokens imported.")

        first = await api.get("/tokens/04DDEE01")
        third = await api.get("/tokens/04DDEE03")
        assert first["status"] == "accepted"
        assert (third["type"], third["status"], third["group"]) == ("app", "blocked", "a;b")
        assert await api.refused("GET", "/tokens/04DDEE02") == (404, "no_such_token")


async def test_somebody_is_let_in_by_a_link_and_sees_no_more_than_the_role_may(
    server: Server,
) -> None:
    async with api_of(server) as api, signed_in(server.http, ENGLISH, path="/users") as desk:
        await desk.press("users.add")
        dialog = desk.page.get_by_role("dialog")
        await dialog.get_by_label(desk.text("users.login"), exact=True).fill("vera@example")
        await dialog.get_by_label(desk.text("users.role"), exact=True).select_option("viewer")
        await dialog.get_by_role("button", name=desk.text("users.add"), exact=True).click()
        link = await desk.page.get_by_label(desk.text("forms.link"), exact=True).input_value()

        users = (await api.get("/users"))["items"]
        [vera] = [it for it in users if it["login"] == "vera@example"]
        assert (vera["role"], vera["sites"], vera["invited"]) == ("viewer", None, True)
        assert link.startswith(f"{desk.url}/login?code=")

    async with api_of(server) as api:
        made = await api.post("/api-tokens", {"label": "looks on", "role": "viewer"})
    async with signed_in(server.http, ENGLISH, path="/tokens", token=made["token"]) as desk:
        await desk.page.locator("main h1").wait_for()
        add = desk.page.get_by_role("button", name=desk.text("tokens.add"), exact=True)
        assert await add.count() == 0
        assert await desk.page.locator('nav a[href="/users"]').count() == 0


async def test_a_key_is_shown_once_opens_the_api_and_is_withdrawn(server: Server) -> None:
    async with signed_in(server.http, POLISH, path="/keys") as desk:
        await desk.press("keys.add")
        dialog = desk.page.get_by_role("dialog")
        await dialog.get_by_label(desk.text("keys.label"), exact=True).fill("bills")
        await dialog.get_by_label(desk.text("keys.rights"), exact=True).select_option("")
        await dialog.get_by_text(desk.text("rights.settle"), exact=True).click()
        await dialog.get_by_role("button", name=desk.text("keys.add"), exact=True).click()
        secret = desk.page.get_by_label(desk.text("keys.secret"), exact=True)
        key = await secret.input_value()
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=desk.url, headers=headers) as program:
            me = (await program.get("/api/v1/me")).json()
            assert (me["name"], me["rights"]) == ("bills", ["read", "settle"])

            await dialog.get_by_role("button", name=desk.text("parts.close")).last.click()
            name = f"{desk.text('keys.withdraw')}: bills"
            await desk.page.get_by_role("button", name=name, exact=True).click()
            await dialog.get_by_role("button", name=desk.text("keys.withdraw"), exact=True).click()
            await desk.sees(desk.text("keys.withdrawn", name="bills"))
            assert await secret.count() == 0
            assert (await program.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize("look", [ENGLISH, PHONE], ids=str)
async def test_a_command_is_found_by_its_state_and_shown_whole(server: Server, look: Look) -> None:
    identity = f"ORDERED-{look}"
    async with api_of(server) as api, signed_in(server.http, look, path="/commands") as desk:
        await api.post("/stations", {"id": identity})
        path = f"/stations/{identity}/commands"
        given = await api.post(path, {"command": "reset", "kind": "hard"})

        link = desk.page.locator(f'a[href*="id={given["id"]}"]').first
        await link.wait_for()  # by itself: the page follows what happens
        await desk.go(f"/commands?station={identity}&state=bad")
        await desk.sees(desk.text("command_list.no_match"))
        await desk.go(f"/commands?station={identity}&state=open")
        await link.click()
        dialog = desk.page.get_by_role("dialog")
        await dialog.get_by_text(desk.text(f"command_states.{given['state']}")).first.wait_for()
        assert desk.text("orders.choices.hard") in await dialog.inner_text()


async def test_a_job_is_looked_at_before_it_is_started(server: Server) -> None:
    """Of stations that never came nobody can say what they can: the look says why not."""
    async with api_of(server) as api:
        await api.post("/stations", {"id": "MANY-1"})
        order = {"command": "reset"}
        looked = await api.post("/jobs", {"order": order, "stations": ["MANY-1"]})
        before = [job["id"] for job in (await api.get("/jobs"))["items"]]
        address = "/jobs/new?command=reset&stations=MANY-1"
        async with signed_in(server.http, ENGLISH, path=address) as desk:
            await desk.press("jobs.look")
            await desk.sees(desk.text("jobs.preview"))
            [line] = looked["stations"]
            if line["possible"]:
                await desk.page.get_by_role("button", name="Order it of 1 station").click()
                await desk.page.get_by_role("link", name="MANY-1").wait_for()
                [made, *others] = (await api.get("/jobs"))["items"]
                assert made["stations"] == 1
                assert [job["id"] for job in others] == before
            else:
                await desk.sees(desk.text(f"why_not.{line['why_not_code']}"))
                after = [job["id"] for job in (await api.get("/jobs"))["items"]]
                assert after == before


async def test_a_job_whose_answer_was_lost_is_started_once(server: Server) -> None:
    identity = a_name(Station16)
    async with api_of(server) as api, AsyncExitStack() as stack:
        await api.post("/stations", {"id": identity})
        await stack.enter_async_context(connected(Station16, server.url(identity), identity))
        before = {it["id"] for it in await api.all("/jobs")}
        address = f"/jobs/new?command=clear_cache&stations={identity}"
        async with signed_in(server.http, ENGLISH, path=address) as desk:
            await desk.press("jobs.look")
            await desk.sees(desk.text("jobs.preview"))
            desk.expected.add(502)
            lost = await _lose_next_answer(desk, "**/api/v1/jobs")
            start = desk.page.get_by_role("button", name="Order it of 1 station")
            await start.click()
            await desk.sees("HTTP 502")
            await start.click()
            await desk.page.get_by_role("link", name=identity).wait_for()
        after = {it["id"] for it in await api.all("/jobs")}

    assert lost == [201]
    assert len(after - before) == 1


async def _lose_next_answer(desk: Desk, address: str) -> list[int]:
    """The server does what is asked, and nobody hears of it."""
    statuses: list[int] = []

    async def lose(route: Route) -> None:
        statuses.append((await route.fetch()).status)
        await route.fulfill(status=502)  # of a proxy between

    await desk.page.route(address, lose, times=1)
    return statuses
