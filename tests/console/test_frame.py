"""What holds on every page: both languages and themes, keyboard, no dead ends."""

import pytest

from tests.console.desk import ALL, BOTH, ENGLISH, PHONE, Look, signed_in
from tests.system.server import Server


@pytest.mark.parametrize("look", BOTH, ids=str)
async def test_the_menu_leads_to_every_page_and_says_where_one_is(
    server: Server, look: Look
) -> None:
    async with signed_in(server.http, look) as desk:
        links = desk.page.locator("nav a")
        paths = [await link.get_attribute("href") for link in await links.all()]
        assert "/stations" in paths
        for path in paths:
            await desk.page.locator(f'nav a[href="{path}"]').click()
            await desk.page.locator("main h1").first.wait_for()
            assert await desk.page.locator('aside a[aria-current="page"]').count() == 1
            title = await desk.page.title()
            assert title.endswith(" · Ogniwo")
            assert "." not in title.removesuffix(" · Ogniwo")  # the key of a text that is missing


async def test_language_and_colours_change_at_once_and_are_kept(server: Server) -> None:
    async with signed_in(server.http, ENGLISH, path="/stations") as desk:
        await desk.page.get_by_role("button", name="PL", exact=True).click()
        await desk.page.get_by_role("heading", name="Stacje").wait_for()
        for _ in ("light", "dark"):
            await desk.page.get_by_role("button", name="Kolory").click()
        assert await desk.page.locator("html").get_attribute("data-theme") == "dark"

        await desk.page.reload()
        await desk.page.get_by_role("heading", name="Stacje").wait_for()
        assert await desk.page.locator("html").get_attribute("data-theme") == "dark"


async def test_a_wrong_address_says_so_and_leads_back(server: Server) -> None:
    async with signed_in(server.http, ENGLISH, path="/no/such/page") as desk:
        await desk.sees(desk.text("frame.not_found"))
        await desk.press("frame.to_overview")
        await desk.page.wait_for_url(f"{desk.url}/")


async def test_on_a_phone_the_menu_opens_and_closes(server: Server) -> None:
    async with signed_in(server.http, PHONE, path="/stations") as desk:
        menu = desk.page.locator("nav a").first
        assert not await menu.is_visible()
        await desk.press("frame.menu")
        await menu.wait_for(state="visible")
        await desk.page.keyboard.press("Escape")
        await menu.wait_for(state="hidden")


@pytest.mark.parametrize("look", ALL, ids=str)
async def test_nobody_stumbles_and_nothing_is_wider_than_the_screen(
    server: Server, look: Look
) -> None:
    """Every page of the menu: axe's rules of WCAG 2.2 AA, and no sideways scrolling."""
    async with signed_in(server.http, look, path="/stations") as desk:
        links = await desk.page.locator("nav a").all()
        paths = [await link.get_attribute("href") or "" for link in links]
        assert await desk.stumbles(paths) == {}


@pytest.mark.parametrize("height", [900, 768])
async def test_the_whole_menu_is_seen_without_scrolling_in_a_low_window(
    server: Server, height: int
) -> None:
    async with signed_in(server.http, Look(width=1366, height=height)) as desk:
        aside = desk.page.locator("aside")
        await aside.locator('a[href="/help"]').wait_for()
        assert await aside.evaluate("it => it.scrollHeight - it.clientHeight") <= 0
        boxes = [await it.bounding_box() for it in await aside.locator("a").all()]
        assert min(it["height"] for it in boxes if it) >= 24  # WCAG 2.2, 2.5.8
