"""What all of the driver's pages share: who asks, cookies, and how an answer leaves."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar import MediaType
from litestar.datastructures import Cookie
from litestar.response import Redirect, Response
from msgspec import Struct

from ogniwo.app.driving.charges import Visitor
from ogniwo.app.driving.keys import SECRET_LENGTH_MAX, hash_of
from ogniwo.app.driving.office import Driving
from ogniwo.web.gate import same_origin
from ogniwo.web.lists import AnyRequest
from ogniwo.web.peers import Peers
from ogniwo.web.preferences import language_of
from ogniwo.web.templates import PRIVATE, Templates
from ogniwo.web.texts import Catalogue, Language, catalogue

DRIVER_COOKIE: Final = "ogniwo_driver"
GUEST_COOKIE: Final = "ogniwo_guest"
HOME: Final = "/driver"
DRIVER_S: Final = 90 * 24 * 3_600
GUEST_S: Final = 2 * 24 * 3_600

JsonObject = Mapping[str, object]


class Caller(Struct, frozen=True, kw_only=True):
    """Who asks, and how to speak to them."""

    visitor: Visitor
    texts: Catalogue
    secret: str  # of the browser that is signed in, or ""
    origin: str

    @property
    def language(self) -> Language:
        return self.texts.language

    def told(self, word: str) -> str:
        """A sentence of ours for the word in the address; anything else says nothing."""
        key = f"driver.told.{word}"
        return self.texts.text(key) if word and self.texts.has(key) else ""


class Shell:
    def __init__(
        self, driving: Driving, templates: Templates, peers: Peers, *, secure: bool
    ) -> None:
        self.driving = driving
        self._templates = templates
        self._peers = peers
        self._secure = secure

    async def caller(self, request: AnyRequest) -> Caller:
        secret = _short(request.cookies.get(DRIVER_COOKIE))
        driver = await self.driving.keys.signed_in(secret) if secret else None
        guest = _short(request.cookies.get(GUEST_COOKIE))
        return Caller(
            visitor=Visitor(driver=driver, guest_hash=hash_of(guest) if guest else None),
            texts=catalogue(language_of(request)),
            secret=secret if driver is not None else "",
            origin=self._peers.of(request.scope),
        )

    def page(
        self,
        request: AnyRequest,
        caller: Caller,
        template: str,
        *,
        status: int = 200,
        **values: object,
    ) -> Response[str]:
        driver = caller.visitor.driver
        return self._templates.page(
            request, f"driver/{template}", status=status, driver=driver, **values
        )

    def part(self, request: AnyRequest, template: str, **values: object) -> str:
        """Of a page, to be put in place by its script."""
        return self._templates.text(request, f"driver/{template}", **values)

    def cookie(self, name: str, value: str, max_age_s: int, *, path: str = "/") -> Cookie:
        """Lax: a code that was scanned opens its page as whoever is signed in."""
        return Cookie(
            key=name,
            value=value,
            max_age=max_age_s,
            path=path,
            httponly=True,
            samesite="lax",
            secure=self._secure,
        )

    def signed_in(self, secret: str, to: str) -> Redirect:
        return go(to, cookies=[self.cookie(DRIVER_COOKIE, secret, DRIVER_S)])

    def signed_out(self, to: str) -> Redirect:
        return go(to, cookies=[self.cookie(DRIVER_COOKIE, "", 0)])

    def guest_cookie(self, secret: str) -> Cookie:
        return self.cookie(GUEST_COOKIE, secret, GUEST_S, path="/c")


def go(to: str, cookies: Sequence[Cookie] = ()) -> Redirect:
    return Redirect(to, status_code=303, cookies=cookies, headers=PRIVATE)


def json_answer(value: JsonObject, *, status: int = 200) -> Response[JsonObject]:
    return Response(value, headers=PRIVATE, media_type=MediaType.JSON, status_code=status)


def from_our_page(request: AnyRequest) -> bool:
    """With cookies that only a visit from here carries, no other site acts for a visitor."""
    return same_origin(request.scope)


def own_path(text: str) -> str:
    """Where to go on after signing in: only to a page of ours."""
    ours = text.startswith(("/c/", HOME)) and "\\" not in text and text.isprintable()
    return text if ours else HOME


def _short(secret: str | None) -> str:
    return secret if secret and len(secret) <= SECRET_LENGTH_MAX else ""
