"""The console's addresses, for whoever is signed in; others are shown the way in.

Where it was not built, its addresses say how that is done.
"""

from pathlib import Path
from typing import Final

from litestar import MediaType, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Response
from litestar.types import ControllerRouterHandler

from ogniwo.web.gate import bearer_in, csrf_token, principal_in
from ogniwo.web.lists import AnyRequest
from ogniwo.web.pages.built import BuiltConsole
from ogniwo.web.pages.door import Forms
from ogniwo.web.preferences import language_of, theme_of
from ogniwo.web.static_files import StaticFiles
from ogniwo.web.templates import PRIVATE, Templates
from ogniwo.web.texts import catalogue

# What no page of the console begins with: a wrong address there is told to a program.
NOT_PAGES: Final = ("/api/", "/files/", "/static/", "/c/", "/assets/")


class ConsolePage:
    """One page, whatever of the console is asked for: the rest happens in the browser."""

    def __init__(
        self, built: BuiltConsole, templates: Templates, forms: Forms, ocpp_url: str
    ) -> None:
        self._built = built
        self._templates = templates
        self._forms = forms
        self._ocpp_url = ocpp_url

    def show(self, request: AnyRequest) -> Response[str] | Redirect:
        bearer = bearer_in(request.scope)
        if principal_in(request.scope) is None or bearer is None:
            return self._forms.signed_out(request, _asked(request))
        csrf = csrf_token(bearer)
        if not self._built.there:
            return self._templates.page(
                request, "door/not_built.html", status=503, switch="?", csrf=csrf
            )
        language = language_of(request)
        values = {
            "lang": language.value,
            "theme": theme_of(request),
            "csrf": csrf,
            "ocpp_url": self._ocpp_url,
            "frame.needs_script": catalogue(language).text("frame.needs_script"),
        }
        return Response(self._built.page(values), media_type=MediaType.HTML, headers=PRIVATE)


def page_handlers(
    console_dir: Path, files: StaticFiles, templates: Templates, forms: Forms, *, ocpp_url: str
) -> list[ControllerRouterHandler]:
    built = BuiltConsole(console_dir)
    page = ConsolePage(built, templates, forms, ocpp_url)

    @get(["/", "/{path:path}"], include_in_schema=False, sync_to_thread=False)
    def console(request: AnyRequest) -> Response[str] | Redirect:
        if request.url.path != "/" and not asks_for_page(request):
            raise NotFoundException
        return page.show(request)

    @get("/assets/{name:path}", include_in_schema=False, sync_to_thread=False)
    def asset(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        return built.files.answer(request, name.lstrip("/"))

    @get("/static/{name:path}", include_in_schema=False, sync_to_thread=False)
    def static(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        return files.answer(request, name.lstrip("/"))

    return [console, asset, static]


def asks_for_page(request: AnyRequest) -> bool:
    """A program that mistook an address is told so, not given a page."""
    is_browser = "text/html" in request.headers.get("accept", "")
    return is_browser and not request.url.path.startswith(NOT_PAGES)


def _asked(request: AnyRequest) -> str:
    """Where to go on once somebody is signed in."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
