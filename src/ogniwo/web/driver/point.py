"""The page of a charging point, ``/c/{code}``: look, start, follow, wish, stop, report.

Forms do everything; the script only makes it quicker. Whoever may do what is decided below.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final
from urllib.parse import quote

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response
from litestar.types import ControllerRouterHandler
from msgspec import Struct
from msgspec.structs import replace

from ogniwo.app.driving.charges import WISH_WH_MAX, Look, Visitor
from ogniwo.app.driving.keys import hash_of
from ogniwo.app.driving.problem_reports import TEXT_LENGTH_MAX
from ogniwo.base.errors import RefusedError, UsageError
from ogniwo.base.units import Instant, from_instant, to_instant
from ogniwo.domain.drivers import ProblemKind
from ogniwo.web.driver import figures
from ogniwo.web.driver.pace import Pace
from ogniwo.web.driver.shell import (
    Caller,
    JsonObject,
    Shell,
    from_our_page,
    go,
    json_answer,
)
from ogniwo.web.driver.telling import Now, telling
from ogniwo.web.lists import AnyRequest

LOOKS_PER_MINUTE: Final = 600  # of an address: a car park's phones may share one
STARTS: Final = 6  # of an address at one charging point, in ten minutes
STARTS_ANYWHERE: Final = 30
REPORTS: Final = 5  # of an address, in an hour
_TEN_MINUTES_S: Final = 600
_HOUR_S: Final = 3_600

Page = Response[str] | Redirect


class StartForm(Struct, frozen=True):
    guest: str = ""


class WishForm(Struct, frozen=True):
    departure: str = ""  # "17:30"
    energy: str = ""  # kWh


class ReportForm(Struct, frozen=True):
    kind: str = ""
    text: str = ""


class PointPages:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._driving = shell.driving
        self._looks = Pace(LOOKS_PER_MINUTE, 60)
        self._starts = Pace(STARTS, _TEN_MINUTES_S)
        self._starts_anywhere = Pace(STARTS_ANYWHERE, _TEN_MINUTES_S)
        self._reports = Pace(REPORTS, _HOUR_S)

    async def show(self, request: AnyRequest, code: str, told: str) -> Page:
        caller = await self._shell.caller(request)
        if not self._looks.allows(caller.origin):
            busy = caller.told("too_often")
            return self._shell.page(request, caller, "busy.html", status=429, told=busy)
        look = await self._look(caller, code)
        if look is None:
            return self._nobodys(request, caller)
        favourite = await self._is_favourite(caller.visitor, look)
        return self._shell.page(
            request,
            caller,
            "point.html",
            look=look,
            at=address_of(code),
            now=self._now(caller, look),
            told=caller.told(told),
            favourite=favourite,
            helpline=(await self._driving.rules.rules()).helpline,
        )

    async def live(self, request: AnyRequest, code: str) -> Response[JsonObject]:
        """What the script asks for: the part that moves, and when to ask again."""
        caller = await self._shell.caller(request)
        if not self._looks.allows(caller.origin):
            return json_answer({}, status=429)
        look = await self._look(caller, code)
        if look is None:
            return json_answer({}, status=404)
        now = self._now(caller, look)
        html = self._shell.part(request, "now.html", now=now, at=address_of(code), look=look)
        return json_answer({"html": html, "view": now.view, "say": now.say, "again_s": now.again_s})

    async def start(self, request: AnyRequest, code: str, form: StartForm) -> Page:
        caller = await self._shell.caller(request)
        if not from_our_page(request):
            return _back(code, "elsewhere")
        as_guest = bool(form.guest) or caller.visitor.driver is None
        if as_guest and not form.guest:
            return go(f"/driver/sign-in?to={quote(address_of(code))}")
        few_here = self._starts.allows(caller.origin, code.upper())
        if not few_here or not self._starts_anywhere.allows(caller.origin):
            return _back(code, "too_often")
        visitor, cookies = self._starting(caller.visitor, as_guest=as_guest)
        try:
            charge = await self._driving.charges.start(code, visitor)
        except RefusedError as error:
            return _back(code, error.code)
        return self._nobodys(request, caller) if charge is None else _back(code, cookies=cookies)

    async def stop(self, request: AnyRequest, code: str) -> Page:
        caller = await self._shell.caller(request)
        if not from_our_page(request):
            return _back(code, "elsewhere")
        try:
            stopped = await self._driving.charges.stop(code, caller.visitor)
        except RefusedError:
            return _back(code, "not_stopped")
        return _back(code, "" if stopped else "not_yours")

    async def wish_form(self, request: AnyRequest, code: str, told: str) -> Page:
        caller = await self._shell.caller(request)
        look = await self._look(caller, code)
        if look is None or look.mine is None:
            return _back(code)
        wish = look.mine.wish
        zone = look.place.time_zone
        departure_at = None if wish is None else wish.departure_at
        energy_wh = None if wish is None else wish.energy_wh
        return self._shell.page(
            request,
            caller,
            "wish.html",
            look=look,
            at=address_of(code),
            departure="" if departure_at is None else figures.clock(departure_at, zone),
            energy="" if energy_wh is None else f"{energy_wh / 1000:g}",
            energy_max=WISH_WH_MAX // 1000,
            told=caller.told(told),
        )

    async def wish(self, request: AnyRequest, code: str, form: WishForm) -> Page:
        caller = await self._shell.caller(request)
        look = await self._look(caller, code)
        if not from_our_page(request) or look is None:
            return _back(code, "elsewhere")
        try:
            kept = await self._driving.charges.wish(
                code,
                caller.visitor,
                departure_at=_departure(form.departure, look),
                energy_wh=_watt_hours(form.energy),
            )
        except UsageError:
            return go(f"{address_of(code)}/wish?told=wish_wrong")
        return _back(code, "wish_kept" if kept else "not_yours")

    async def report_form(self, request: AnyRequest, code: str, told: str) -> Page:
        caller = await self._shell.caller(request)
        look = await self._look(caller, code)
        if look is None:
            return self._nobodys(request, caller)
        rules = await self._driving.rules.rules()
        return self._shell.page(
            request,
            caller,
            "report.html",
            look=look,
            at=address_of(code),
            kinds=[it.value for it in ProblemKind],
            text_max=TEXT_LENGTH_MAX,
            helpline=rules.helpline,
            told=caller.told(told),
        )

    async def report(self, request: AnyRequest, code: str, form: ReportForm) -> Page:
        caller = await self._shell.caller(request)
        look = await self._look(caller, code)
        if look is None or not from_our_page(request):
            return _back(code, "elsewhere")
        if form.kind not in {it.value for it in ProblemKind}:
            return go(f"{address_of(code)}/report?told=report_kind")
        if not self._reports.allows(caller.origin):
            return _back(code, "too_often")
        session = None if look.mine is None else look.mine.session
        await self._driving.reports.report(
            look.place,
            caller.visitor,
            kind=ProblemKind(form.kind),
            text=form.text,
            session_id=None if session is None else session.id,
        )
        return _back(code, "reported")

    async def favourite(self, request: AnyRequest, code: str) -> Page:
        """On, or off where it is one."""
        caller = await self._shell.caller(request)
        look = await self._look(caller, code)
        if look is None or caller.visitor.driver is None or not from_our_page(request):
            return _back(code, "elsewhere")
        await self._driving.accounts.turn_favourite(caller.visitor.driver.id, look.place)
        return _back(code)

    def _starting(self, visitor: Visitor, *, as_guest: bool) -> tuple[Visitor, Sequence[Cookie]]:
        if not as_guest:
            return visitor, ()
        if visitor.guest_hash is not None:
            return replace(visitor, driver=None), ()
        secret = self._driving.keys.new_guest()
        return Visitor(guest_hash=hash_of(secret)), [self._shell.guest_cookie(secret)]

    async def _look(self, caller: Caller, code: str) -> Look | None:
        return await self._driving.charges.look(code, caller.visitor)

    @staticmethod
    def _now(caller: Caller, look: Look) -> Now:
        return telling(look, caller.texts, signed_in=caller.visitor.driver is not None)

    async def _is_favourite(self, visitor: Visitor, look: Look) -> bool:
        if visitor.driver is None:
            return False
        found = await self._driving.records.favourites(visitor.driver.id)
        here = look.place.station_id, look.place.evse
        return any((it.station_id, it.evse) == here for it, _ in found)

    def _nobodys(self, request: AnyRequest, caller: Caller) -> Response[str]:
        return self._shell.page(request, caller, "nobodys.html", status=404)


def point_handlers(shell: Shell) -> list[ControllerRouterHandler]:
    pages = PointPages(shell)

    @get("/c/{code:str}", include_in_schema=False)
    async def point(request: AnyRequest, code: FromPath[str], told: FromQuery[str] = "") -> Page:
        return await pages.show(request, code, told)

    @get("/c/{code:str}/live", include_in_schema=False)
    async def live(request: AnyRequest, code: FromPath[str]) -> Response[JsonObject]:
        return await pages.live(request, code)

    @post("/c/{code:str}/start", include_in_schema=False)
    async def start(
        request: AnyRequest, code: FromPath[str], data: URLEncodedBody[StartForm]
    ) -> Page:
        return await pages.start(request, code, data)

    @post("/c/{code:str}/stop", include_in_schema=False)
    async def stop(request: AnyRequest, code: FromPath[str]) -> Page:
        return await pages.stop(request, code)

    @get("/c/{code:str}/wish", include_in_schema=False)
    async def wish_form(
        request: AnyRequest, code: FromPath[str], told: FromQuery[str] = ""
    ) -> Page:
        return await pages.wish_form(request, code, told)

    @post("/c/{code:str}/wish", include_in_schema=False)
    async def wish(
        request: AnyRequest, code: FromPath[str], data: URLEncodedBody[WishForm]
    ) -> Page:
        return await pages.wish(request, code, data)

    @get("/c/{code:str}/report", include_in_schema=False)
    async def report_form(
        request: AnyRequest, code: FromPath[str], told: FromQuery[str] = ""
    ) -> Page:
        return await pages.report_form(request, code, told)

    @post("/c/{code:str}/report", include_in_schema=False)
    async def report(
        request: AnyRequest, code: FromPath[str], data: URLEncodedBody[ReportForm]
    ) -> Page:
        return await pages.report(request, code, data)

    @post("/c/{code:str}/favourite", include_in_schema=False)
    async def favourite(request: AnyRequest, code: FromPath[str]) -> Page:
        return await pages.favourite(request, code)

    return [point, live, start, stop, wish_form, wish, report_form, report, favourite]


def address_of(code: str) -> str:
    return f"/c/{quote(code, safe='*')}"


def _back(code: str, told: str = "", cookies: Sequence[Cookie] = ()) -> Redirect:
    return go(f"{address_of(code)}?told={told}" if told else address_of(code), cookies)


def _departure(text: str, look: Look) -> Instant | None:
    """The next time that the clock at the site shows this. Errors: UsageError."""
    if not text.strip():
        return None
    try:
        wanted = time.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError("write the departure like 17:30") from error
    here = from_instant(look.now).astimezone(figures.zone_of(look.place.time_zone))
    at = datetime.combine(here.date(), wanted.replace(tzinfo=None), tzinfo=here.tzinfo)
    return to_instant(at if at > here else at + timedelta(days=1))


def _watt_hours(text: str) -> int | None:
    """Kilowatt hours, with either decimal sign. Errors: UsageError."""
    if not text.strip():
        return None
    try:
        kilowatt_hours = float(text.strip().replace(",", "."))
    except ValueError as error:
        raise UsageError("write the energy as a number of kWh") from error
    if not 0 < kilowatt_hours <= WISH_WH_MAX / 1000:
        raise UsageError("the energy is out of range")
    return round(kilowatt_hours * 1000)
