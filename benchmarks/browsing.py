"""An operator at the stations page, timed: the system's Chromium, driven by Playwright.

What is timed is what the browser itself says of each interaction: from the key or click to the
next thing painted (Event Timing, which rounds to 8 ms and does not mention what took less than 16).
"""

import math
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct
from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.contenders import ADMIN_TOKEN

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
UNMENTIONED_MS: Final = 16.0
LOADED_WITHIN_S: Final = 60
PAUSE_MS: Final = 120  # between two keys, as a quick typist
WATCH: Final = """
  window.timed = [];
  new PerformanceObserver(list => {
    for (const it of list.getEntries()) if (it.interactionId) window.timed.push(it.duration);
  }).observe({type: 'event', durationThreshold: 16, buffered: true});
"""
SEARCHES: Final = ("bench-0042", "000777", "9")


class NotLoadedError(Exception):
    """The page never showed what it was to be timed with."""


class Sample(Struct, frozen=True):
    """What the page took at a moment, after the rubbish was taken out."""

    at_s: float
    heap_mb: float
    nodes: int


class Visit:
    def __init__(self, page: Page, devtools: CDPSession) -> None:
        self._page = page
        self._devtools = devtools
        self._began_s = time.perf_counter()

    def interact(self) -> tuple[int, list[float]]:
        """Searches, filters, sorts and scrolls once: how many, and what each mentioned took."""
        page = self._page
        page.evaluate("window.timed.length = 0")
        count = 0
        search = page.locator("main input[type=search]").first
        for text in SEARCHES:
            for key in text:
                search.press(key)
                page.wait_for_timeout(PAUSE_MS)
            for _ in text:
                search.press("Backspace")
                page.wait_for_timeout(PAUSE_MS)
            count += 2 * len(text)
        for button in (*page.locator("[role=columnheader] button").all()[:4],):
            button.click()
            page.wait_for_timeout(4 * PAUSE_MS)
            count += 1
        grid = page.locator("[role=grid]").first
        for key in ("End", "Home", *["PageDown"] * 10):
            grid.press(key)
            page.wait_for_timeout(PAUSE_MS)
            count += 1
        page.wait_for_timeout(500)  # the observer is told when there is time
        return count, [float(it) for it in page.evaluate("window.timed")]

    def sample(self) -> Sample:
        self._devtools.send("HeapProfiler.collectGarbage")
        heap = self._devtools.send("Runtime.getHeapUsage")
        nodes = self._page.evaluate("document.getElementsByTagName('*').length")
        at_s = time.perf_counter() - self._began_s
        return Sample(at_s, heap["usedSize"] / 1024 / 1024, int(nodes))

    def changes_a_second(self, seconds: float) -> float:
        """How many rows the page is told of."""
        return float(self._page.evaluate(COUNT_CHANGES, seconds * 1000)) / seconds


COUNT_CHANGES: Final = """
  ms => new Promise(done => {
    let told = 0;
    const source = new EventSource('/api/v1/events?topics=stations,sessions');
    for (const topic of ['stations', 'sessions'])
      source.addEventListener(topic, frame => { told += JSON.parse(frame.data).length; });
    setTimeout(() => { source.close(); done(told); }, ms);
  })
"""


@contextmanager
def visiting(http: str, rows: int) -> Iterator[tuple[Visit, float]]:
    """The stations page with all rows there, and the seconds until then."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en")
        page.set_default_timeout(LOADED_WITHIN_S * 1000)
        page.add_init_script(WATCH)
        page.goto(f"http://{http}/login")
        page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
        page.locator("input[name=token]").fill(ADMIN_TOKEN)
        page.locator("form:has(input[name=token]) button").click()
        page.locator("main#page").wait_for()
        begun_s = time.perf_counter()
        page.goto(f"http://{http}/stations")
        _until_rows(page, rows)
        loaded_s = time.perf_counter() - begun_s
        yield Visit(page, page.context.new_cdp_session(page)), loaded_s
        browser.close()


def _until_rows(page: Page, rows: int) -> None:
    """Playwright's own waiting compiles text, which the content policy refuses."""
    deadline_s = time.perf_counter() + LOADED_WITHIN_S
    while page.evaluate("Number(document.querySelector('[role=grid]')?.ariaRowCount)") < rows:
        if time.perf_counter() > deadline_s:
            raise NotLoadedError(f"{rows:,} stations were not shown within {LOADED_WITHIN_S} s")
        page.wait_for_timeout(50)


def percentile(values: list[float], count: int, share: float) -> float:
    """Of ``count`` interactions, those not among ``values`` took less than the browser mentions."""
    every = sorted([*[UNMENTIONED_MS] * max(0, count - len(values)), *values])
    return every[min(len(every) - 1, math.ceil(share * len(every)) - 1)]
