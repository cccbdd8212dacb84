"""The people who sign in: list, one, let in, change, remove, and a link to choose a password."""

from datetime import datetime
from typing import Annotated, Final

from litestar import delete, get, patch, post
from litestar.datastructures import ResponseHeader
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import UNSET, Meta, Struct, UnsetType

from ogniwo.app.requests import PersonChanges, PersonInput
from ogniwo.app.views import Page, PersonView
from ogniwo.base.units import from_instant
from ogniwo.domain.people import LOGIN_PATTERN, RIGHTS, Right, Role
from ogniwo.web.addresses import API
from ogniwo.web.doors import People
from ogniwo.web.lists import AnyRequest, Author, SiteIds, identifier, to_sites
from ogniwo.web.texts import Language

RULES: Final = {"right": Right.ADMINISTER, "everywhere": True}

Name = Annotated[str, Meta(max_length=200)]
Password = Annotated[
    str,
    Meta(
        min_length=10,
        max_length=256,
        description="To begin with: its owner chooses another one at the first sign-in.",
    ),
]


class UserBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to let in; without a password, send an invitation."""

    login: Annotated[str, Meta(pattern=LOGIN_PATTERN)]
    name: Name = ""
    role: Role
    sites: SiteIds = None
    language: Language | None = None
    password: Password | None = None


class UserChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; a field that is left out stays. Who is blocked is signed out at once."""

    name: Name | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    sites: SiteIds | UnsetType = UNSET
    language: Language | UnsetType | None = UNSET
    blocked: bool | UnsetType = UNSET
    password: Password | UnsetType = UNSET


class InvitationView(Struct, frozen=True, kw_only=True):
    """``path`` is good once, at any address of this server; ``url`` is the one it was asked at."""

    url: str
    path: str
    expires_at: datetime


@get("/users", summary="List users", tags=["users"], opt=RULES)
async def list_users(people: People) -> Page[PersonView]:
    """All of them, by login."""
    return Page(items=await people.people())


@post(
    "/users",
    summary="Let somebody in",
    tags=["users"],
    opt=RULES,
    response_headers=[ResponseHeader(name="location", documentation_only=True)],
)
async def add_user(
    people: People, author: Author, data: JSONBody[UserBody]
) -> Response[PersonView]:
    """With a role, and for some sites or for all."""
    person = await people.add(
        PersonInput(
            login=data.login,
            name=data.name,
            role=data.role,
            sites=to_sites(data.sites),
            language=data.language,
            password=data.password,
        ),
        author=author.label,
    )
    return Response(person, headers={"location": f"{API}/users/{person.id}"})


@get("/users/{user_id:str}", summary="Show a user", tags=["users"], opt=RULES)
async def show_user(people: People, user_id: FromPath[str]) -> PersonView:
    """Role, sites, and when that person signed in last."""
    return await people.person(identifier(user_id, "a user"))


@patch("/users/{user_id:str}", summary="Change a user", tags=["users"], opt=RULES)
async def change_user(
    people: People, author: Author, user_id: FromPath[str], data: JSONBody[UserChanges]
) -> PersonView:
    """It counts within a second, also where the person is signed in already."""
    changes = PersonChanges(
        name=data.name,
        role=data.role,
        sites=data.sites if data.sites is UNSET else to_sites(data.sites),
        language=data.language,
        blocked=data.blocked,
        password=data.password,
    )
    return await people.change(identifier(user_id, "a user"), changes, author=author.label)


@delete("/users/{user_id:str}", summary="Remove a user", tags=["users"], opt=RULES)
async def remove_user(people: People, author: Author, user_id: FromPath[str]) -> None:
    """Signed out everywhere at once; what the person did stays on file under the login."""
    await people.remove(identifier(user_id, "a user"), author=author.label)


@post(
    "/users/{user_id:str}/invitation",
    summary="Make a link to choose a password",
    tags=["users"],
    opt=RULES,
)
async def invite_user(
    request: AnyRequest, people: People, author: Author, user_id: FromPath[str]
) -> InvitationView:
    """For somebody new, and for somebody who forgot it: until it is used nothing changes."""
    invitation = await people.invite(identifier(user_id, "a user"), author=author.label)
    path = f"/login?code={invitation.code}"
    return InvitationView(
        url=str(request.base_url).rstrip("/") + path,
        path=path,
        expires_at=from_instant(invitation.expires_at),
    )


class RoleView(Struct, frozen=True, kw_only=True):
    role: Role
    rights: list[Right]


@get("/roles", summary="What each role may do", tags=["users"])
async def list_roles() -> Page[RoleView]:
    """From the least to the most."""
    return Page(
        items=[RoleView(role=role, rights=sorted(rights)) for role, rights in RIGHTS.items()]
    )


HANDLERS = [list_roles, list_users, add_user, show_user, change_user, remove_user, invite_user]
