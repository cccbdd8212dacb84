"""The operator's page and the way in: sign-in form, one-time link, sign-out.

A browser never keeps the API token itself: signing in opens a session with a bearer of its own.
Without one the page shows the form and nothing else.
"""

import hmac
from typing import Final

from litestar import MediaType, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from ogniwo.web.gate import (
    BEARER_LENGTH_MAX,
    COOKIE,
    bearer_in,
    csrf_token,
    principal_in,
    same_origin,
)
from ogniwo.web.lists import AnyRequest
from ogniwo.web.pages.files import StaticFiles
from ogniwo.web.pages.render import render
from ogniwo.web.ports import KeyRing
from ogniwo.web.texts import Language, catalogue, choose

SESSION_S: Final = 30 * 24 * 3_600  # the bearer's own end comes first where it is shorter
LANGUAGE_COOKIE: Final = "ogniwo_lang"
THEME_COOKIE: Final = "ogniwo_theme"
THEMES: Final = ("light", "dark")

_PRIVATE: Final = {"cache-control": "no-store"}


class SignIn(Struct, frozen=True):
    token: str = ""


class SignOut(Struct, frozen=True):
    csrf: str = ""


class Pages:
    """What the handlers share."""

    def __init__(self, keys: KeyRing, ocpp_url: str, *, secure: bool) -> None:
        self._keys = keys
        self._ocpp_url = ocpp_url
        self._secure = secure

    def show(self, request: AnyRequest) -> Response[str]:
        bearer = bearer_in(request.scope)
        if principal_in(request.scope) is None or bearer is None:
            return sign_in_form(request)
        text = render(
            "console.html",
            language_of(request),
            **_preferences(request),
            csrf=csrf_token(bearer),
            ocpp_url=self._ocpp_url,
        )
        return Response(text, media_type=MediaType.HTML, headers=_PRIVATE)

    async def sign_in(self, request: AnyRequest, token: str) -> Response[str] | Redirect:
        if not same_origin(request.scope):
            return sign_in_form(request, "elsewhere")
        token = token.strip()
        known = token and len(token) <= BEARER_LENGTH_MAX
        principal = await self._keys.check(token) if known else None
        if principal is None:
            return sign_in_form(request, "wrong")
        return self._let_in(await self._keys.open_session(principal))

    async def redeem(self, request: AnyRequest, code: str) -> Response[str] | Redirect:
        bearer = await self._keys.redeem(code) if code else None
        return sign_in_form(request, "link_used") if bearer is None else self._let_in(bearer)

    async def sign_out(self, request: AnyRequest, csrf: str) -> Redirect:
        bearer = bearer_in(request.scope)
        if bearer is not None and hmac.compare_digest(csrf, csrf_token(bearer)):
            await self._keys.close_session(bearer)
            return self._redirect("", max_age_s=0)
        return Redirect("/", status_code=303)

    def _let_in(self, bearer: str) -> Redirect:
        return self._redirect(bearer, max_age_s=SESSION_S)

    def _redirect(self, bearer: str, *, max_age_s: int) -> Redirect:
        cookie = Cookie(
            key=COOKIE,
            value=bearer,
            max_age=max_age_s,
            httponly=True,
            samesite="strict",
            secure=self._secure,
        )
        return Redirect("/", status_code=303, cookies=[cookie], headers=_PRIVATE)


def page_handlers(
    keys: KeyRing, ocpp_url: str, *, secure: bool = False
) -> list[ControllerRouterHandler]:
    pages = Pages(keys, ocpp_url, secure=secure)
    files = StaticFiles()

    @get("/", include_in_schema=False, sync_to_thread=False)
    def console(request: AnyRequest) -> Response[str]:
        return pages.show(request)

    @get("/login", include_in_schema=False)
    async def link(request: AnyRequest, code: FromQuery[str] = "") -> Response[str] | Redirect:
        return await pages.redeem(request, code) if code else Redirect("/", status_code=303)

    @post("/login", include_in_schema=False)
    async def sign_in(
        request: AnyRequest, data: URLEncodedBody[SignIn]
    ) -> Response[str] | Redirect:
        return await pages.sign_in(request, data.token)

    @post("/logout", include_in_schema=False)
    async def sign_out(request: AnyRequest, data: URLEncodedBody[SignOut]) -> Redirect:
        return await pages.sign_out(request, data.csrf)

    @get("/static/{name:path}", include_in_schema=False, sync_to_thread=False)
    def static(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        return files.answer(name.lstrip("/"), request.headers.get("if-none-match", ""))

    return [console, link, sign_in, sign_out, static]


def sign_in_form(request: AnyRequest, problem: str | None = None) -> Response[str]:
    language = language_of(request)
    told = catalogue(language).text(f"sign_in.{problem}") if problem else ""
    text = render("sign_in.html", language, **_preferences(request), problem=told)
    return Response(text, media_type=MediaType.HTML, headers=_PRIVATE, status_code=200)


def language_of(request: AnyRequest) -> Language:
    """What was chosen with the switch, else what the browser prefers."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return choose(request.headers.get("accept-language", ""), chosen)


def _preferences(request: AnyRequest) -> dict[str, str]:
    language = language_of(request)
    theme = request.cookies.get(THEME_COOKIE, "")
    return {
        "lang": language,
        "lang_pl": "true" if language is Language.PL else "false",
        "lang_en": "true" if language is Language.EN else "false",
        "theme": theme if theme in THEMES else "auto",
    }
