"""Drivers: their accounts as an operator keeps them, and the link by which they set a password."""

from typing import Annotated

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from ogniwo.app.driving.accounts import NAME_LENGTH_MAX, DriverChanges
from ogniwo.app.driving.ports import DriverView, InvitedDriver
from ogniwo.app.views import Page
from ogniwo.domain.drivers import EMAIL_LENGTH_MAX
from ogniwo.domain.people import Right
from ogniwo.web.doors import Drivers
from ogniwo.web.lists import Author, Page_, identifier

Email = Annotated[str, Meta(min_length=3, max_length=EMAIL_LENGTH_MAX)]
Name = Annotated[str, Meta(max_length=NAME_LENGTH_MAX)]
Part = Annotated[str | None, QueryParameter(description="Part of the address or the name.")]


class DriverBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A driver to put on file; a token of the account is made with it."""

    email: Email
    name: Name | None = None


class DriverChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field that is left out stays as it is."""

    email: Email | UnsetType = UNSET
    name: Name | UnsetType | None = UNSET
    blocked: bool | UnsetType = UNSET


@get(
    "/drivers",
    summary="List drivers",
    tags=["drivers"],
    opt={"everywhere": True},
)
async def list_drivers(driving: Drivers, cut: Page_, q: Part = None) -> Page[DriverView]:
    """Newest first."""
    return await driving.accounts.drivers(q, cut)


@post(
    "/drivers",
    summary="Put a driver on file",
    tags=["drivers"],
    opt={"right": Right.OPERATE},
)
async def add_driver(driving: Drivers, author: Author, data: JSONBody[DriverBody]) -> InvitedDriver:
    """`invite_url` is shown this once: give it to the driver, who sets a password with it."""
    return await driving.accounts.create(data.email, data.name, author=author.label)


@get(
    "/drivers/{driver_id:str}", summary="Show a driver", tags=["drivers"], opt={"everywhere": True}
)
async def show_driver(driving: Drivers, driver_id: FromPath[str]) -> DriverView:
    """With the tokens that are the driver's."""
    return await driving.accounts.view(_number(driver_id))


@patch(
    "/drivers/{driver_id:str}",
    summary="Change a driver",
    tags=["drivers"],
    opt={"right": Right.OPERATE},
)
async def change_driver(
    driving: Drivers, driver_id: FromPath[str], data: JSONBody[DriverChange]
) -> DriverView:
    """One who is `blocked` is signed out everywhere and can start nothing more."""
    changes = DriverChanges(email=data.email, name=data.name, blocked=data.blocked)
    return await driving.accounts.change(_number(driver_id), changes)


@delete(
    "/drivers/{driver_id:str}",
    summary="Remove a driver",
    tags=["drivers"],
    opt={"right": Right.OPERATE},
)
async def remove_driver(driving: Drivers, driver_id: FromPath[str]) -> None:
    """What was charged stays on file, as nobody's; the driver's tokens are blocked."""
    await driving.accounts.remove(_number(driver_id))


@post(
    "/drivers/{driver_id:str}/invite",
    summary="Make a link to set a password",
    tags=["drivers"],
    status_code=200,
    opt={"right": Right.OPERATE},
)
async def invite_driver(driving: Drivers, driver_id: FromPath[str]) -> InvitedDriver:
    """It works once, for a week; also for a driver who forgot the password."""
    return await driving.accounts.invite(_number(driver_id))


def _number(driver_id: str) -> int:
    return identifier(driver_id, "a driver")


HANDLERS = [list_drivers, add_driver, show_driver, change_driver, remove_driver, invite_driver]
