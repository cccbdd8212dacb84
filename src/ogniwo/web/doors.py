"""The application's ports under the names by which request handlers ask for them."""

from collections.abc import Callable
from typing import TypeVar

from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from ogniwo.web import ports
from ogniwo.web.lists import caller_of, cut_of, language_of
from ogniwo.web.live import LiveHub

T = TypeVar("T")

Queries = NamedDependency[SkipValidation[ports.Queries]]
Stations = NamedDependency[SkipValidation[ports.StationAdmin]]
Tokens = NamedDependency[SkipValidation[ports.TokenAdmin]]
Orders = NamedDependency[SkipValidation[ports.Orders]]
Quirks = NamedDependency[SkipValidation[ports.QuirkBook]]
Configuring = NamedDependency[SkipValidation[ports.Configuring]]
Abilities = NamedDependency[SkipValidation[ports.Abilities]]
Hub = NamedDependency[SkipValidation[LiveHub]]


def dependencies(doors: ports.Doors, hub: LiveHub) -> dict[str, Provide]:
    return {
        "queries": _always(doors.queries),
        "admin": _always(doors.stations),
        "token_admin": _always(doors.tokens),
        "orders": _always(doors.orders),
        "abilities": _always(doors.abilities),
        "quirks": _always(doors.quirks),
        "configuring": _always(doors.configuring),
        "hub": _always(hub),
        "cut": Provide(cut_of, sync_to_thread=False),
        "author": Provide(caller_of, sync_to_thread=False),
        "language": Provide(language_of, sync_to_thread=False),
    }


def _always(door: T) -> Provide:
    give: Callable[[], T] = lambda: door  # noqa: E731 - a def would need a name for nothing
    return Provide(give, sync_to_thread=False)
