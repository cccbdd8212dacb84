"""What drivers may do: everywhere, at a site, at a station; and the helpline they are told."""

from typing import Annotated

from litestar import get, patch, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict, replace

from ogniwo.app.driving.house_rules import HELPLINE_LENGTH_MAX, Rules
from ogniwo.base.errors import MissingError
from ogniwo.domain.people import Right
from ogniwo.web.doors import Drivers, Queries
from ogniwo.web.lists import Author, identifier


class RulesChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field that is left out stays as it is."""

    self_registration: bool | UnsetType = UNSET
    guest_charging: bool | UnsetType = UNSET
    helpline: (
        Annotated[
            str,
            Meta(
                max_length=HELPLINE_LENGTH_MAX,
                pattern=r"^\+?[0-9][0-9 ()-]*$",
                description="A telephone number, as it is to be read.",
            ),
        ]
        | UnsetType
        | None
    ) = UNSET


class Guests(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`null`: as the site, or as everywhere."""

    guest_charging: bool | None


@get("/driver-rules", summary="What drivers may do", tags=["drivers"])
async def show_rules(driving: Drivers) -> Rules:
    """A station's rule comes before its site's, and that before the one for everywhere."""
    return await driving.rules.rules()


@patch(
    "/driver-rules",
    summary="Change what drivers may do",
    tags=["drivers"],
    opt={"right": Right.ADMINISTER},
)
async def change_rules(driving: Drivers, author: Author, data: JSONBody[RulesChange]) -> Rules:
    """Self-registration and guests are off until somebody turns them on."""
    told = {name: value for name, value in asdict(data).items() if value is not UNSET}
    rules = replace(await driving.rules.rules(), **told)
    await driving.rules.put(rules, author=author.label)
    return rules


@put(
    "/driver-rules/stations/{identity:str}",
    summary="Guests at a station",
    tags=["drivers"],
    opt={"right": Right.OPERATE},
)
async def put_station_rule(
    driving: Drivers,
    queries: Queries,
    author: Author,
    identity: FromPath[str],
    data: JSONBody[Guests],
) -> Rules:
    """Whether a guest, without an account, may charge at this station."""
    if data.guest_charging is not None and await queries.station(identity) is None:
        raise MissingError("station", identity)
    await driving.rules.put_place(
        station_id=identity, guests=data.guest_charging, author=author.label
    )
    return await driving.rules.rules()


@put(
    "/driver-rules/sites/{site_id:str}",
    summary="Guests at a site",
    tags=["drivers"],
    opt={"right": Right.OPERATE},
)
async def put_site_rule(
    driving: Drivers,
    queries: Queries,
    author: Author,
    site_id: FromPath[str],
    data: JSONBody[Guests],
) -> Rules:
    """Whether guests may charge at the stations of this site."""
    site = identifier(site_id, "a site")
    if data.guest_charging is not None and await queries.site(site_id) is None:
        raise MissingError("site", site_id)
    await driving.rules.put_place(site_id=site, guests=data.guest_charging, author=author.label)
    return await driving.rules.rules()


HANDLERS = [show_rules, change_rules, put_station_rule, put_site_rule]
