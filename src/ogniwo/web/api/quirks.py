"""What is done differently for stations of some make: profiles, and what counts for one station."""

from typing import Annotated

from litestar import delete, get, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from ogniwo.app.views import QuirksView, StationView
from ogniwo.base.errors import MissingError, UsageError
from ogniwo.domain.people import Right
from ogniwo.domain.quirks import QuirkChanges, QuirkProfile
from ogniwo.web import ports
from ogniwo.web.doors import Queries, Quirks
from ogniwo.web.lists import Author


class QuirkProfiles(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them, as a file that can be taken to another server."""

    items: Annotated[list[QuirkProfile], Meta(max_length=1_000)]
    built_in: Annotated[
        list[str],
        Meta(
            max_length=1_000,
            description="Names of those that stand as they came with the program; "
            "an import passes over it.",
        ),
    ] = []


@get("/quirk-profiles", summary="List quirk profiles", tags=["stations"])
async def list_profiles(quirks: Quirks) -> QuirkProfiles:
    """Built-in ones and the operator's own, by name."""
    return _all(quirks)


@put(
    "/quirk-profiles",
    summary="Import quirk profiles",
    tags=["stations"],
    opt={"right": Right.OPERATE},
)
async def import_profiles(
    quirks: Quirks, author: Author, data: JSONBody[QuirkProfiles]
) -> QuirkProfiles:
    """Those of the same name are replaced, the others stay."""
    for profile in data.items:
        await quirks.put_profile(profile, author=author.label)
    return _all(quirks)


@put(
    "/quirk-profiles/{name:str}",
    summary="Put a quirk profile on file",
    tags=["stations"],
    opt={"right": Right.OPERATE},
)
async def put_profile(
    quirks: Quirks, author: Author, name: FromPath[str], data: JSONBody[QuirkProfile]
) -> QuirkProfile:
    """It counts from a station's next connection on, everywhere within a second."""
    if data.name != name:
        raise UsageError(f"the profile is called {data.name!r} in the body and {name!r} in the URL")
    await quirks.put_profile(data, author=author.label)
    return data


@delete(
    "/quirk-profiles/{name:str}",
    summary="Remove a quirk profile",
    tags=["stations"],
    opt={"right": Right.OPERATE},
)
async def remove_profile(quirks: Quirks, name: FromPath[str]) -> None:
    """A built-in one of that name counts again."""
    await quirks.remove_profile(name)


@get("/stations/{identity:str}/quirks", summary="Quirks of a station", tags=["stations"])
async def show_quirks(queries: Queries, quirks: Quirks, identity: FromPath[str]) -> QuirksView:
    """What counts for it, and which profiles say so."""
    return quirks.view(identity, await _station(queries, identity))


@put(
    "/stations/{identity:str}/quirks",
    summary="Set a station's own quirks",
    tags=["stations"],
    opt={"right": Right.OPERATE},
)
async def set_quirks(
    queries: Queries,
    quirks: Quirks,
    author: Author,
    identity: FromPath[str],
    data: JSONBody[QuirkChanges],
) -> QuirksView:
    """They count before all profiles; with nothing in it the station has none of its own."""
    station = await _station(queries, identity)
    await quirks.put_own(identity, data, author=author.label)
    return quirks.view(identity, station)


def _all(quirks: ports.QuirkBook) -> QuirkProfiles:
    return QuirkProfiles(items=quirks.profiles(), built_in=quirks.built_in())


async def _station(queries: Queries, identity: str) -> StationView:
    station = await queries.station(identity)
    if station is None:
        raise MissingError("station", identity)
    return station


HANDLERS = [list_profiles, import_profiles, put_profile, remove_profile, show_quirks, set_quirks]
