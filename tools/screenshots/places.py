"""Which pictures there are: a name, an address, and who looks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from tools.screenshots.day import Backend
from tools.screenshots.hand import ago
from tools.screenshots.story import FOUND, STATION, STRANGER, Told

BEFORE_MIN: Final = 60  # whoever ended their charge since then has a story without haste
NOBODY, OPERATOR, DRIVER, OTHER_DRIVER = "nobody", "operator", "driver", "other driver"
TABS: Final = (
    "sessions",
    "messages",
    "configuration",
    "commands",
    "files",
    "notes",
    "capabilities",
)
BY_NAME: Final = {
    "me": "/me",
    "wall": "/?wall",
    "job-new": "/jobs/new",
    "job-new-order": "/jobs/new?command=reset",
    "site-new": "/sites?new=1",
    "help-search": "/help?q=suspended",
    "stations-faulted": "/stations?state=faulted",
    "connect-station": f"/connect?station={STRANGER}",
    "codes-station": f"/codes?station={STATION}",
    "not-found": "/nowhere",
}
DRIVERS: Final = {
    "driver-home": "/driver",
    "driver-sessions": "/driver/sessions",
    "driver-cards": "/driver/cards",
    "driver-settings": "/driver/settings",
    "driver-charging": f"/c/{STATION}*3",
    "driver-ended": f"/c/{STATION}*5",
    "driver-free": f"/c/{STATION}*1",
    "driver-report": f"/c/{STATION}*1/report",
    "driver-wish": f"/c/{STATION}*3/wish",
}
STRANGERS: Final = {
    "driver-sign-in": "/driver/sign-in",
    "driver-register": "/driver/register",
    "driver-guest": f"/c/{STATION}*1",
    "driver-no-such-code": "/c/NOBODYS*1",
    "sign-in": "/login",
}


@dataclass(frozen=True)
class Place:
    name: str
    path: str
    who: str


async def places(server: Backend, told: Told, menu: list[str]) -> AsyncIterator[Place]:
    strangers = STRANGERS | {
        "invitation": told.invitation,
        "driver-invitation": told.driver_invitation,
    }
    for name, path in strangers.items():
        yield Place(name, path, NOBODY)
    for name, path in DRIVERS.items():
        yield Place(name, path, DRIVER)
    yield Place("driver-plug-in-now", f"/c/{STATION}*4", OTHER_DRIVER)
    for path in menu:
        yield Place(path.strip("/").replace("/", "-") or "overview", path, OPERATOR)
    for name, path in BY_NAME.items():
        yield Place(name, path, OPERATOR)
    yield Place("station", f"/stations/{FOUND}", OPERATOR)
    for tab in TABS:
        yield Place(f"station-{tab}", f"/stations/{FOUND}?tab={tab}", OPERATOR)
    async for name, found in _details(server):
        yield Place(name, found, OPERATOR)


async def _details(server: Backend) -> AsyncIterator[tuple[str, str]]:
    """The first of each list that has a page of its own, and is good to see."""

    async def first(path: str, **query: Any) -> Any:
        items = (await server.get(path, **query))["items"]
        return items[0] if items else None

    async def longest(**query: Any) -> Any:
        items = (await server.get("/sessions", limit=100, **query))["items"]
        telling = [it for it in items if it["soc"] is not None] or items
        return max(telling, key=lambda it: it["energy_wh"] or 0, default=None)

    running = await longest(running="true")
    ended = await longest(running="false", state="closed", **{"from": ago(BEFORE_MIN)})
    held = await first("/sessions", exception="true", station_id=STATION, limit=1)
    message = await first("/messages", action="StopTransaction", station_id=STATION, limit=1)
    site, driver = await first("/sites"), await first("/drivers", q="anna.nowak")
    card = next((it for it in driver["tokens"] if "-" not in it), driver["tokens"][0])
    jobs = (await server.get("/jobs"))["items"]
    command = await first("/commands", station_id=FOUND, limit=1)
    faulted = await first("/stations", status="faulted", limit=1)
    yield "session", f"/sessions/{ended['id']}"
    yield "session-running", f"/sessions/{running['id']}"
    yield "exception", f"/sessions/exceptions?session={held['id']}"
    yield "message", f"/messages/{message['id']}"
    yield "messages-one", f"/messages?message={message['id']}"
    yield "site", f"/sites/{site['id']}"
    yield "map-site", f"/map?site={site['id']}"
    yield "driver", f"/drivers/{driver['id']}"
    yield "token", f"/tokens/{quote(card)}"
    yield "template", "/templates/wisent-bruk"
    yield "command", f"/commands?id={command['id']}"
    for name, job in zip(("job-running", "job"), jobs, strict=False):
        yield name, f"/jobs/{job['id']}"
    if faulted:
        yield "station-faulted", f"/stations/{faulted['id']}"
