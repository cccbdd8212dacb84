"""What a caller may do and where: asked once, before the handler of any address of the API.

A handler names the right it takes in ``opt``, or several of which one is enough; reading takes
``read``, and a change that names none takes ``administer``. Who is limited to sites finds only
their stations, and what belongs to them, behind an address; what is of no station is changed by
those who are not limited, unless ``everywhere`` in ``opt`` says otherwise.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import Guard

from ogniwo.app.requests import Principal
from ogniwo.app.views import CommandView
from ogniwo.base.errors import MissingError
from ogniwo.domain.orders import AnyOrder, RawCall
from ogniwo.domain.people import NotPermittedError, Right, Sites, check_right
from ogniwo.web.gate import SAFE_METHODS, principal_in
from ogniwo.web.orders import ORDERS as ORDER_BODIES
from ogniwo.web.ports import Orders, Queries, RawAnswer

RIGHT: Final = "right"
EVERYWHERE: Final = "everywhere"
BY_ORDER: Final = tuple(sorted({order.right for order in ORDER_BODIES}))
"""The right that the order itself takes, whichever it is."""

Connection: TypeAlias = ASGIConnection[Any, Any, Any, Any]
Find = Callable[[Queries, str], Awaitable[object]]

# What in an address leads to a station, and how somebody who is limited would find it.
_LEADING: Final[Mapping[str, tuple[str, Find]]] = {
    "identity": ("station", lambda queries, name: queries.station(name)),
    "session_id": ("session", lambda queries, name: queries.session(name)),
    "command_id": ("command", lambda queries, name: queries.command(name)),
}


def rights_of(handler: BaseRouteHandler, method: str) -> tuple[Right, ...]:
    """Those of which a caller must have one."""
    named = handler.opt.get(RIGHT)
    if named is None:
        return (Right.READ if method in SAFE_METHODS else Right.ADMINISTER,)
    return (named,) if isinstance(named, Right) else tuple(named)


def for_everywhere(handler: BaseRouteHandler, method: str, leads: bool) -> bool:  # noqa: FBT001 - a fact of the address
    """Is it for those alone who are not limited to sites?"""
    return bool(handler.opt.get(EVERYWHERE, method not in SAFE_METHODS and not leads))


def needs_of(app: Litestar) -> Iterator[tuple[str, str, tuple[Right, ...], bool]]:
    """Address, method, rights, and whether for everywhere: of everything that is served."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        leads = any(name in _LEADING for name in route.path_parameters)
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods):
                rights = rights_of(handler, method)
                yield route.path_format, method, rights, for_everywhere(handler, method, leads)


def permitting(queries: Queries) -> Guard:
    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        principal = principal_in(connection.scope)
        if principal is None:
            raise NotPermittedError("sign in first")
        method = _method_of(connection)
        check_right(principal.rights, *rights_of(handler, method))
        if principal.sites is not None:
            await _check_sites(connection, handler, queries.within(principal.sites))

    return guard


async def _check_sites(connection: Connection, handler: BaseRouteHandler, queries: Queries) -> None:
    leading = connection.path_params.keys() & _LEADING
    if for_everywhere(handler, _method_of(connection), bool(leading)):
        raise NotPermittedError(
            "you are limited to some sites, and this is for those who look after all of them"
        )
    for name in leading:
        kind, find = _LEADING[name]
        wanted = str(connection.path_params[name])
        if await find(queries, wanted) is None:
            raise MissingError(kind, wanted)


def _method_of(connection: Connection) -> str:
    return str(connection.scope.get("method", "GET"))


def check_site(sites: Sites | None, site_id: object) -> None:
    """May somebody limited to these put a station there? Errors: NotPermittedError."""
    if sites is not None and site_id not in {str(it) for it in sites}:
        named = ", ".join(map(str, sorted(sites)))
        raise NotPermittedError(f"you look after some sites only: name one of {named} as site_id")


class PermittedOrders:
    """``Orders`` for one caller, who must have the right that each order takes."""

    def __init__(self, orders: Orders, principal: Principal) -> None:
        self._orders = orders
        self._rights = principal.rights

    async def order(
        self,
        identity: str,
        order: AnyOrder,
        *,
        author: str,
        deadline_s: int | None,
        idempotency_key: str | None,
        wait_s: float = 0,
    ) -> CommandView:
        check_right(self._rights, order.right)
        return await self._orders.order(
            identity,
            order,
            author=author,
            deadline_s=deadline_s,
            idempotency_key=idempotency_key,
            wait_s=wait_s,
        )

    async def raw(
        self, identity: str, action: str, payload: bytes, *, author: str, timeout_s: float
    ) -> RawAnswer:
        check_right(self._rights, RawCall.right)
        return await self._orders.raw(identity, action, payload, author=author, timeout_s=timeout_s)
