"""All of the driver's addresses, joined around what they share."""

from litestar import get
from litestar.response import Response
from litestar.types import ControllerRouterHandler

from ogniwo.app.driving.office import Driving
from ogniwo.web.driver.account import account_handlers
from ogniwo.web.driver.point import point_handlers
from ogniwo.web.driver.shell import HOME, Shell
from ogniwo.web.lists import AnyRequest
from ogniwo.web.peers import Peers
from ogniwo.web.static_files import StaticFiles
from ogniwo.web.templates import Templates

OFFLINE = f"{HOME}/offline"


def driver_handlers(
    driving: Driving, files: StaticFiles, templates: Templates, peers: Peers, *, secure: bool
) -> list[ControllerRouterHandler]:
    shell = Shell(driving, templates, peers, secure=secure)

    @get(OFFLINE, include_in_schema=False)
    async def offline(request: AnyRequest) -> Response[str]:
        return shell.page(request, await shell.caller(request), "offline.html")

    @get(f"{HOME}/worker.js", include_in_schema=False, sync_to_thread=False)
    def worker() -> Response[str]:
        """It answers without network, from what it keeps: the page that says so, and its looks."""
        kept = f"{OFFLINE},{files.address('driver.css')}"
        return Response(
            files.text("worker.js").replace("{KEPT}", kept),
            media_type="text/javascript; charset=utf-8",
            headers={"cache-control": "no-cache", "service-worker-allowed": "/"},
        )

    @get(
        f"{HOME}/manifest.webmanifest",
        include_in_schema=False,
        media_type="application/manifest+json",
    )
    async def manifest(request: AnyRequest) -> dict[str, object]:
        caller = await shell.caller(request)
        name = caller.texts.text("driver.account")
        icon = {"src": files.address("mark.svg"), "sizes": "any", "type": "image/svg+xml"}
        return {
            "name": name,
            "short_name": name,
            "lang": caller.language.value,
            "start_url": HOME,
            "scope": "/",
            "display": "standalone",
            "background_color": "#f4f6f5",
            "theme_color": "#0b6b4b",
            "icons": [icon],
        }

    return [
        offline,
        worker,
        manifest,
        *point_handlers(shell),
        *account_handlers(shell),
    ]
