"""The way in, in a browser: an invitation, a wrong password, and back to where one wanted to be."""

import pytest

from tests.console.desk import ALL, Desk, Look, visitor
from tests.system.people import PASSWORD, a_person, id_of
from tests.system.server import Server, api_of


async def complaints(desk: Desk, look: Look) -> list[str]:
    wide = await desk.page.evaluate("document.documentElement.scrollWidth")
    return [*await desk.complaints_of_axe(), *([f"{wide} px wide"] if wide > look.width else [])]


@pytest.mark.parametrize("look", ALL, ids=str)
async def test_somebody_invited_chooses_a_password_and_comes_back_with_it(
    server: Server, look: Look
) -> None:
    found = {}
    async with (
        api_of(server) as api,
        visitor(server.http, look) as desk,
    ):
        login = await a_person(api, "viewer")
        invited = await api.post(f"/users/{await id_of(api, login)}/invitation")
        await desk.go(invited["path"])
        found["invitation"] = await complaints(desk, look)
        await desk.page.fill("#password", PASSWORD)
        await desk.page.fill("#again", PASSWORD)
        await desk.press("sign_in.choose_submit")
        await desk.page.locator("main#page").wait_for()

        desk.expected.add(401)  # what the page asked at this very moment
        await desk.page.goto("about:blank")  # the console would go to the form by itself
        await desk.page.context.clear_cookies()
        await desk.go("/stations?q=a%20b")
        found["sign in"] = await complaints(desk, look)
        await desk.page.fill("#login", login)
        await desk.page.fill("#password", "a wrong password")
        await desk.press("sign_in.submit")
        await desk.sees(desk.text("sign_in.wrong_password"))
        found["wrong"] = await complaints(desk, look)
        await desk.page.fill("#password", PASSWORD)
        await desk.press("sign_in.submit")
        await desk.page.locator("main#page").wait_for()
        where = desk.page.url

    assert {name: it for name, it in found.items() if it} == {}
    assert where.endswith("/stations?q=a%20b")
