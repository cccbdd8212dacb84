"""``python -m tools.screenshots [--only REGEX] [--to FOLDER] [--again]``."""

import argparse
import asyncio
import re
import shutil
import sys
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

from tools.screenshots.camera import IMAGES, LANGUAGES, SIZES, Look, camera, menu_of
from tools.screenshots.day import Backend, backend, day
from tools.screenshots.places import places
from tools.screenshots.story import LOGIN, PASSWORD, Told, story

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def wanted() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots", description=__doc__)
    parser.add_argument(
        "--only", default="", help="pictures whose name has this in it (a regular expression)"
    )
    parser.add_argument("--to", type=Path, default=IMAGES, help="folder for the pictures")
    parser.add_argument(
        "--again", action="store_true", help="stay up, and shoot what each line of the input names"
    )
    return parser.parse_args()


async def shoot(
    browser: Browser, server: Backend, told: Told, menu: list[str], only: str, folder: Path
) -> None:
    found = [it async for it in places(server, told, menu)]

    async def of(look: Look) -> None:
        chosen = [it for it in found if re.search(only, f"{it.name}-{look}")]
        if chosen:
            async with camera(browser, server, told, look) as one:
                for place in chosen:
                    file = await one.shoot(place, folder)
                    print(f"{file.name}  {file.stat().st_size / 1000:.0f} kB", flush=True)

    for theme, language in LANGUAGES.items():
        await asyncio.gather(*(of(Look(theme, size, language)) for size in SIZES))


async def main() -> None:
    options = wanted()
    options.to.mkdir(parents=True, exist_ok=True)
    async with backend() as server, day(server), story(server) as told, async_playwright() as it:
        browser = await it.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        menu = await menu_of(browser, server)
        await shoot(browser, server, told, menu, options.only, options.to)
        while options.again:
            print(f"http://{server.http}/  {LOGIN} / {PASSWORD}", flush=True)
            only = await asyncio.to_thread(sys.stdin.readline)
            if not only:
                break
            await shoot(browser, server, told, menu, only.strip(), options.to)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
