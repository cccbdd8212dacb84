"""Each role at the console: what it may do works, and nothing else is offered, shown or done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest
from playwright.async_api import Locator

from tests.console.desk import BOTH, Desk, Look, visitor
from tests.system.people import PASSWORD, ROLES, a_person, id_of
from tests.system.server import Api, Server, api_of
from tests.system.station import connected
from tests.system.station16 import Station16
from tests.system.versions import a_name, a_token

ASK: Final = """async ([path, body]) => {
  const me = await (await fetch("/api/v1/me")).json();
  const answer = await fetch("/api/v1" + path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-ogniwo-csrf": me.csrf },
    body: JSON.stringify(body),
  });
  return [answer.status, (await answer.json()).code];
}"""


@dataclass(frozen=True)
class Forbidden:
    """An act that a role may not do: where its button would be, and the request itself."""

    page: str
    button: str
    post: str
    body: dict[str, Any]
    listed: str  # where it would be recorded


def forbidden(role: str, station: str, name: str) -> Forbidden | None:
    commands = f"/stations/{station}/commands"
    match role:
        case "viewer":
            here, listed = f"/stations/{station}", f"/stations/{station}/notes"
            return Forbidden(
                f"{here}?tab=notes", "station.note_add", listed, {"text": name}, listed
            )
        case "technician":
            return Forbidden("/tokens", "tokens.add", "/tokens", {"uid": name}, "/tokens")
        case "energy_manager":
            here, order = f"/stations/{station}", {"command": "reset"}
            return Forbidden(here, "commands.reset", commands, order, "/commands")
        case "finance":
            here, order = f"/stations/{station}", {"command": "clear_cache"}
            return Forbidden(here, "station.order", commands, order, "/commands")
        case "operator":
            body = {"login": name.lower(), "role": "admin"}
            return Forbidden("/users", "users.add", "/users", body, "/users")
        case _:
            return None


async def adds_token(desk: Desk, api: Api, _station: Station16, name: str) -> None:
    dialog = await opened(desk, "/tokens", "tokens.add")
    await dialog.get_by_label(desk.text("tokens.uid"), exact=True).fill(name)
    await dialog.get_by_role("button", name=desk.text("tokens.add"), exact=True).click()
    await desk.page.get_by_role("heading", name=name).wait_for()
    assert (await api.get(f"/tokens/{name}"))["status"] == "accepted"


async def writes_note(desk: Desk, api: Api, station: Station16, name: str) -> None:
    await desk.go(f"/stations/{station.identity}?tab=notes")
    await desk.page.get_by_label(desk.text("station.note_new")).fill(name)
    await desk.press("station.note_add")
    await desk.page.get_by_role("listitem").filter(has_text=name).wait_for()
    (note,) = await api.all(f"/stations/{station.identity}/notes")
    assert note["text"] == name


async def lifts_limit(desk: Desk, api: Api, station: Station16, _name: str) -> None:
    dialog = await opened(desk, f"/stations/{station.identity}", "station.order")
    await dialog.get_by_role("button", name=desk.text("commands.clear_limit")).click()
    await dialog.locator("button[type=submit]").click()
    await station.ordered("ClearChargingProfile")
    (order,) = await api.all("/commands", station_id=station.identity)
    assert order["command"] == "clear_limit"


async def takes_sessions(desk: Desk, _api: Api, _station: Station16, _name: str) -> None:
    await desk.go("/sessions")
    await desk.page.locator("summary").filter(has_text=desk.text("parts.export")).click()
    async with desk.page.expect_download() as told:
        await desk.page.get_by_role("link", name="CSV").first.click()
    assert (await (await told.value).path()).stat().st_size > 0


async def keeps_view(desk: Desk, _api: Api, _station: Station16, name: str) -> None:
    await desk.go("/stations?q=nothing-like-it")
    summary = desk.page.locator("summary", has_text=desk.text("stations.views"))
    await summary.click()
    await desk.page.get_by_label(desk.text("stations.view_name")).fill(name)
    async with desk.page.expect_response("**/api/v1/me/preferences/**") as told:
        await desk.press("parts.save")
    assert (await told.value).ok


async def lets_in(desk: Desk, api: Api, _station: Station16, name: str) -> None:
    dialog = await opened(desk, "/users", "users.add")
    await dialog.get_by_label(desk.text("users.login"), exact=True).fill(name.lower())
    await dialog.get_by_role("button", name=desk.text("users.add"), exact=True).click()
    await desk.page.get_by_label(desk.text("forms.link"), exact=True).wait_for()
    assert name.lower() in {it["login"] for it in await api.all("/users")}


async def opened(desk: Desk, path: str, key: str) -> Locator:
    await desk.go(path)
    await desk.press(key)
    return desk.page.get_by_role("dialog")


ACTS: Final[dict[str, Callable[[Desk, Api, Station16, str], Awaitable[None]]]] = {
    "viewer": keeps_view,
    "technician": writes_note,
    "energy_manager": lifts_limit,
    "finance": takes_sessions,
    "operator": adds_token,
    "admin": lets_in,
}


async def enter(desk: Desk, api: Api, role: str) -> None:
    login = await a_person(api, role)
    invited = await api.post(f"/users/{await id_of(api, login)}/invitation")
    await desk.go(invited["path"])
    await desk.page.fill("#password", PASSWORD)
    await desk.page.fill("#again", PASSWORD)
    await desk.press("sign_in.choose_submit")
    await desk.page.locator("main#page").wait_for()


@pytest.mark.parametrize("look", BOTH, ids=str)
@pytest.mark.parametrize("role", ROLES)
async def test_a_role_does_its_work_and_is_offered_and_allowed_no_other(
    server: Server, role: str, look: Look
) -> None:
    station_name, name = a_name(Station16), a_token()
    async with api_of(server) as api, visitor(server.http, look) as desk:
        await api.post("/stations", {"id": station_name})
        await enter(desk, api, role)
        async with connected(Station16, server.url(station_name), station_name) as station:
            await station.available()
            await ACTS[role](desk, api, station, name)
            if (act := forbidden(role, station_name, f"no-{name}")) is not None:
                await is_kept_from(desk, api, act)
            else:
                await is_offered_all(desk, station_name)


async def is_kept_from(desk: Desk, api: Api, act: Forbidden) -> None:
    before = await api.all(act.listed)
    await desk.go("/users")  # entered by address, as it is not in the menu
    await desk.page.get_by_role("heading", name=desk.text("frame.not_yours")).wait_for()
    assert await desk.page.locator('nav a[href="/users"]').count() == 0

    await desk.go(act.page)
    await desk.page.locator("main h1").first.wait_for()
    await desk.page.locator("[aria-busy=true]").first.wait_for(state="detached")
    button = desk.page.get_by_role("button", name=desk.text(act.button), exact=True)
    assert await button.count() == 0

    desk.expected.add(403)
    answer = await desk.page.evaluate(ASK, [act.post, act.body])
    assert answer == [403, "not_permitted"]
    assert await api.all(act.listed) == before


async def is_offered_all(desk: Desk, station: str) -> None:
    """What is kept from others is there for who may do everything."""
    for role in ROLES:
        if (act := forbidden(role, station, "")) is not None:
            await desk.go(act.page)
            button = desk.page.get_by_role("button", name=desk.text(act.button), exact=True)
            await button.first.wait_for()
