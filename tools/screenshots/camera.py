"""The browser: who looks, how the page is looked at, and how small the picture becomes."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, expect

from tools.screenshots.day import Backend
from tools.screenshots.places import DRIVER, NOBODY, OPERATOR, OTHER_DRIVER, Place
from tools.screenshots.story import FIRST_PASSWORD, LOGIN, PASSWORD, Told

IMAGES: Final = Path(__file__).resolve().parents[2] / "docs" / "images"
SIZES: Final = {"desktop": (1440, 900), "phone": (390, 844)}
LANGUAGES: Final = {"light": "en", "dark": "pl"}  # so that every page is seen in both
QUIET_MS: Final = 5_000  # the longest that a page may take to load
SETTLE_MS: Final = 700
COLOURS: Final = 256  # pages are flat
QUALITY: Final = 82


@dataclass(frozen=True)
class Look:
    theme: str
    size: str
    language: str

    def __str__(self) -> str:
        return f"{self.theme}-{self.size}"


class Camera:
    """One look; a context for each kind of person."""

    def __init__(self, server: Backend, look: Look, contexts: dict[str, BrowserContext]) -> None:
        self._server = server
        self._look = look
        self._contexts = contexts

    async def shoot(self, place: Place, folder: Path) -> Path:
        page = await self._contexts[place.who].new_page()
        try:
            await page.goto(f"http://{self._server.http}{place.path}")
            if place.who == OPERATOR:
                await _drawn(page)
            await page.wait_for_timeout(SETTLE_MS)
            taken = Image.open(io.BytesIO(await page.screenshot()))
        finally:
            await page.close()
        file = folder / f"{place.name}-{self._look}.webp"
        file.write_bytes(smallest(taken.convert("RGB")))
        return file


def smallest(taken: Image.Image) -> bytes:
    """As flat colours without loss, or with a little where that is smaller (the map)."""
    flat, photo = io.BytesIO(), io.BytesIO()
    quiet = taken.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB")
    quiet.save(flat, "WEBP", lossless=True, quality=100, method=4)
    taken.save(photo, "WEBP", quality=QUALITY, method=6)
    return min(flat.getvalue(), photo.getvalue(), key=len)


async def _drawn(page: Page) -> None:
    """Nothing is loading any more."""
    await page.locator("main#page > *").first.wait_for()
    with suppress(AssertionError):  # then the picture shows that it still loads
        await expect(page.locator("main [aria-busy=true]")).to_have_count(0, timeout=QUIET_MS)


@asynccontextmanager
async def camera(
    browser: Browser, server: Backend, told: Told, look: Look
) -> AsyncIterator[Camera]:
    width, height = SIZES[look.size]
    contexts = {
        who: await browser.new_context(
            viewport={"width": width, "height": height},
            locale=look.language,
            color_scheme="dark" if look.theme == "dark" else "light",
            has_touch=look.size == "phone",
            is_mobile=look.size == "phone",
            timezone_id="Europe/Warsaw",
        )
        for who in (NOBODY, OPERATOR, DRIVER, OTHER_DRIVER)
    }
    try:
        await told.plug_in_now()
        for who, client in ((DRIVER, told.driver), (OTHER_DRIVER, told.other_driver)):
            await _let_driver_in(contexts[who], server, client.cookies)
        await _sign_in(contexts[OPERATOR], server)
        yield Camera(server, look, contexts)
    finally:
        for one in contexts.values():
            await one.close()


async def menu_of(browser: Browser, server: Backend) -> list[str]:
    """The first time: her password was chosen by another, so she chooses one; then the menu."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en")
    page = await _sign_in(context, server, FIRST_PASSWORD)
    links = [await it.get_attribute("href") or "" for it in await page.locator("nav a").all()]
    await context.close()
    return links


async def _let_driver_in(context: BrowserContext, server: Backend, cookies: httpx.Cookies) -> None:
    for cookie in cookies.jar:
        await context.add_cookies(
            [{"name": cookie.name, "value": cookie.value or "", "url": f"http://{server.http}"}]
        )


async def _sign_in(context: BrowserContext, server: Backend, password: str = PASSWORD) -> Page:
    page = await context.new_page()
    await page.goto(f"http://{server.http}/login")
    await page.locator("form[action='/login'] input[name=login]").fill(LOGIN)
    await page.locator("form[action='/login'] input[name=password]").fill(password)
    await page.locator("form[action='/login']:has(input[name=login]) button").click()
    if password == FIRST_PASSWORD:
        await page.locator("input[name=again]").fill(PASSWORD)
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.locator("form:has(input[name=again]) button").click()
    await page.locator("main#page").wait_for()
    return page
