"""The operator's own street map behind the sites, and only for whoever is signed in."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.async_api import Page, Request

from tests.console.desk import BOTH, Look, signed_in
from tests.console.street_map import PICTURE, PLACE, raster_map, vector_map
from tests.system.server import Server, api_of

ADDRESS: Final = "/api/v1/map/file"
NEARER: Final = 12  # times, until a lake of a tile fills the view
# What the ground's colour is at the middle, and what a custom property's is.
MIDDLE: Final = """() => {
  const [canvas, marker] = ["canvas", ".current"].map((it) => document.querySelector(`.map ${it}`));
  const [box, spot] = [canvas, marker].map((it) => it.getBoundingClientRect());
  const x = (spot.left + spot.width / 2 - box.left + 60) * (canvas.width / box.width);
  const y = (spot.top + spot.height / 2 - box.top + 60) * (canvas.height / box.height);
  return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3);
}"""
COLOUR: Final = """(name) => {
  const canvas = document.querySelector(".map canvas");
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = getComputedStyle(canvas).getPropertyValue(name);
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""


async def middle_becomes(page: Page, colour: list[int]) -> None:
    await page.wait_for_function(f"(colour) => `${{({MIDDLE})()}}` === `${{colour}}`", arg=colour)


@pytest.mark.usefixtures("built", "shared_loop")
@pytest.mark.parametrize("look", BOTH, ids=str)
@pytest.mark.parametrize("make", [vector_map, raster_map], ids=["vector", "raster"])
async def test_the_operators_street_map_is_drawn_behind_the_sites(
    tmp_path: Path, look: Look, make: Callable[[Path], Path]
) -> None:
    server = Server(tmp_path / "data", "--map-file", str(make(tmp_path / "streets.pmtiles")))
    server.start()
    asked: list[Request] = []
    try:
        async with api_of(server) as api:
            longitude, latitude = PLACE
            place = {"latitude": latitude, "longitude": longitude, "time_zone": "Europe/Warsaw"}
            site = await api.post("/sites", {"name": "Here", **place})
        path = f"/map?site={site['id']}"
        async with signed_in(server.http, look, path=path) as desk:
            desk.page.on("request", lambda it: asked.append(it))  # noqa: PLW0108 - takes no builtin
            await desk.page.reload()
            await desk.sees("© the makers of the map")
            ground = desk.page.get_by_role("group", name=desk.text("map.label"))
            await ground.locator(".current").wait_for()
            for _ in range(NEARER):
                await ground.press("+")
            vector = make is vector_map
            sea = await desk.page.evaluate(COLOUR, "--sea")
            assert sea != await desk.page.evaluate(COLOUR, "--land")
            await middle_becomes(desk.page, sea if vector else list(PICTURE))
            assert await desk.complaints_of_axe() == []
        ranges = [it.headers.get("range") for it in asked if ADDRESS in it.url]
        async with httpx.AsyncClient(base_url=f"http://{server.http}") as stranger:
            refused = await stranger.get(ADDRESS, headers={"range": "bytes=0-99"})
    finally:
        server.kill()

    assert ranges
    assert all(it and it.startswith("bytes=") for it in ranges)
    assert refused.status_code == 401


async def test_without_a_street_map_the_outlines_are_all_that_is_asked_for(
    server: Server,
) -> None:
    asked: list[str] = []
    async with api_of(server) as api, signed_in(server.http, BOTH[0], path="/map") as desk:
        desk.page.on("request", lambda it: asked.append(it.url))
        await desk.page.reload()
        await desk.sees(desk.text("map.source"))
        told = await api.get("/map")

    assert told == {"street_map": None}
    assert not [it for it in asked if ADDRESS in it]
