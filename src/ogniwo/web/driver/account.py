"""The driver's account: the way in and out, own sessions, cards, favourites, and its end."""

import json
from itertools import groupby
from typing import Final
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from ogniwo.app.driving.ports import PastSession
from ogniwo.app.filters import Cut
from ogniwo.app.passwords import LENGTH_MIN
from ogniwo.base.errors import MissingError, RefusedError, UsageError
from ogniwo.base.limits import PAGE_ROWS_MAX
from ogniwo.base.units import to_rfc3339
from ogniwo.domain.access import Token, TokenStatus, TokenType
from ogniwo.domain.drivers import Driver, masked
from ogniwo.web.driver import figures
from ogniwo.web.driver.pace import Pace
from ogniwo.web.driver.point import address_of
from ogniwo.web.driver.shell import HOME, Shell, from_our_page, go, own_path
from ogniwo.web.lists import AnyRequest
from ogniwo.web.texts import Catalogue

TRIES: Final = 20  # to sign in, of an address in a quarter of an hour
TRIES_ONE: Final = 10  # at one account
REGISTERS: Final = 5  # of an address in an hour
SHOWN: Final = 300  # sessions read for a page: more than a month has
EXPORTED_MAX: Final = 10_000
_QUARTER_S: Final = 900
_HOUR_S: Final = 3_600

Page = Response[str] | Redirect


class SignInForm(Struct, frozen=True):
    email: str = ""
    password: str = ""
    to: str = ""


class InviteForm(Struct, frozen=True):
    code: str = ""
    password: str = ""


class PasswordForm(Struct, frozen=True):
    old: str = ""
    new: str = ""


class LostForm(Struct, frozen=True):
    """Its place in the list and what is shown of it, never its uid."""

    number: str = ""
    shown: str = ""


class EndForm(Struct, frozen=True):
    password: str = ""


class PastLine(Struct, frozen=True, kw_only=True):
    id: str
    at: str
    where: str
    energy: str
    time: str
    running: bool


class PastMonth(Struct, frozen=True, kw_only=True):
    name: str
    energy: str
    told: str
    lines: list[PastLine]


class CardLine(Struct, frozen=True, kw_only=True):
    """``shown`` is masked; empty for what belongs to the account itself."""

    number: int
    shown: str
    status: str
    losable: bool


class AccountPages:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._accounts = shell.driving.accounts
        self._tries = Pace(TRIES, _QUARTER_S)
        self._tries_one = Pace(TRIES_ONE, _QUARTER_S)
        self._registers = Pace(REGISTERS, _HOUR_S)

    # -- in and out --------------------------------------------------------------------------

    async def sign_in_form(
        self, request: AnyRequest, to: str, told: str = "", status: int = 200
    ) -> Page:
        caller = await self._shell.caller(request)
        rules = await self._shell.driving.rules.rules()
        return self._shell.page(
            request,
            caller,
            "sign_in.html",
            status=status,
            to=own_path(to),
            may_register=rules.self_registration,
            told=caller.told(told),
        )

    async def sign_in(self, request: AnyRequest, form: SignInForm) -> Page:
        caller = await self._shell.caller(request)
        if not from_our_page(request):
            return await self.sign_in_form(request, form.to, "elsewhere")
        email = form.email.strip().lower()
        if not self._tries.allows(caller.origin) or not self._tries_one.allows(email):
            return await self.sign_in_form(request, form.to, "too_often", 429)
        try:
            secret = await self._accounts.sign_in(form.email, form.password)
        except RefusedError:  # many sign in at this moment
            return await self.sign_in_form(request, form.to, "too_often", 429)
        if secret is None:
            return await self.sign_in_form(request, form.to, "wrong")
        return self._shell.signed_in(secret, own_path(form.to))

    async def sign_out(self, request: AnyRequest) -> Page:
        caller = await self._shell.caller(request)
        if caller.secret and from_our_page(request):
            await self._shell.driving.keys.close(caller.secret)
        return self._shell.signed_out(f"{HOME}/sign-in")

    async def register_form(self, request: AnyRequest, to: str, told: str = "") -> Page:
        caller = await self._shell.caller(request)
        if not (await self._shell.driving.rules.rules()).self_registration:
            return go(f"{HOME}/sign-in")
        return self._shell.page(
            request,
            caller,
            "register.html",
            to=own_path(to),
            length_min=LENGTH_MIN,
            told=caller.told(told),
        )

    async def register(self, request: AnyRequest, form: SignInForm) -> Page:
        caller = await self._shell.caller(request)
        allowed = (await self._shell.driving.rules.rules()).self_registration
        if not allowed or not from_our_page(request):
            return go(f"{HOME}/sign-in")
        if not self._registers.allows(caller.origin):
            return await self.register_form(request, form.to, "too_often")
        try:
            await self._accounts.register(form.email, form.password)
        except (UsageError, RefusedError):
            return await self.register_form(request, form.to, "not_registered")
        # The same for an address that had an account: nobody finds out here who has one.
        return go(f"{HOME}/sign-in?told=registered&to={quote(own_path(form.to))}")

    async def invite_form(self, request: AnyRequest, code: str, told: str = "") -> Page:
        caller = await self._shell.caller(request)
        driver = await self._shell.driving.keys.invited(code)
        return self._shell.page(
            request,
            caller,
            "invite.html",
            code=code,
            invited=driver,
            length_min=LENGTH_MIN,
            told=caller.told(told),
        )

    async def invite(self, request: AnyRequest, form: InviteForm) -> Page:
        if not from_our_page(request):
            return await self.invite_form(request, form.code, "elsewhere")
        try:
            secret = await self._accounts.set_password(form.code, form.password)
        except (UsageError, RefusedError):
            return await self.invite_form(request, form.code, "bad_password")
        if secret is None:
            return await self.invite_form(request, "")
        return self._shell.signed_in(secret, HOME)

    # -- what is the driver's own ------------------------------------------------------------

    async def home(self, request: AnyRequest, told: str) -> Page:
        caller = await self._shell.caller(request)
        driver = caller.visitor.driver
        if driver is None:
            return go(f"{HOME}/sign-in")
        tokens = await self._accounts.cards(driver.id)
        running = await self._shell.driving.records.running_sessions([it.uid for it in tokens])
        going = []
        for it in running:
            past = await self._shell.driving.records.past_one(it.id)
            if past is not None and it.evse is not None:
                code = await self._shell.driving.codes.code_of(past.identity, it.evse)
                going.append((address_of(code), past.station_name or past.identity))
        favourites = [
            (
                address_of(await self._shell.driving.codes.code_of(it.identity, it.evse)),
                it.name or it.identity,
                it.evse,
                it.address,
            )
            for _, it in await self._shell.driving.records.favourites(driver.id)
        ]
        return self._shell.page(
            request,
            caller,
            "home.html",
            favourites=favourites,
            going=going,
            told=caller.told(told),
        )

    async def sessions(self, request: AnyRequest, cursor: str) -> Page:
        caller = await self._shell.caller(request)
        driver = caller.visitor.driver
        if driver is None:
            return go(f"{HOME}/sign-in?to={quote(HOME + '/sessions')}")
        cut = Cut(limit=SHOWN, cursor=cursor or None)
        tokens = await self._accounts.cards(driver.id)
        found = await self._shell.driving.records.past(tokens, since=0, cut=cut)
        months, more = _months(found.items, caller.texts), None
        if found.next_cursor is not None:  # a month is shown whole, with its sum
            months = months[:-1] or months
            more = months[-1].lines[-1].id
        return self._shell.page(request, caller, "sessions.html", months=months, more=more)

    async def session(self, request: AnyRequest, session_id: str) -> Page:
        caller = await self._shell.caller(request)
        past = await self._own(caller.visitor.driver, session_id)
        if past is None:
            return self._shell.page(request, caller, "nobodys.html", status=404)
        session, zone = past.session, past.time_zone
        token = "" if session.token is None else masked(session.token.uid)
        return self._shell.page(
            request,
            caller,
            "session.html",
            line=_line(past, caller.texts),
            began=figures.moment(session.started_at, zone),
            ended="" if session.ended_at is None else figures.moment(session.ended_at, zone),
            evse=session.evse,
            card=token,
            zone=zone,
        )

    async def cards(self, request: AnyRequest, told: str) -> Page:
        caller = await self._shell.caller(request)
        driver = caller.visitor.driver
        if driver is None:
            return go(f"{HOME}/sign-in?to={quote(HOME + '/cards')}")
        tokens = await self._accounts.cards(driver.id)
        lines = [_card(number, it) for number, it in enumerate(tokens)]
        return self._shell.page(request, caller, "cards.html", cards=lines, told=caller.told(told))

    async def lost(self, request: AnyRequest, form: LostForm) -> Page:
        caller = await self._shell.caller(request)
        driver = caller.visitor.driver
        if driver is None or not from_our_page(request):
            return go(f"{HOME}/sign-in")
        shown = {
            (str(number), masked(it.uid)): it.uid
            for number, it in enumerate(await self._accounts.cards(driver.id))
        }
        try:
            await self._accounts.report_lost(driver.id, shown.get((form.number, form.shown), ""))
        except MissingError:
            return go(f"{HOME}/cards")
        return go(f"{HOME}/cards?told=card_blocked")

    async def settings(self, request: AnyRequest, told: str = "") -> Page:
        caller = await self._shell.caller(request)
        if caller.visitor.driver is None:
            return go(f"{HOME}/sign-in?to={quote(HOME + '/settings')}")
        return self._shell.page(
            request, caller, "settings.html", length_min=LENGTH_MIN, told=caller.told(told)
        )

    async def password(self, request: AnyRequest, form: PasswordForm) -> Page:
        caller = await self._shell.caller(request)
        driver = caller.visitor.driver
        if driver is None or not from_our_page(request):
            return go(f"{HOME}/sign-in")
        if not self._tries_one.allows(driver.email):
            return go(f"{HOME}/settings?told=too_often")
        try:
            done = await self._accounts.change_password(
                driver, form.old, form.new, browser=caller.secret
            )
        except (UsageError, RefusedError):
            return go(f"{HOME}/settings?told=bad_password")
        return go(f"{HOME}/settings?told={'password_changed' if done else 'wrong_password'}")

    async def export(self, request: AnyRequest) -> Response[bytes] | Redirect:
        """Everything that is kept of the driver, as JSON."""
        caller = await self._shell.caller(request)
        driver = caller.visitor.driver
        if driver is None:
            return go(f"{HOME}/sign-in")
        tokens = await self._accounts.cards(driver.id)
        past: list[PastSession] = []
        cursor: str | None = None
        while len(past) < EXPORTED_MAX:
            cut = Cut(limit=PAGE_ROWS_MAX, cursor=cursor)
            page = await self._shell.driving.records.past(tokens, since=0, cut=cut)
            past += page.items
            if (cursor := page.next_cursor) is None:
                break
        favourites = await self._shell.driving.records.favourites(driver.id)
        reports = await self._shell.driving.records.reports_of(driver.id)
        whole = {
            "email": driver.email,
            "name": driver.name,
            "since": to_rfc3339(driver.created_at),
            "cards": [{"number": masked(it.uid), "status": it.status.value} for it in tokens],
            "favourites": [{"station": it.identity, "evse": it.evse} for _, it in favourites],
            "reports": [{"at": to_rfc3339(it.created_at), "text": it.text} for it in reports],
            "sessions": [_exported(it) for it in past],
        }
        headers = {
            "content-disposition": 'attachment; filename="charging.json"',
            "cache-control": "no-store",
        }
        body = json.dumps(whole, ensure_ascii=False, indent=1).encode()
        return Response(body, media_type="application/json", headers=headers)

    async def end(self, request: AnyRequest, form: EndForm) -> Page:
        caller = await self._shell.caller(request)
        driver = caller.visitor.driver
        if driver is None or not from_our_page(request):
            return go(f"{HOME}/sign-in")
        if not self._tries_one.allows(driver.email):
            return go(f"{HOME}/settings?told=too_often")
        if not await self._accounts.is_password(driver, form.password):
            return go(f"{HOME}/settings?told=wrong_password")
        await self._accounts.remove(driver.id)
        return self._shell.signed_out(f"{HOME}/sign-in?told=account_gone")

    async def _own(self, driver: Driver | None, session_id: str) -> PastSession | None:
        """One of another driver is like one that does not exist."""
        if driver is None or not session_id.isascii() or not session_id.isdecimal():
            return None
        past = await self._shell.driving.records.past_one(int(session_id[:19]))
        if past is None or past.session.token is None:
            return None
        uid, heard_at = past.session.token.uid, past.session.received_at
        mine = await self._accounts.cards(driver.id)
        owned = any(it.uid == uid and heard_at >= (it.driver_since or 0) for it in mine)
        return past if owned else None


def account_handlers(shell: Shell) -> list[ControllerRouterHandler]:
    pages = AccountPages(shell)
    return [*_ways_in(pages), *_own_pages(pages)]


def _ways_in(pages: AccountPages) -> list[ControllerRouterHandler]:
    @get(f"{HOME}/sign-in", include_in_schema=False)
    async def sign_in_form(
        request: AnyRequest, to: FromQuery[str] = "", told: FromQuery[str] = ""
    ) -> Page:
        return await pages.sign_in_form(request, to, told)

    @post(f"{HOME}/sign-in", include_in_schema=False)
    async def sign_in(request: AnyRequest, data: URLEncodedBody[SignInForm]) -> Page:
        return await pages.sign_in(request, data)

    @post(f"{HOME}/sign-out", include_in_schema=False)
    async def sign_out(request: AnyRequest) -> Page:
        return await pages.sign_out(request)

    @get(f"{HOME}/register", include_in_schema=False)
    async def register_form(request: AnyRequest, to: FromQuery[str] = "") -> Page:
        return await pages.register_form(request, to)

    @post(f"{HOME}/register", include_in_schema=False)
    async def register(request: AnyRequest, data: URLEncodedBody[SignInForm]) -> Page:
        return await pages.register(request, data)

    @get(f"{HOME}/invite", include_in_schema=False)
    async def invite_form(request: AnyRequest, code: FromQuery[str] = "") -> Page:
        return await pages.invite_form(request, code)

    @post(f"{HOME}/invite", include_in_schema=False)
    async def invite(request: AnyRequest, data: URLEncodedBody[InviteForm]) -> Page:
        return await pages.invite(request, data)

    return [sign_in_form, sign_in, sign_out, register_form, register, invite_form, invite]


def _own_pages(pages: AccountPages) -> list[ControllerRouterHandler]:
    @get(HOME, include_in_schema=False)
    async def home(request: AnyRequest, told: FromQuery[str] = "") -> Page:
        return await pages.home(request, told)

    @get(f"{HOME}/sessions", include_in_schema=False)
    async def sessions(request: AnyRequest, cursor: FromQuery[str] = "") -> Page:
        return await pages.sessions(request, cursor)

    @get(f"{HOME}/sessions/{{session_id:str}}", include_in_schema=False)
    async def session(request: AnyRequest, session_id: FromPath[str]) -> Page:
        return await pages.session(request, session_id)

    @get(f"{HOME}/cards", include_in_schema=False)
    async def cards(request: AnyRequest, told: FromQuery[str] = "") -> Page:
        return await pages.cards(request, told)

    @post(f"{HOME}/cards/lost", include_in_schema=False)
    async def lost(request: AnyRequest, data: URLEncodedBody[LostForm]) -> Page:
        return await pages.lost(request, data)

    @get(f"{HOME}/settings", include_in_schema=False)
    async def settings(request: AnyRequest, told: FromQuery[str] = "") -> Page:
        return await pages.settings(request, told)

    @post(f"{HOME}/password", include_in_schema=False)
    async def password(request: AnyRequest, data: URLEncodedBody[PasswordForm]) -> Page:
        return await pages.password(request, data)

    @get(f"{HOME}/export", include_in_schema=False)
    async def export(request: AnyRequest) -> Response[bytes] | Redirect:
        return await pages.export(request)

    @post(f"{HOME}/end", include_in_schema=False)
    async def end(request: AnyRequest, data: URLEncodedBody[EndForm]) -> Page:
        return await pages.end(request, data)

    return [home, sessions, session, cards, lost, settings, password, export, end]


def _months(past: list[PastSession], texts: Catalogue) -> list[PastMonth]:
    """By the months of the site's own clock, newest first."""

    def month(it: PastSession) -> tuple[int, int]:
        began = figures.local(it.session.started_at, it.time_zone)
        return began.year, began.month

    return [
        PastMonth(
            name=f"{texts.text(f'driver.month.{number}')} {year}",
            energy=figures.energy(texts, sum(it.session.energy_wh or 0 for it in its)),
            told=texts.text("driver.sessions.count", count=str(len(its))),
            lines=[_line(it, texts) for it in its],
        )
        for (year, number), its in ((key, list(group)) for key, group in groupby(past, month))
    ]


def _line(past: PastSession, texts: Catalogue) -> PastLine:
    session = past.session
    ended_at = session.ended_at or session.sampled_at or session.started_at
    return PastLine(
        id=str(session.id),
        at=figures.moment(session.started_at, past.time_zone),
        where=past.station_name or past.identity,
        energy=figures.energy(texts, session.energy_wh),
        time=figures.span(ended_at - session.started_at),
        running=session.running,
    )


def _card(number: int, token: Token) -> CardLine:
    app = token.type is TokenType.APP
    return CardLine(
        number=number,
        shown="" if app else masked(token.uid),
        status=token.status.value,
        losable=not app and token.status is TokenStatus.ACCEPTED,
    )


def _exported(past: PastSession) -> dict[str, object]:
    session = past.session
    return {
        "station": past.identity,
        "evse": session.evse,
        "began_at": to_rfc3339(session.started_at),
        "ended_at": None if session.ended_at is None else to_rfc3339(session.ended_at),
        "energy_wh": session.energy_wh,
        "card": None if session.token is None else masked(session.token.uid),
    }
