"""A person at the console: the system's Chromium, driven by Playwright, before the real server.

What goes wrong unseen fails the test too: an exception in the page, a text that is missing,
anything that the content policy refused, a request that the server could not serve.
"""

import re
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Page,
    Response,
    async_playwright,
    expect,
)

from ogniwo.web.texts import Catalogue, Language, catalogue
from tests.house.tree import ROOT
from tests.system.server import TOKEN

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
)
AXE: Final = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE_MS: Final = 30_000
expect.set_options(timeout=PATIENCE_MS)  # other tests run beside
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What Chromium writes into its log of a refusal; that one was expected is said by the test.
_REFUSED: Final = re.compile(
    r"Failed to load resource: the server responded with a status of (\d+)"
)


@dataclass(frozen=True)
class Look:
    """How the console is looked at."""

    language: Language = Language.EN
    theme: str = "light"
    width: int = 1440
    height: int = 900

    @property
    def phone(self) -> bool:
        return self.width < 600

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}{'-phone' if self.phone else ''}"


ENGLISH: Final = Look()
POLISH: Final = Look(Language.PL, "dark")
PHONE: Final = Look(Language.PL, "light", 390, 844)
PHONE_DARK: Final = Look(Language.EN, "dark", 390, 844)
BOTH: Final = (ENGLISH, POLISH)  # each language and each theme once
ALL: Final = (ENGLISH, POLISH, PHONE, PHONE_DARK)


@dataclass
class Desk:
    """A signed-in person's page. Texts are named by their key: ``desk.text("stations.title")``."""

    page: Page
    url: str
    words: Catalogue
    expected: set[int] = field(default_factory=set)  # statuses of refusals the test provokes
    _wrong: list[str] = field(default_factory=list)

    def text(self, key: str, **values: str) -> str:
        assert self.words.has(key), f"no text {key}"
        return self.words.text(key, **values)

    async def go(self, path: str) -> None:
        await self.page.goto(f"{self.url}{path}")

    async def press(self, key: str, **values: str) -> None:
        """The button, link or tab of that name."""
        name = self.text(key, **values)
        button = self.page.get_by_role("button", name=name, exact=True)
        link = self.page.get_by_role("link", name=name, exact=True)
        await button.or_(link).first.click()

    async def sees(self, text: str) -> None:
        await self.page.get_by_text(text).first.wait_for()

    async def complaints_of_axe(self) -> list[str]:
        """What a person who cannot see, or has no mouse, would stumble over (WCAG 2.2 AA)."""
        await self.page.evaluate(AXE.read_text())
        found = await self.page.evaluate(
            "rules => axe.run({runOnly: {type: 'tag', values: rules}})", RULES
        )
        return [
            f"{it['id']}: {it['help']} ({it['nodes'][0]['html'][:160]})"
            for it in found["violations"]
        ]

    async def stumbles(self, paths: Iterable[str]) -> dict[str, list[str]]:
        """Address to what is wrong with the page there: axe's rules, and sideways scrolling."""
        complaints = {}
        for path in paths:
            await self.go(path)
            await self.page.locator("main h1").first.wait_for()
            await self.page.locator("[aria-busy=true]").first.wait_for(state="detached")
            wide = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found = await self.complaints_of_axe()
            if wide > 0:
                found.append(f"{wide} px too wide")
            if found:
                complaints[path] = found
        return complaints

    def hear(self) -> None:
        self.page.on("pageerror", lambda error: self._wrong.append(f"exception: {error}"))
        self.page.on("console", self._logged)
        self.page.on("response", self._answered)

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not _REFUSED.search(message.text):
            self._wrong.append(f"console: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self._wrong.append(f"{response.status} {response.request.method} {response.url}")

    def check(self) -> None:
        assert self._wrong == []


@asynccontextmanager
async def chromium() -> AsyncIterator[None]:
    """The browser that all journeys share; each has a context of its own in it."""
    if not CHROMIUM:
        pytest.skip("needs Chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        one = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        _running.append(one)
        try:
            yield
        finally:
            _running.remove(one)
            await one.close()


_running: Final[list[Browser]] = []


@asynccontextmanager
async def visitor(
    http: str, look: Look = ENGLISH, *, javascript: bool = True
) -> AsyncIterator[Desk]:
    """Nobody is signed in yet. ``http``: HOST:PORT of the server."""
    (using,) = _running
    context = await using.new_context(
        java_script_enabled=javascript,
        viewport={"width": look.width, "height": look.height},
        locale=look.language.value,
        color_scheme="dark" if look.theme == "dark" else "light",
        has_touch=look.phone,
        is_mobile=look.phone,
        timezone_id="Europe/Warsaw",
        accept_downloads=True,
    )
    context.set_default_timeout(PATIENCE_MS)
    desk = Desk(await context.new_page(), f"http://{http}", catalogue(look.language))
    desk.hear()
    try:
        yield desk
    finally:
        await context.close()
    desk.check()


@asynccontextmanager
async def signed_in(
    http: str, look: Look = ENGLISH, *, path: str = "/", token: str = TOKEN
) -> AsyncIterator[Desk]:
    """With the administrator's API token, unless another is given."""
    async with visitor(http, look) as desk:
        await desk.go("/login")
        await desk.page.evaluate(
            "document.querySelectorAll('details').forEach(it => it.open = true)"
        )
        await desk.page.locator("input[name=token]").fill(token)
        await desk.page.locator("form:has(input[name=token]) button").click()
        await desk.page.locator("main#page").wait_for()
        if path != "/":
            await desk.go(path)
        yield desk


def picture(name: str) -> Path:
    """Where a failing test may leave what it saw."""
    folder = ROOT / ".test-data" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.png"
