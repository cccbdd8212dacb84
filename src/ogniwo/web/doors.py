"""The application's ports under the names by which request handlers ask for them."""

from collections.abc import Callable
from typing import TypeVar

from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from ogniwo.app.driving.office import Driving
from ogniwo.web import ports
from ogniwo.web.lists import AnyRequest, caller_of, cut_of, language_of
from ogniwo.web.live import LiveHub
from ogniwo.web.peers import Peers
from ogniwo.web.rights import PermittedOrders

T = TypeVar("T")

Queries = NamedDependency[SkipValidation[ports.Queries]]
Stations = NamedDependency[SkipValidation[ports.StationAdmin]]
System = NamedDependency[SkipValidation[ports.System]]
Sites = NamedDependency[SkipValidation[ports.SiteAdmin]]
Tokens = NamedDependency[SkipValidation[ports.TokenAdmin]]
Orders = NamedDependency[SkipValidation[ports.Orders]]
Quirks = NamedDependency[SkipValidation[ports.QuirkBook]]
Configuring = NamedDependency[SkipValidation[ports.Configuring]]
Abilities = NamedDependency[SkipValidation[ports.Abilities]]
Repairs = NamedDependency[SkipValidation[ports.Repairs]]
MassOrders = NamedDependency[SkipValidation[ports.MassOrders]]
Notes = NamedDependency[SkipValidation[ports.Notes]]
People = NamedDependency[SkipValidation[ports.People]]
SignIn = NamedDependency[SkipValidation[ports.SignIn]]
Preferences = NamedDependency[SkipValidation[ports.Preferences]]
Keys = NamedDependency[SkipValidation[ports.KeyRing]]
ApiTokens = NamedDependency[SkipValidation[ports.ApiTokens]]
Drivers = NamedDependency[SkipValidation[Driving]]
Whence = NamedDependency[SkipValidation[Peers]]
Hub = NamedDependency[SkipValidation[LiveHub]]


def dependencies(doors: ports.Doors, hub: LiveHub, peers: Peers) -> dict[str, Provide]:
    return {
        "queries": Provide(_queries_of(doors.queries), sync_to_thread=False),
        "admin": _always(doors.stations),
        "system": _always(doors.system),
        "site_admin": _always(doors.sites),
        "token_admin": _always(doors.tokens),
        "orders": Provide(_orders_of(doors.orders), sync_to_thread=False),
        "abilities": _always(doors.abilities),
        "quirks": _always(doors.quirks),
        "configuring": _always(doors.configuring),
        "repairs": _always(doors.repairs),
        "jobs": _always(doors.jobs),
        "notes": _always(doors.notes),
        "people": _always(doors.people),
        "sign_in": _always(doors.sign_in),
        "preferences": _always(doors.preferences),
        "keys": _always(doors.keys),
        "api_tokens": _always(doors.api_tokens),
        "driving": _always(doors.driving),
        "peers": _always(peers),
        "hub": _always(hub),
        "cut": Provide(cut_of, sync_to_thread=False),
        "author": Provide(caller_of, sync_to_thread=False),
        "language": Provide(language_of, sync_to_thread=False),
    }


def _queries_of(queries: ports.Queries) -> Callable[[AnyRequest], ports.Queries]:
    def give(request: AnyRequest) -> ports.Queries:
        """As far as the caller may see."""
        return queries.within(caller_of(request).sites)

    return give


def _orders_of(orders: ports.Orders) -> Callable[[AnyRequest], ports.Orders]:
    def give(request: AnyRequest) -> ports.Orders:
        return PermittedOrders(orders, caller_of(request))

    return give


def _always(door: T) -> Provide:
    give: Callable[[], T] = lambda: door  # noqa: E731 - a def would need a name for nothing
    return Provide(give, sync_to_thread=False)
