"""The way in: sign-in form, the forms behind one-time links, sign-out.

All of it works without a script. A browser never keeps an API token or a password: whichever way
somebody comes in, the cookie holds a bearer of its own.
"""

import hmac
from typing import Annotated, Final
from urllib.parse import quote, urlencode, urlsplit

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Response
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from ogniwo.base.errors import OgniwoError, RefusedError, UsageError
from ogniwo.web.gate import (
    BEARER_LENGTH_MAX,
    COOKIE,
    bearer_in,
    csrf_token,
    header_in,
    principal_in,
    same_origin,
)
from ogniwo.web.lists import AnyRequest
from ogniwo.web.peers import Peers
from ogniwo.web.ports import Choose, KeyRing, SignedIn, SignIn, WeakPasswordError
from ogniwo.web.preferences import language_of
from ogniwo.web.templates import PRIVATE, Templates
from ogniwo.web.texts import catalogue

COOKIE_S: Final = 400 * 86_400  # as long as browsers allow: the server decides when it ends
BROWSER_COOKIE: Final = "ogniwo_browser"  # has signed in here before
FIELD_LENGTH_MAX: Final = 1_000
SIGNED_OUT: Final = "signed_out"  # the only word at the door that is no trouble

Answer = Response[str] | Redirect
Next = Annotated[str, QueryParameter(name="next")]


class SignInForm(Struct, frozen=True):
    login: str = ""
    password: str = ""
    token: str = ""
    next: str = "/"


class LinkForm(Struct, frozen=True):
    code: str = ""
    login: str = ""
    name: str = ""
    password: str = ""
    again: str = ""


class SignOutForm(Struct, frozen=True):
    csrf: str = ""


class Forms:
    """What whoever is not signed in gets to see."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def signed_out(self, request: AnyRequest, wanted: str, *, problem: str = "") -> Answer:
        """Whoever is not signed in, and where to go on afterwards."""
        if principal_in(request.scope) is not None and not problem:
            return Redirect(own_path(wanted), status_code=303, headers=PRIVATE)
        if header_in(request.scope, b"sec-fetch-site") == b"cross-site" and not problem:
            # Who follows a link from another site comes without the strict cookie, signed in or
            # not: our own page, loaded once more by itself, comes with it.
            return self._templates.page(request, "door/once_more.html", here=_here(request))
        return self.sign_in(request, wanted, problem=problem)

    def sign_in(
        self,
        request: AnyRequest,
        wanted: str,
        *,
        problem: str = "",
        login: str = "",
        by_token: bool = False,
    ) -> Response[str]:
        wanted = own_path(wanted)
        here = f"/login?{urlencode({'next': wanted})}"
        return self.page(
            request,
            "sign_in.html",
            problem,
            here,
            next=wanted,
            login=login[:100],
            by_token=by_token,
        )

    def page(
        self, request: AnyRequest, name: str, problem: str, here: str, /, **values: object
    ) -> Response[str]:
        """``here``: an address with a query that shows it again, in another language."""
        texts = catalogue(language_of(request))
        return self._templates.page(
            request,
            f"door/{name}",
            status=200,
            switch=f"{here}&",
            problem=texts.text(f"sign_in.{problem}") if problem else "",
            tone="notice" if problem == SIGNED_OUT else "problem",
            **values,
        )


class Door:
    """What the handlers share."""

    def __init__(
        self, keys: KeyRing, people: SignIn, peers: Peers, forms: Forms, *, secure: bool
    ) -> None:
        self._keys = keys
        self._people = people
        self._peers = peers
        self._forms = forms
        self._secure = secure

    async def sign_in(self, request: AnyRequest, form: SignInForm) -> Answer:
        if not same_origin(request.scope):
            return self._forms.sign_in(request, form.next, problem="elsewhere")
        if form.token.strip():
            return await self._by_token(request, form)
        try:
            came = await self._people.by_password(
                form.login[:FIELD_LENGTH_MAX],
                form.password[:FIELD_LENGTH_MAX],
                peer=self._peers.of(request.scope),
                browser=request.cookies.get(BROWSER_COOKIE, ""),
            )
        except RefusedError as error:
            return self._forms.sign_in(request, form.next, problem=error.code, login=form.login)
        if isinstance(came, Choose):
            return Redirect(f"/login?code={quote(came.code)}", status_code=303, headers=PRIVATE)
        return self._let_in(came, form.next)

    async def _by_token(self, request: AnyRequest, form: SignInForm) -> Answer:
        token = form.token.strip()
        known = len(token) <= BEARER_LENGTH_MAX
        principal = await self._keys.check(token) if known else None
        if principal is None:
            return self._forms.sign_in(request, form.next, problem="wrong_token", by_token=True)
        bearer = await self._keys.open_session(principal)
        return self._let_in(SignedIn(bearer=bearer, browser=""), form.next)

    async def link(self, request: AnyRequest, form: LinkForm, problem: str = "") -> Answer:
        """The form that a one-time link leads to: who looks at it does not use it up."""
        try:
            told = await self._people.link(form.code)
        except RefusedError as error:
            return self._forms.sign_in(request, "/", problem=error.code)
        page = "first_administrator.html" if told.login is None else "choose_password.html"
        here = f"/login?{urlencode({'code': form.code})}"
        login, name = told.login or form.login, form.name if told.login is None else told.name
        return self._forms.page(
            request, page, problem, here, code=form.code, login=login, name=name
        )

    async def use_link(self, request: AnyRequest, form: LinkForm) -> Answer:
        if not same_origin(request.scope):
            return await self.link(request, form, "elsewhere")
        if form.password != form.again:
            return await self.link(request, form, "not_the_same")
        try:
            told = await self._people.link(form.code)
            if told.login is None:
                login = form.login.strip().lower()
                came = await self._people.first_administrator(
                    form.code, login, form.name.strip()[:200], form.password
                )
            else:
                came = await self._people.choose_password(form.code, form.password)
        except (RefusedError, UsageError) as error:
            return await self.link(request, form, _code_of(error))
        return self._let_in(came, "/")

    async def sign_out(self, request: AnyRequest, csrf: str) -> Redirect:
        bearer = bearer_in(request.scope)
        if bearer is not None and hmac.compare_digest(csrf.encode(), csrf_token(bearer).encode()):
            await self._keys.close_session(bearer)
            gone = self._cookie(COOKIE, "", max_age_s=0)
            return Redirect("/login?out=1", status_code=303, cookies=[gone], headers=PRIVATE)
        return Redirect("/", status_code=303)

    def _let_in(self, came: SignedIn, wanted: str) -> Redirect:
        cookies = [self._cookie(COOKIE, came.bearer, max_age_s=COOKIE_S)]
        if came.browser:
            cookies.append(self._cookie(BROWSER_COOKIE, came.browser, max_age_s=COOKIE_S))
        return Redirect(own_path(wanted), status_code=303, cookies=cookies, headers=PRIVATE)

    def _cookie(self, key: str, value: str, *, max_age_s: int) -> Cookie:
        return Cookie(
            key=key,
            value=value,
            max_age=max_age_s,
            httponly=True,
            samesite="strict",
            secure=self._secure,
        )


def door_handlers(
    keys: KeyRing, people: SignIn, peers: Peers, forms: Forms, *, secure: bool
) -> list[ControllerRouterHandler]:
    door = Door(keys, people, peers, forms, secure=secure)

    @get("/login", include_in_schema=False)
    async def come(
        request: AnyRequest,
        code: FromQuery[str] = "",
        next_: Next = "/",
        out: FromQuery[str] = "",
    ) -> Answer:
        if code:
            return await door.link(request, LinkForm(code=code))
        return forms.signed_out(request, next_, problem=SIGNED_OUT if out else "")

    @post("/login", include_in_schema=False)
    async def sign_in(request: AnyRequest, data: URLEncodedBody[SignInForm]) -> Answer:
        return await door.sign_in(request, data)

    @post("/login/link", include_in_schema=False)
    async def use_link(request: AnyRequest, data: URLEncodedBody[LinkForm]) -> Answer:
        return await door.use_link(request, data)

    @post("/logout", include_in_schema=False)
    async def sign_out(request: AnyRequest, data: URLEncodedBody[SignOutForm]) -> Redirect:
        return await door.sign_out(request, data.csrf)

    return [come, sign_in, use_link, sign_out]


def own_path(wanted: str) -> str:
    """A page of this server, or the first: no link sends anybody elsewhere from here."""
    parts = urlsplit(wanted) if wanted.isprintable() and "\\" not in wanted else None
    if parts is None or parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return "/"
    return "/" if parts.path in {"/login", "/login/link", "/logout"} else wanted


def _here(request: AnyRequest) -> str:
    query = request.url.query
    return f"{quote(request.url.path)}?{query}" if query else quote(request.url.path)


def _code_of(error: OgniwoError) -> str:
    match error:
        case RefusedError(code=code):
            return code
        case WeakPasswordError():
            return "weak_password"
        case _:
            return "bad_login"
